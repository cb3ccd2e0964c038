// Asks before something is done to a running system: what will happen, why, and, where it can't be undone, a word to type. The reason goes to the audit log.
import { type ReactNode, useId, useState } from 'react';
import { problemOf } from '../api/problem';
import { Button } from './button';
import { Dialog } from './dialog';
import { ErrorNote } from './error-note';
import { Field, TextArea, TextInput } from './field';

export interface ConfirmDialogProps {
  isOpen: boolean;
  onClose(): void;
  title: string;
  /** What will happen. */
  children?: ReactNode;
  /** On the button: a verb. */
  action: string;
  isDangerous?: boolean;
  /** For what needs room, such as a list of what it will be done to. */
  isWide?: boolean;
  /** To be typed before it can be done. */
  typed?: string;
  /** Keeps the button off, and says why. */
  why?: string | undefined;
  /** Resolves when it is done: then the dialog closes. A failure is shown in it. */
  onConfirm(reason: string | undefined): Promise<unknown>;
  /** Of what takes long: ends it early. `onConfirm` still says how it went. */
  onBreakOff?(): void;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const [isBusy, setBusy] = useState(false);
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title={props.title} isWide={props.isWide ?? false} isBusy={isBusy}>
      <ConfirmForm {...props} isBusy={isBusy} setBusy={setBusy} />
    </Dialog>
  );
}

interface ConfirmFormProps extends ConfirmDialogProps {
  isBusy: boolean;
  setBusy(isBusy: boolean): void;
}

function ConfirmForm({ onClose, children, action, isDangerous = false, typed, why, onConfirm, ...rest }: ConfirmFormProps) {
  const { isBusy, setBusy, onBreakOff } = rest;
  const [reason, setReason] = useState('');
  const [word, setWord] = useState('');
  const [error, setError] = useState<unknown>();
  const formId = useId();
  const missing = typed !== undefined && word !== typed ? `Type ${typed} first.` : undefined;

  async function confirm(): Promise<void> {
    if (isBusy || (why ?? missing) !== undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm(reason.trim() === '' ? undefined : reason.trim());
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      id={formId}
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
    >
      {children}
      {typed !== undefined && (
        <Field label={`Type ${typed} to confirm`}>
          {(field) => <TextInput {...field} value={word} onChange={(event) => setWord(event.target.value)} autoComplete="off" />}
        </Field>
      )}
      <Field label="Reason" hint="Kept in the audit log.">
        {(field) => <TextArea {...field} rows={2} value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      {error !== undefined && <ErrorNote problem={problemOf(error)} />}
      <div className="flex justify-end gap-2">
        {isBusy && onBreakOff !== undefined ? (
          <Button onClick={onBreakOff}>Break off</Button>
        ) : (
          <Button onClick={onClose} why={isBusy ? 'Wait for the answer.' : undefined}>
            Back
          </Button>
        )}
        <Button type="submit" kind={isDangerous ? 'danger' : 'primary'} why={why ?? missing} isBusy={isBusy}>
          {action}
        </Button>
      </div>
    </form>
  );
}
