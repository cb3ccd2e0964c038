// The chosen operation: what it was, each attempt with its times, what it gave back, and its error.
import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { Link } from 'wouter';
import type { RunAnswer, RunStepAnswer } from '../../../../lib/http-client/index.js';
import { IconButton } from '../../parts/button';
import { Panel } from '../../parts/page';
import { Payload } from '../../parts/payload';
import { RecordedError } from '../../parts/recorded-error';
import { RunLink, runPath } from '../../parts/run-link';
import { RunStatusBadge } from '../../parts/run-status';
import { Facts } from '../../parts/table';
import { Duration, Time } from '../../parts/time';
import { childRunId } from './child-run-id';
import { kindWord, StatusWord } from './step-look';
import { ordinalOf, type TimelineRow } from './timeline-rows';

const CHILD_KINDS: readonly string[] = ['child', 'startChild', 'result'];

export interface StepDetailsProps {
  run: RunAnswer['run'];
  row: TimelineRow;
  /** Of an operation that is on record. */
  step: RunStepAnswer | undefined;
  /** Of one that waits. */
  wait: RunAnswer['waits'][number] | undefined;
  /** The ids of children can't be told from their places any more. */
  wasReset: boolean;
  onClose(): void;
}

export function StepDetails({ run, row, step, wait, wasReset, onClose }: StepDetailsProps) {
  const isOpen = !Number.isFinite(row.to);
  const ordinal = ordinalOf(row);
  const { runId } = run;
  const isRun = row.ordinal === undefined;
  return (
    <Panel
      title={<span className="break-all">{isRun ? row.name : `${row.ordinal} ${row.name}`}</span>}
      actions={<IconButton label="Close details" icon={<X />} onClick={onClose} />}
    >
      <div className="flex flex-col gap-4">
        <Facts
          facts={[
            ['Kind', kindWord(row.kind)],
            [
              'Status',
              isRun ? <RunStatusBadge key="status" status={run.status} /> : <StatusWord key="status" status={row.status} />,
            ],
            step === undefined ? undefined : ['Attempts', step.attempts],
            [
              isRun ? 'Created' : 'Started',
              row.isFromGuessed ? (
                <span key="from" className="text-muted">
                  not on record before it ends
                </span>
              ) : (
                <Time key="from" at={row.from} isExact />
              ),
            ],
            isRun
              ? ['Started', <Time key="started" at={run.startedAt} isExact none={isOpen ? 'not yet' : 'never'} />]
              : undefined,
            ['Completed', <Time key="to" at={isOpen ? null : row.to} isExact none="not yet" />],
            row.isFromGuessed ? undefined : ['Duration', <Duration key="duration" from={row.from} to={isOpen ? null : row.to} />],
            isRun && run.deadlineAt !== null ? ['Deadline', <Time key="deadline" at={run.deadlineAt} isExact />] : undefined,
            wait?.wakeAt ? ['Waits until', <Time key="wake" at={wait.wakeAt} isExact />] : undefined,
            wait?.sourceKey ? ['Waits for', wait.sourceKey] : undefined,
            wait?.sourceRunId ? ['Of run', <RunLink key="source" id={wait.sourceRunId} />] : undefined,
            step !== undefined && CHILD_KINDS.includes(step.kind)
              ? ['Child', <ChildLink key="child" runId={runId} step={step} wasReset={wasReset} />]
              : undefined,
          ]}
        />
        {step !== undefined && step.failedAttempts.length > 0 && (
          <section aria-label="Failed attempts" className="flex flex-col gap-3">
            <h3 className="font-semibold">
              Failed attempts
              {step.attempts > step.failedAttempts.length + 1 && (
                <span className="ml-2 font-normal text-muted text-xs">the last {step.failedAttempts.length}</span>
              )}
            </h3>
            <ol className="flex flex-col gap-3">
              {step.failedAttempts.map((attempt) => (
                <li key={attempt.attempt} className="rounded-md border border-line p-3">
                  <p className="mb-1 text-muted text-xs">
                    Attempt {attempt.attempt}, <Time at={attempt.startedAt} isExact />,{' '}
                    <Duration from={attempt.startedAt} to={attempt.completedAt} />
                  </p>
                  {attempt.error === null ? (
                    <span className="text-muted">no error on record</span>
                  ) : (
                    <RecordedError error={attempt.error} />
                  )}
                </li>
              ))}
            </ol>
          </section>
        )}
        {step?.error ? (
          <section aria-label="Error" className="flex flex-col gap-2">
            <h3 className="font-semibold">Error</h3>
            <RecordedError error={step.error} />
          </section>
        ) : (
          step !== undefined && (
            <section aria-label="Output" className="flex flex-col gap-2">
              <h3 className="font-semibold">Output</h3>
              <Payload
                value={step.output}
                what={`output of ${row.name}`}
                source={{ runId, of: { of: 'step', ordinal } }}
                none="nothing"
              />
            </section>
          )
        )}
        {row.ordinal === undefined && (
          <p>
            <RunLink id={runId} text="All of this run" />
          </p>
        )}
      </div>
    </Panel>
  );
}

function ChildLink({ runId, step, wasReset }: { runId: string; step: RunStepAnswer; wasReset: boolean }) {
  const { kind, ordinal } = step;
  const isByPlace = kind === 'child' && !wasReset;
  const byPlace = useQuery({
    queryKey: ['child-id', runId, ordinal],
    queryFn: async () => (await childRunId(runId, ordinal)) ?? null,
    enabled: isByPlace,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (isByPlace && byPlace.isPending) return <span className="text-muted">…</span>;
  const started = kind === 'startChild' && typeof step.output === 'string' ? step.output : undefined;
  const id = isByPlace ? byPlace.data : started;
  if (typeof id === 'string') return <RunLink id={id} />;
  return (
    <Link href={`${runPath(runId)}?tab=children`} className="text-accent hover:underline">
      among the children of this run
    </Link>
  );
}
