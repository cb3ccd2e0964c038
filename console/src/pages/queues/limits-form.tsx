// The fields of a queue: its limits, for a new one its name, and the reason. Used by the dialogs of limits.
import { type FormEvent, useState } from 'react';
import { problemOf } from '../../api/problem';
import { Button } from '../../parts/button';
import { ErrorNote } from '../../parts/error-note';
import { CheckBox, Field, TextInput } from '../../parts/field';
import { changesOf, type LimitsForm as Form, faultsOf } from './limit-rules';

type TextKey = Exclude<keyof Form, 'releaseWhileWaiting' | 'holdReleasesPermits'>;

export interface LimitsFormProps {
  before: Form;
  isNew?: boolean;
  /** Runs that hold a permit now. */
  permits?: number;
  verb: string;
  error: unknown;
  isBusy: boolean;
  onSubmit(form: Form, reason: string | undefined): void;
  onCancel(): void;
}

export function LimitsForm({ before, isNew = false, permits = 0, verb, error, isBusy, onSubmit, onCancel }: LimitsFormProps) {
  const [form, setForm] = useState(before);
  const [reason, setReason] = useState('');
  const [wasSent, setSent] = useState(false);
  const faults = faultsOf(form);
  const isFaulty = Object.keys(faults).length > 0;
  const isSame = !isNew && !isFaulty && Object.keys(changesOf(before, form)).length === 0;

  function submit(event: FormEvent): void {
    event.preventDefault();
    setSent(true);
    if (isFaulty || isSame || isBusy) return;
    onSubmit(form, reason.trim() === '' ? undefined : reason.trim());
  }

  const text = (key: TextKey, label: string, { hint, isNumber = true }: { hint?: string; isNumber?: boolean } = {}) => (
    <Field label={label} hint={hint} error={wasSent || form[key] !== before[key] ? faults[key] : undefined}>
      {(field) => (
        <TextInput
          {...field}
          value={form[key]}
          inputMode={isNumber ? 'numeric' : undefined}
          autoComplete="off"
          placeholder={isNumber && key !== 'partitionConcurrency' ? 'no limit' : undefined}
          onChange={(event) => setForm({ ...form, [key]: event.target.value })}
        />
      )}
    </Field>
  );
  const box = (key: 'releaseWhileWaiting' | 'holdReleasesPermits', label: string) => (
    <CheckBox label={label} checked={form[key]} onChange={(event) => setForm({ ...form, [key]: event.target.checked })} />
  );
  const wanted = Number(form.concurrency);
  const isExceeded = faults.concurrency === undefined && form.concurrency.trim() !== '' && permits > wanted;

  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      {isNew && text('name', 'Name', { isNumber: false })}
      <div className="grid gap-4 sm:grid-cols-2">
        {text('concurrency', 'Concurrency', { hint: 'Runs under way at once, in all processes.' })}
        {text('workerConcurrency', 'Worker concurrency', { hint: 'Runs in the memory of one process.' })}
        {text('rateLimit', 'Rate limit', { hint: 'Runs that begin within a period.' })}
        {text('ratePeriod', 'Period', { hint: 'Such as 1s, 5m or 2h.', isNumber: false })}
        {text('partitionConcurrency', 'Partition concurrency', { hint: 'Runs under way at once of one partition.' })}
      </div>
      <div className="flex flex-col gap-2">
        {box('releaseWhileWaiting', 'A run that waits gives its permit back')}
        {box('holdReleasesPermits', 'A run that is held gives its permit back')}
      </div>
      {isExceeded && (
        <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
          {permits.toLocaleString('en')} hold a permit now: nobody begins until fewer than {wanted.toLocaleString('en')} do.
        </p>
      )}
      <Field label="Reason" hint="Kept in the audit log.">
        {(field) => <TextInput {...field} value={reason} onChange={(event) => setReason(event.target.value)} maxLength={1_000} />}
      </Field>
      {error !== null && error !== undefined && <ErrorNote problem={problemOf(error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel} why={isBusy ? 'Wait for the answer.' : undefined}>
          Back
        </Button>
        <Button type="submit" kind="primary" isBusy={isBusy} why={isSame ? 'Nothing is changed yet.' : undefined}>
          {verb}
        </Button>
      </div>
    </form>
  );
}
