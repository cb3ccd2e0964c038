// The settings as a form: checked as one types, previewed before they are saved. What somebody else saves meanwhile does not take away what one has typed.
import { useEffect, useState } from 'react';
import { client } from '../../../api/client';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { ConfirmDialog } from '../../../parts/confirm-dialog';
import { Field, TextInput } from '../../../parts/field';
import { useAction } from '../../../parts/use-action';
import { changeOf, draftOf, faultsOf, type RetentionDraft, type RetentionInfo } from './retention-draft';
import { RetentionPreview } from './retention-preview';
import { RetentionRules } from './retention-rules';

const FIELDS = [
  ['after', 'Deleted after', 'So long after its end. Empty: never.'],
  ['maxRows', 'Most runs', 'More are not kept: those that ended first go. Empty: no limit.'],
  ['globalTimeout', 'Global timeout', 'Not over so long after its creation: cancelled. Empty: never.'],
  ['interval', 'Between sweeps', 'From 1s to 7d.'],
] as const;

export function RetentionForm({ stored }: { stored: RetentionInfo }) {
  const may = useMay('retention');
  const [base, setBase] = useState(stored);
  const [draft, setDraft] = useState<RetentionDraft>(() => draftOf(stored));
  const [shown, setShown] = useState<'preview' | 'save'>();
  const isDirty = JSON.stringify(draft) !== JSON.stringify(draftOf(base));
  const isNewer = stored.updatedAt !== base.updatedAt;
  useEffect(() => {
    if (isDirty || !isNewer) return;
    setBase(stored);
    setDraft(draftOf(stored));
  }, [isDirty, isNewer, stored]);

  const faults = faultsOf(draft, base);
  const isFaulty = Object.keys(faults).length > 0;
  const change = isFaulty ? undefined : changeOf(draft, base);
  const { interval: _interval, ...limits } = change ?? {};
  const save = useAction({
    run: (reason: string | undefined) => client.retention.update({ ...change, ...(reason !== undefined && { reason }) }),
    changes: [['retention']],
    done: () => 'Saved.',
    onDone: (info) => {
      setBase(info);
      setDraft(draftOf(info));
      setShown(undefined);
    },
    toastsErrors: false,
  });
  const set = (part: Partial<RetentionDraft>) => {
    setDraft({ ...draft, ...part });
    setShown(undefined);
  };
  const revert = () => {
    setBase(stored);
    setDraft(draftOf(stored));
    setShown(undefined);
  };
  const whyNot = may ? (isFaulty ? 'Something in the form is wrong.' : undefined) : forbidden('retention');
  return (
    <div className="flex flex-col gap-5">
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
        {FIELDS.map(([key, label, hint]) => (
          <Field key={key} label={label} hint={hint} error={faults[key]}>
            {(field) => (
              <TextInput
                {...field}
                value={draft[key]}
                disabled={!may}
                inputMode={key === 'maxRows' ? 'numeric' : 'text'}
                onChange={({ target }) => set({ [key]: target.value })}
              />
            )}
          </Field>
        ))}
      </div>
      <RetentionRules rules={draft.rules} faults={faults} isOff={!may} onChange={(rules) => set({ rules })} />
      {isNewer && isDirty && (
        <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
          Somebody has saved other settings meanwhile. Revert to see them.
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button why={whyNot} onClick={() => setShown('preview')}>
          Preview
        </Button>
        <Button
          kind="primary"
          why={whyNot ?? (change === undefined ? 'Nothing has been changed.' : undefined)}
          onClick={() => setShown('save')}
        >
          Save …
        </Button>
        <Button why={isDirty ? undefined : 'Nothing has been changed.'} onClick={revert}>
          Revert
        </Button>
      </div>
      {shown === 'preview' && <RetentionPreview limits={limits} />}
      <ConfirmDialog
        isOpen={shown === 'save'}
        onClose={() => setShown(undefined)}
        title="Save the retention settings"
        action="Save"
        isDangerous
        onConfirm={(reason) => save.mutateAsync(reason)}
      >
        <p>They count for all processes from the next sweep on.</p>
        {shown === 'save' && <RetentionPreview limits={limits} />}
      </ConfirmDialog>
    </div>
  );
}
