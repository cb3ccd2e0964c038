// The fields of the audit log's filter; they count when they are sent.
import { type FormEvent, useState } from 'react';
import { AUDIT_ACTIONS } from '../../../../lib/model/audit.js';
import { Button } from '../../parts/button';
import { ComboBox } from '../../parts/combo-box';
import { Field, TextInput } from '../../parts/field';
import { type AuditFilter, FILTER_KEYS, localInput, TEXT_KEYS, TIME_KEYS } from './audit-filter';

const LABELS: Record<(typeof FILTER_KEYS)[number], string> = {
  actor: 'Who',
  action: 'Action',
  runId: 'Run',
  requestId: 'Request',
  from: 'From',
  before: 'Before',
};

/** Names of commands of the workflows' own may be typed too. */
const ACTIONS = AUDIT_ACTIONS.map((value) => ({ value }));

export function AuditFilterForm({ filter, onFilter }: { filter: AuditFilter; onFilter(filter: AuditFilter): void }) {
  const [draft, setDraft] = useState<AuditFilter>({
    ...filter,
    from: localInput(filter.from),
    before: localInput(filter.before),
  });

  function send(event: FormEvent): void {
    event.preventDefault();
    const next: AuditFilter = {};
    for (const key of TEXT_KEYS) if (draft[key]?.trim()) next[key] = draft[key].trim();
    for (const key of TIME_KEYS) if (draft[key]) next[key] = new Date(draft[key]).toISOString();
    onFilter(next);
  }

  return (
    <form aria-label="Filter" onSubmit={send} className="grid grid-cols-2 items-end gap-3 md:grid-cols-3 2xl:grid-cols-7">
      {FILTER_KEYS.map((key) => (
        <Field key={key} label={LABELS[key]}>
          {(field) =>
            key === 'action' ? (
              <ComboBox
                {...field}
                value={draft.action ?? ''}
                suggestions={ACTIONS}
                onChange={(action) => setDraft({ ...draft, action })}
              />
            ) : (
              <TextInput
                {...field}
                {...((TIME_KEYS as readonly string[]).includes(key) && { type: 'datetime-local', step: 1 })}
                value={draft[key] ?? ''}
                onChange={({ target }) => setDraft({ ...draft, [key]: target.value })}
              />
            )
          }
        </Field>
      ))}
      <div className="flex gap-2">
        <Button type="submit" kind="primary">
          Filter
        </Button>
        <Button why={Object.keys(filter).length === 0 ? 'There is no filter.' : undefined} onClick={() => onFilter({})}>
          Clear
        </Button>
      </div>
    </form>
  );
}
