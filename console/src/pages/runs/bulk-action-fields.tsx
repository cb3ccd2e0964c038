// What is to be done to the runs, and how. What somebody has no right to is off.
import { useMe } from '../../api/me';
import { CheckBox, Field, SelectInput, TextArea, TextInput } from '../../parts/field';
import { BULK_KINDS, type BulkDraft, type BulkKind } from './bulk-draft';

export function BulkActionFields({ draft, onChange }: { draft: BulkDraft; onChange(draft: BulkDraft): void }) {
  const actions = useMe().data?.access.actions ?? [];
  const set = (changes: Partial<BulkDraft>) => onChange({ ...draft, ...changes });
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label="Action">
        {(field) => (
          <SelectInput
            {...field}
            value={draft.kind ?? ''}
            onChange={(event) => set({ kind: (event.target.value || undefined) as BulkKind | undefined })}
          >
            <option value="">Choose one …</option>
            {BULK_KINDS.map(({ kind, name, right }) => (
              <option key={kind} value={kind} disabled={!actions.includes(right)}>
                {name}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
      {draft.kind === 'cancel' && (
        <CheckBox
          label="Their children too"
          className="self-end pb-1.5"
          checked={draft.children}
          onChange={(event) => set({ children: event.target.checked })}
        />
      )}
      {draft.kind === 'STOP' && (
        <Field label="Time to wind down" hint="Such as 5m; then it is cancelled. Empty: as the workflow says.">
          {(field) => <TextInput {...field} value={draft.timeout} onChange={(event) => set({ timeout: event.target.value })} />}
        </Field>
      )}
      {draft.kind === 'RESET' && (
        <Field label="Goes on">
          {(field) => (
            <SelectInput
              {...field}
              value={draft.from}
              onChange={(event) => set({ from: event.target.value as BulkDraft['from'] })}
            >
              <option value="checkpoints">From its checkpoints</option>
              <option value="start">From the start</option>
            </SelectInput>
          )}
        </Field>
      )}
      {draft.kind === 'priority' && (
        <Field label="Priority" hint="Lower ones come first.">
          {(field) => (
            <TextInput
              {...field}
              inputMode="numeric"
              value={draft.priority}
              onChange={(event) => set({ priority: event.target.value })}
            />
          )}
        </Field>
      )}
      {draft.kind === 'legalHold' && (
        <Field label="Deletion by retention">
          {(field) => (
            <SelectInput
              {...field}
              value={String(draft.legalHold)}
              onChange={(event) => set({ legalHold: event.target.value === 'true' })}
            >
              <option value="true">Keep them</option>
              <option value="false">Keep them no longer</option>
            </SelectInput>
          )}
        </Field>
      )}
      {draft.kind === 'other' && (
        <>
          <Field label="Command">
            {(field) => (
              <TextInput
                {...field}
                maxLength={64}
                value={draft.command}
                onChange={(event) => set({ command: event.target.value })}
              />
            )}
          </Field>
          <Field label="Data" hint="JSON, or nothing." className="sm:col-span-2">
            {(field) => (
              <TextArea
                {...field}
                className="font-mono"
                value={draft.data}
                onChange={(event) => set({ data: event.target.value })}
              />
            )}
          </Field>
        </>
      )}
    </div>
  );
}
