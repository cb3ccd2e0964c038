// The cut-over as four steps, and the maintenance of single queues. It shows where one is, also when somebody else did it.
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useLiveInvalidation, useLiveState } from '../../../api/live-query';
import { Loaded } from '../../../parts/loaded';
import { useMaintenance } from '../../../shell/maintenance-banner';
import { STAGES, type Stage, type Status, stageOf } from './cut-over';
import { DrainProgress } from './drain-progress';
import { EnterForm } from './enter-form';
import { ExitStep } from './exit-step';
import { NoWorkersNote } from './no-workers-note';
import { QueueScopes } from './queue-scopes';
import { ScopeFacts } from './scope-facts';
import { SwapStep } from './swap-step';

/** What processes report by themselves makes no event. */
const DRAINING_MS = 2_000;

export function MaintenanceSection() {
  const query = useMaintenance();
  useLiveInvalidation(['runs', 'executors'], ['maintenance']);
  useDrainingPace(query.data);
  return (
    <Loaded query={query} what="the maintenance">
      {(status) => <CutOver status={status} />}
    </Loaded>
  );
}

function useDrainingPace(status: Status | undefined): void {
  const isPaused = useLiveState() === 'paused';
  const isDraining = status !== undefined && stageOf(status) === 'drain' && !isPaused;
  const queries = useQueryClient();
  useEffect(() => {
    if (!isDraining) return;
    const timer = setInterval(
      () => void queries.invalidateQueries({ queryKey: ['maintenance'] }, { cancelRefetch: false }),
      DRAINING_MS,
    );
    return () => clearInterval(timer);
  }, [isDraining, queries]);
}

function CutOver({ status }: { status: Status }) {
  const stage = stageOf(status);
  const whole = status.scopes.find(({ queue }) => queue === null);
  const single = status.scopes.filter(({ queue }) => queue !== null);
  return (
    <>
      <p className="max-w-prose text-muted text-sm">
        A cut-over lets the processes of one release give way to those of the next, without a run that both touch. An ordinary
        deploy does not need it. Generation of executors now: <strong className="text-ink">{status.generation}</strong>.
      </p>
      <ol aria-label="Steps of a cut-over" className="flex flex-col gap-3">
        <Step at="enter" stage={stage} title="Enter: nothing begins any more">
          {whole === undefined ? (
            <div className="flex flex-col gap-4">
              <NoWorkersNote status={status} />
              <EnterForm scopes={status.scopes} />
            </div>
          ) : (
            <>
              <ScopeFacts scope={whole} />
              <details className="mt-3">
                <summary className="font-medium text-accent text-sm">Change it, or put single queues into maintenance</summary>
                <div className="mt-3">
                  <EnterForm scopes={status.scopes} />
                </div>
              </details>
            </>
          )}
        </Step>
        <Step at="drain" stage={stage} title="Wait until it is drained">
          {whole === undefined ? (
            <p className="text-muted text-sm">Begins when all queues are in maintenance.</p>
          ) : (
            <DrainProgress status={status} since={whole.enteredAt} />
          )}
        </Step>
        <Step at="swap" stage={stage} title="Swap: retire these processes, begin a new generation">
          <SwapStep status={status} isDone={stage === 'exit'} />
        </Step>
        <Step at="exit" stage={stage} title="Exit: what waited begins">
          <ExitStep status={status} isEntered={whole !== undefined} />
        </Step>
      </ol>
      <QueueScopes scopes={single} />
    </>
  );
}

function Step({ at, stage, title, children }: { at: Stage; stage: Stage; title: string; children: ReactNode }) {
  const [mine, now] = [STAGES.indexOf(at), STAGES.indexOf(stage)];
  const isDone = mine < now;
  const isNow = mine === now;
  return (
    <li
      aria-current={isNow ? 'step' : undefined}
      className={`rounded-lg border bg-surface p-4 ${isNow ? 'border-accent' : 'border-line'}`}
    >
      <div className="mb-3 flex items-center gap-2">
        <span
          aria-hidden
          className={`flex size-6 shrink-0 items-center justify-center rounded-full font-semibold text-xs ${isDone ? 'bg-good-soft text-good' : isNow ? 'bg-accent text-on-accent' : 'bg-sunken text-muted'}`}
        >
          {isDone ? '✓' : mine + 1}
        </span>
        <h2 className="min-w-0 font-semibold text-sm">{title}</h2>
        <span className="ml-auto text-muted text-xs">{isDone ? 'done' : isNow ? 'now' : 'later'}</span>
      </div>
      {children}
    </li>
  );
}
