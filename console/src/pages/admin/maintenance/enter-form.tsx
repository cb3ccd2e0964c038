// Entering maintenance, or changing one: mode, queues and end; then the question, with how many runs a cancellation hits.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../../../api/client';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { serverNow } from '../../../parts/clock';
import { ConfirmDialog } from '../../../parts/confirm-dialog';
import { CheckBox, Field, SelectInput, TextInput } from '../../../parts/field';
import { timeText } from '../../../parts/time-text';
import { useAction } from '../../../parts/use-action';
import type { Scope } from './cut-over';

type Mode = 'drain' | 'cancel';

export function EnterForm({ scopes }: { scopes: readonly Scope[] }) {
  const may = useMay('maintenance');
  const [mode, setMode] = useState<Mode>('drain');
  const [isWhole, setWhole] = useState(true);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [until, setUntil] = useState('');
  const [isAsking, setAsking] = useState(false);
  const queues = useQuery({ queryKey: ['queues'], queryFn: ({ signal }) => client.queues.list({ signal }) });
  const end = until === '' ? undefined : new Date(until);
  const endFault = endProblem(end);
  const isChange = scopes.some(({ queue }) => (isWhole ? queue === null : queue !== null && chosen.includes(queue)));
  const enter = useAction({
    run: (reason: string | undefined) =>
      client.maintenance.enter(
        {
          mode,
          ...(!isWhole && { queues: chosen }),
          ...(end !== undefined && { until: end.toISOString() }),
          ...(reason !== undefined && { reason }),
        },
        // To cancel many runs takes its time.
        { timeoutMs: 0 },
      ),
    changes: [['maintenance'], ['queues'], ['runs']],
    done: ({ cancelled }) =>
      mode === 'cancel' ? `In maintenance; cancelled: ${cancelled.queued + cancelled.running} runs.` : 'In maintenance.',
    toastsErrors: false,
  });
  const why = may ? (endFault ?? (isWhole || chosen.length > 0 ? undefined : 'Choose a queue.')) : forbidden('maintenance');
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        <Field
          label="Mode"
          hint={
            mode === 'drain'
              ? 'What is under way goes on, to its end or its next durable wait.'
              : 'The same, and what is not over is cancelled, but for runs that are DELAYED.'
          }
        >
          {(field) => (
            <SelectInput {...field} value={mode} onChange={(event) => setMode(event.target.value as Mode)}>
              <option value="drain">drain</option>
              <option value="cancel">cancel</option>
            </SelectInput>
          )}
        </Field>
        <Field
          label="Ends by itself"
          hint={
            end === undefined || endFault !== undefined
              ? 'In your local time; empty: when somebody exits it.'
              : timeText(end, 'utc')
          }
          error={endFault}
        >
          {(field) => (
            <TextInput
              {...field}
              type="datetime-local"
              step={1}
              value={until}
              onChange={(event) => setUntil(event.target.value)}
            />
          )}
        </Field>
        <Field label="Queues">
          {(field) => (
            <SelectInput
              {...field}
              value={isWhole ? 'all' : 'chosen'}
              onChange={(event) => setWhole(event.target.value === 'all')}
            >
              <option value="all">all queues</option>
              <option value="chosen">chosen queues</option>
            </SelectInput>
          )}
        </Field>
      </div>
      {!isWhole && (
        <fieldset className="flex max-h-48 flex-wrap gap-x-5 gap-y-2 overflow-y-auto rounded-md border border-line p-3">
          <legend className="px-1 font-medium text-xs">Chosen queues</legend>
          {(queues.data?.queues ?? []).map(({ name }) => (
            <CheckBox
              key={name}
              label={<span className="break-all">{name}</span>}
              checked={chosen.includes(name)}
              onChange={({ target }) => setChosen(target.checked ? [...chosen, name] : chosen.filter((each) => each !== name))}
            />
          ))}
        </fieldset>
      )}
      <div>
        <Button kind={mode === 'cancel' ? 'danger' : 'primary'} why={why} onClick={() => setAsking(true)}>
          {isChange ? 'Change maintenance' : 'Enter maintenance'} …
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={isChange ? 'Change maintenance' : 'Enter maintenance'}
        action={mode === 'cancel' ? 'Enter and cancel' : isChange ? 'Change' : 'Enter'}
        isDangerous={mode === 'cancel'}
        {...(mode === 'cancel' && { typed: 'cancel' })}
        onConfirm={(reason) => enter.mutateAsync(reason)}
      >
        <p className="break-words">
          From now on nothing begins in {isWhole ? 'any queue' : chosen.join(', ')}, in no process
          {end === undefined ? ', until somebody exits it' : `, until ${timeText(end, 'local')}`}. Starts are refused.
        </p>
        {mode === 'cancel' && <Hits queues={isWhole ? undefined : chosen} />}
      </ConfirmDialog>
    </div>
  );
}

/** What a cancellation would end. */
function Hits({ queues }: { queues: readonly string[] | undefined }) {
  const { data, error } = useQuery({
    queryKey: ['queues', 'counts', 'maintenance'],
    queryFn: ({ signal }) => client.queues.counts({}, { signal }),
    staleTime: 0,
  });
  const hit = data?.counts.filter(({ queue, status }) => status !== 'DELAYED' && (queues?.includes(queue) ?? true)) ?? [];
  const sum = hit.reduce((total, { count }) => total + count, 0);
  const isCapped = hit.some(({ capped }) => capped);
  return (
    <p className="rounded-md bg-bad-soft p-3 text-sm" role="status">
      {data === undefined
        ? error === null
          ? 'Counting the runs that this would cancel …'
          : 'The runs that this would cancel could not be counted.'
        : `${sum.toLocaleString('en')}${isCapped ? ' or more' : ''} runs that are not over would be cancelled. It can not be undone.`}
    </p>
  );
}

function endProblem(end: Date | undefined): string | undefined {
  if (end === undefined) return undefined;
  if (Number.isNaN(end.getTime())) return 'This is no time.';
  return end.getTime() <= serverNow() ? 'The end must be in the future.' : undefined;
}
