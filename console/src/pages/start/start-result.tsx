// What became of a start or a check: what is wrong, with the way to each field; what went wrong; or what the workflow would be given.
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { ErrorNote } from '../../parts/error-note';
import { JsonView } from '../../parts/json-view';
import { RunLink } from '../../parts/run-link';
import { goToPlace } from './go-to-place';
import { titleAt } from './schema-fields';
import type { Starting } from './use-start';
import type { StartFormState } from './use-start-form';
import { keysOf } from './value-path';

const OPTION_NAMES: Record<string, string> = {
  queue: 'Queue',
  partitionKey: 'Partition key',
  priority: 'Priority',
  timeout: 'Timeout',
  delay: 'Delay',
  deduplicationId: 'Deduplication id',
  id: 'Run id',
};

interface ShownFault {
  place: string;
  name: string;
  message: string;
}

export function StartResult({ state, starting }: { state: StartFormState; starting: Starting }) {
  const { problem, started, accepted, news } = starting;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (news === 0) return;
    box.current?.focus();
    box.current?.scrollIntoView({ block: 'nearest' });
  }, [news]);
  const faults = state.isSubmitted ? shownFaults(state) : [];
  const isJudged = problem !== undefined && problem.fields.length > 0;
  return (
    <div ref={box} tabIndex={-1} className="flex scroll-mb-24 flex-col gap-3 outline-none">
      {faults.length > 0 && <FaultSummary faults={faults} />}
      {problem !== undefined && !isJudged && (
        <>
          <ErrorNote problem={problem} />
          {problem.isUnknown && (
            <p className="text-sm">
              It is not known whether the run was started. It is safe to press Start again: the same form starts one run at most.
              If you change it first, it may become a second one.
            </p>
          )}
          {problem.otherRun !== undefined && (
            <p className="text-sm">
              The other run: <RunLink id={problem.otherRun} />
            </p>
          )}
        </>
      )}
      {started === undefined && accepted !== undefined && problem === undefined && (
        <div role="status" className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-3 text-sm">
          <p className="flex items-center gap-2">
            <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />
            The server accepts this. The workflow would be given:
          </p>
          <JsonView value={accepted} what="checked input" />
        </div>
      )}
    </div>
  );
}

function FaultSummary({ faults }: { faults: readonly ShownFault[] }) {
  return (
    <div role="alert" className="flex items-start gap-3 rounded-lg border border-bad bg-bad-soft p-3 text-sm">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0">
        <p className="font-medium">
          {faults.length === 1 ? 'One thing is wrong.' : `${faults.length} things are wrong.`} Nothing was started.
        </p>
        <ul className="mt-1 list-disc pl-4">
          {faults.map(({ place, name, message }) => (
            <li key={`${place} ${message}`} className="break-words">
              <button type="button" onClick={() => goToPlace(place)} className="text-left font-medium underline">
                {name}
              </button>{' '}
              {message}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function shownFaults({ faults, read, form }: StartFormState): ShownFault[] {
  return [
    ...faults.map(({ path, message }) => ({ place: path, name: titleAt(keysOf(path), form.root) || 'Input', message })),
    ...Object.entries(read.faults).map(([name, message]) => ({
      place: `option ${name}`,
      name: OPTION_NAMES[name] ?? 'Attributes',
      message,
    })),
  ];
}
