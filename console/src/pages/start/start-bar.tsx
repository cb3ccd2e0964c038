// What stands under the form, always in sight: the buttons that start, what they will start, and the run that they started. The buttons stand
// where no toast covers them.
import { CircleCheck, ListChecks, Play, TriangleAlert } from 'lucide-react';
import { Link } from 'wouter';
import { Button } from '../../parts/button';
import { RunLink, runPath } from '../../parts/run-link';
import { RunStatusBadge } from '../../parts/run-status';
import { checkOf } from './start-request';
import type { StartedRun, Starting } from './use-start';
import type { StartFormState } from './use-start-form';

export interface StartBarProps {
  state: StartFormState;
  starting: Starting;
  /** Why it can't be started. */
  why: string | undefined;
  /** How many values are other than the template's. */
  changed: number | undefined;
}

export function StartBar({ state, starting, why, changed }: StartBarProps) {
  const { workflow, template } = state.subject;
  const what = template === undefined ? 'without a template' : `${template.name}, version ${template.version}`;
  const differs = changed === undefined ? '' : changed === 0 ? ' · as the template is' : ` · ${changed} changed`;
  return (
    <div className="sticky bottom-16 z-10 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-line-strong bg-surface px-2 py-2 shadow-lg sm:px-4 sm:py-2.5 sm:bottom-3">
      <Button
        kind="primary"
        icon={<Play />}
        why={why}
        isBusy={starting.isBusy}
        title="Ctrl+Enter"
        // The second half of a double click is no second start.
        onClick={(event) => event.detail < 2 && void starting.start()}
        className="flex-1 px-5 sm:flex-none"
      >
        Start
      </Button>
      {checkOf(state.subject, state.value) !== undefined && (
        <Button icon={<ListChecks />} why={why} isBusy={starting.isBusy} onClick={() => void starting.ask()}>
          Check
        </Button>
      )}
      {starting.started === undefined ? (
        <p className="hidden min-w-0 flex-1 break-words text-sm sm:block">
          <strong>{workflow}</strong>{' '}
          <span className="text-muted">
            {what}
            {differs}
          </span>
        </p>
      ) : (
        <StartedLine run={starting.started} />
      )}
      {why !== undefined && (
        <p className="flex min-w-0 basis-full items-start gap-2 text-sm text-warn">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span className="min-w-0 break-words">{why}</span>
        </p>
      )}
    </div>
  );
}

function StartedLine({ run: { runId, ownId, existing, status } }: { run: StartedRun }) {
  const isNew = existing === undefined;
  const Icon = isNew ? CircleCheck : TriangleAlert;
  return (
    <p role="status" className="flex min-w-0 flex-1 basis-full flex-wrap items-center gap-x-3 text-sm sm:basis-0">
      <Icon aria-hidden className={`size-4 shrink-0 ${isNew ? 'text-good' : 'text-warn'}`} />
      <span className={`min-w-0 break-words ${isNew ? '' : 'text-warn'}`}>
        {isNew ? 'Started: ' : `There is a run with this ${existing} already: nothing was started. It is `}
        <RunLink id={runId} {...(ownId !== undefined && { text: ownId })} />
      </span>
      {status !== undefined && <RunStatusBadge status={status} />}
      <Link href={runPath(runId)} className="font-medium text-accent underline">
        Go to run
      </Link>
    </p>
  );
}
