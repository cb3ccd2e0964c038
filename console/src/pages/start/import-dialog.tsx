// Brings an input in: from a file, or pasted. It replaces what is in the form.
import { type FormEvent, useState } from 'react';
import { parseJson } from '../../api/lossless-json';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { Field, TextArea } from '../../parts/field';
import { faultText, readJson } from '../../parts/json-text';

export interface ImportDialogProps {
  isOpen: boolean;
  onClose(): void;
  onImport(value: unknown): void;
}

export function ImportDialog(props: ImportDialogProps) {
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title="Import JSON"
      description="It replaces the whole input in the form."
    >
      <ImportForm {...props} />
    </Dialog>
  );
}

function ImportForm({ onClose, onImport }: ImportDialogProps) {
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string>();

  function take(event: FormEvent): void {
    event.preventDefault();
    const said = faultText(readJson(text, { withLarge: true }));
    setFault(said);
    if (said !== undefined) return;
    onImport(parseJson(text));
    onClose();
  }

  return (
    <form onSubmit={take} className="flex flex-col gap-4">
      <Field label="File">
        {(binding) => (
          <input
            {...binding}
            type="file"
            accept=".json,application/json"
            onChange={async ({ target }) => setText((await target.files?.[0]?.text()) ?? text)}
            className="w-full text-sm file:mr-3 file:rounded-md file:border file:border-line-strong file:bg-surface file:px-3 file:py-1 file:text-ink"
          />
        )}
      </Field>
      <Field label="JSON" error={fault}>
        {(binding) => (
          <TextArea
            {...binding}
            rows={10}
            className="font-mono text-xs!"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setFault(undefined);
            }}
          />
        )}
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Back</Button>
        <Button type="submit" kind="primary" why={text.trim() === '' ? 'Choose a file, or paste JSON.' : undefined}>
          Import
        </Button>
      </div>
    </form>
  );
}
