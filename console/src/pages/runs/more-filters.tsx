// All other filters, taken over together. What looks into payloads is off for whoever may not see them.
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { client } from '../../api/client';
import { useMe } from '../../api/me';
import { Button } from '../../parts/button';
import { ComboBox } from '../../parts/combo-box';
import { Field, SelectInput, TextInput } from '../../parts/field';
import { changed, FILTER_LABELS, type FilterKey, faultsOf, type RunFilters } from './run-filters';
import { TimeRange } from './time-range-field';

const PLAIN = ['partitionKey', 'parentId', 'externalId', 'deduplicationId', 'executorId', 'errorCode'] as const;
const HINTS: Partial<Record<FilterKey, string>> = {
  parentId: 'Run id of the parent.',
  executorId: 'Uuid of a process.',
  errorCode: 'Such as RUN_TIMEOUT.',
};
const INTO_PAYLOADS = [
  ['attributes', 'batch="BATCH-2"', 'Attributes that have all of these: batch="BATCH-2", or JSON.'],
  ['input', '{"orderId":7}', 'JSON that an argument contains.'],
] as const;

export function MoreFilters({ filters, onChange }: { filters: RunFilters; onChange(filters: RunFilters): void }) {
  const [draft, setDraft] = useState(filters);
  const [faults, setFaults] = useState<ReturnType<typeof faultsOf>>({});
  const seesPayloads = useMe().data?.access.payloads === true;
  const { data: queues } = useQuery({
    queryKey: ['queue-names'],
    queryFn: ({ signal }) => client.queues.list({ signal }),
    staleTime: 30_000,
  });
  const set = (changes: Parameters<typeof changed>[1]) => setDraft(changed(draft, changes));

  function apply(event: FormEvent): void {
    event.preventDefault();
    const found = faultsOf(draft);
    setFaults(found);
    if (Object.keys(found).length === 0) onChange(draft);
  }

  return (
    <form
      onSubmit={apply}
      aria-label="More filters"
      className="grid grid-cols-2 gap-x-4 gap-y-3 rounded-lg border border-line bg-surface p-4 lg:grid-cols-4"
    >
      <Field label={FILTER_LABELS.queue}>
        {(field) => (
          <ComboBox
            {...field}
            value={draft.queue?.join(', ') ?? ''}
            readOnly={(draft.queue?.length ?? 0) > 1}
            suggestions={(queues?.queues ?? []).map(({ name }) => ({ value: name }))}
            onChange={(value) => set({ queue: value === '' ? undefined : [value] })}
          />
        )}
      </Field>
      {PLAIN.map((key) => (
        <Field key={key} label={FILTER_LABELS[key]} hint={HINTS[key]}>
          {(field) => (
            <TextInput
              {...field}
              maxLength={255}
              value={draft[key] ?? ''}
              onChange={(event) => set({ [key]: event.target.value })}
            />
          )}
        </Field>
      ))}
      <Field label={FILTER_LABELS.legalHold}>
        {(field) => (
          <SelectInput {...field} value={draft.legalHold ?? ''} onChange={(event) => set({ legalHold: event.target.value })}>
            <option value="">On or off</option>
            <option value="true">On</option>
            <option value="false">Off</option>
          </SelectInput>
        )}
      </Field>
      {INTO_PAYLOADS.map(([key, example, hint]) => (
        <Field
          key={key}
          label={FILTER_LABELS[key]}
          error={faults[key]}
          hint={seesPayloads ? hint : 'You may not see payloads, so you can not look for them.'}
          className="col-span-2"
        >
          {(field) => (
            <TextInput
              {...field}
              disabled={!seesPayloads}
              className="font-mono"
              placeholder={example}
              value={draft[key] ?? ''}
              onChange={(event) => set({ [key]: event.target.value })}
            />
          )}
        </Field>
      ))}
      <div className="flex flex-wrap items-end justify-between gap-3 lg:col-span-4 col-span-2">
        <TimeRange of="completed" filters={draft} onChange={setDraft} />
        <Button type="submit" kind="primary">
          Apply
        </Button>
      </div>
    </form>
  );
}
