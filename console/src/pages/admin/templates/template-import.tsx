// Imports a template that was exported, from a file or pasted; what the server has against it stands at the document.
import { type FormEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { client } from '../../../api/client';
import { forbidden, useMay } from '../../../api/me';
import { problemOf } from '../../../api/problem';
import { Button } from '../../../parts/button';
import { Field, TextInput } from '../../../parts/field';
import { JsonEditor } from '../../../parts/json-editor';
import { faultText, readJson } from '../../../parts/json-text';
import { Panel } from '../../../parts/page';
import { toast } from '../../../parts/toast';
import { useAction } from '../../../parts/use-action';
import { templatePath } from './template-path';

type Document = Parameters<typeof client.templates.import>[0];

/** A document has at most three parts of 256 KiB, and its enums. */
const LARGEST_FILE = 4_000_000;

export function TemplateImport() {
  const may = useMay('templates');
  const [, go] = useLocation();
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const reading = readJson(text);
  const send = useAction({
    run: (document: Document) => client.templates.import(document, reason.trim() === '' ? {} : { reason: reason.trim() }),
    changes: [['templates'], ['enums']],
    done: (saved) => `Imported as version ${saved.version} of ${saved.name}.`,
    onDone: (saved) => go(templatePath(saved)),
    toastsErrors: false,
  });
  const problem = send.error === null ? undefined : problemOf(send.error);
  const why = may ? (text.trim() === '' ? 'Choose a file, or paste a document.' : faultText(reading)) : forbidden('templates');
  const change = (next: string) => {
    send.reset();
    setText(next);
  };

  async function take(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    if (file.size > LARGEST_FILE) toast({ kind: 'bad', title: 'The file is too large to be a template.' });
    else change(await file.text());
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (why === undefined && reading.fault === undefined && !send.isPending) send.mutate(reading.value as Document);
  }

  return (
    <Panel title="Import a template">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <p className="max-w-prose text-muted text-sm">
          It is saved as a new version, with the enums that it refers to: those that are there with the same values are used.
        </p>
        <Field label="File">
          {(field) => (
            <input
              {...field}
              type="file"
              accept="application/json,.json"
              className="max-w-full text-sm"
              onChange={({ target }) => void take(target.files?.[0])}
            />
          )}
        </Field>
        <JsonEditor
          label="Document"
          rows={16}
          isRequired
          isOptional
          text={text}
          error={problem && `${problem.text} (${problem.code})`}
          onChange={change}
        />
        <Field label="Reason" hint="Kept in the audit log.">
          {(field) => <TextInput {...field} value={reason} onChange={({ target }) => setReason(target.value)} />}
        </Field>
        <div className="flex items-center gap-3">
          <Button type="submit" kind="primary" why={why} isBusy={send.isPending}>
            Import
          </Button>
          <Link href="/admin/templates" className="text-accent text-sm hover:underline">
            Back without importing
          </Link>
        </div>
      </form>
    </Panel>
  );
}
