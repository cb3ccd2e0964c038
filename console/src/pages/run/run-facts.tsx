// All that is known of the run in names, numbers and times: where it stands, what it waits for, when, by whom, and what it came from.
import { Link } from 'wouter';
import type { RunAnswer, RunDetailsAnswer } from '../../../../lib/http-client/index.js';
import { isCut, isHidden } from '../../../../lib/http-client/index.js';
import { isTerminal } from '../../../../lib/model/run-transitions.js';
import { CopyButton } from '../../parts/copy-button';
import { Panel } from '../../parts/page';
import { bytesText, HiddenNote } from '../../parts/payload';
import { RunLink } from '../../parts/run-link';
import { type Fact, Facts } from '../../parts/table';
import { Duration, Time } from '../../parts/time';
import { Countdown } from './countdown';
import { Waits } from './waits';

export function RunFacts({ answer: { run, waits } }: { answer: RunAnswer }) {
  const lists: Array<Array<Fact | undefined>> = [timesOf(run), placeOf(run), originOf(run)];
  return (
    <Panel>
      <div className="flex flex-col gap-4">
        {!isTerminal(run.status) && <Waits status={run.status} waits={waits} />}
        <div className="grid min-w-0 items-start gap-x-8 gap-y-1.5 md:grid-cols-2 xl:grid-cols-3">
          {lists.map((facts) => (
            <Facts key={facts[0]?.[0]} facts={facts} />
          ))}
        </div>
      </div>
    </Panel>
  );
}

function timesOf(run: RunDetailsAnswer): Array<Fact | undefined> {
  const { createdAt, startedAt, completedAt, deadlineAt, timeoutMs, wakeAt, status } = run;
  const isHeld = status === 'HELD';
  return [
    ['Created', <Time key="created" at={createdAt} />],
    ['Started', <Time key="started" at={startedAt} none={isTerminal(status) ? 'never' : 'not yet'} />],
    ['Completed', <Time key="completed" at={completedAt} none="not yet" />],
    [
      'Duration',
      startedAt === null ? (
        <span key="took" className="text-muted">
          —
        </span>
      ) : (
        <Duration key="took" from={startedAt} to={completedAt} />
      ),
    ],
    [
      'Deadline',
      deadlineAt === null ? (
        <span key="deadline" className="text-muted">
          {timeoutMs === null ? 'none' : 'counts from its start'}
        </span>
      ) : isHeld ? (
        'stands still while it is held'
      ) : (
        <Countdown key="deadline" at={deadlineAt} spanMs={timeoutMs} isOver={isTerminal(status)} />
      ),
      deadlineAt === null && timeoutMs === null,
    ],
    !isTerminal(status) && wakeAt !== null ? ['Due', <Time key="wake" at={wakeAt} />] : undefined,
  ];
}

function placeOf(run: RunDetailsAnswer): Fact[] {
  const { queue, partitionKey, priority, claimedBy, recoveryAttempts, maxRecoveryAttempts, hasPermit, legalHold } = run;
  const link = 'text-accent hover:underline break-all';
  return [
    [
      'Queue',
      <Link key="queue" href={`/queues/${encodeURIComponent(queue)}`} className={link}>
        {queue}
      </Link>,
    ],
    [
      'Partition',
      partitionKey === null ? (
        <span key="partition" className="text-muted">
          none
        </span>
      ) : (
        <Link
          key="partition"
          href={`/runs?queue=${encodeURIComponent(queue)}&partitionKey=${encodeURIComponent(partitionKey)}`}
          className={link}
        >
          {partitionKey}
        </Link>
      ),
      partitionKey === null,
    ],
    ['Priority', String(priority)],
    ['Permit', hasPermit ? 'held: it counts in its queue' : 'none', !hasPermit],
    [
      'Executor',
      claimedBy === null ? (
        <span key="executor" className="text-muted">
          none
        </span>
      ) : (
        <span key="executor" className="flex items-center gap-1">
          <Link
            href={`/runs?executorId=${encodeURIComponent(claimedBy)}`}
            title={claimedBy}
            className="max-w-40 truncate font-mono text-accent text-xs hover:underline"
          >
            {claimedBy}
          </Link>
          <CopyButton text={claimedBy} what="the executor’s id" />
        </span>
      ),
      claimedBy === null,
    ],
    [
      'Recoveries',
      <span key="recoveries" className={recoveryAttempts > 0 ? 'font-medium text-warn' : ''}>
        {recoveryAttempts} of {maxRecoveryAttempts}
      </span>,
    ],
    ['Legal hold', legalHold ? <strong key="hold">on: retention keeps it</strong> : 'off', !legalHold],
  ];
}

function originOf(run: RunDetailsAnswer): Fact[] {
  const { parentId, deduplicationId, provenance } = run;
  return [
    [
      'Parent',
      parentId === null ? (
        <span key="parent" className="text-muted">
          none
        </span>
      ) : (
        <RunLink key="parent" id={parentId} />
      ),
      parentId === null,
    ],
    [
      'Dedup id',
      deduplicationId === null ? (
        <span key="deduplication" className="text-muted">
          none
        </span>
      ) : (
        <span key="deduplication" className="break-all font-mono text-xs">
          {deduplicationId}
        </span>
      ),
      deduplicationId === null,
    ],
    ['Template', <Provenance key="template" provenance={provenance} />, provenance?.template == null],
    ['Attributes', <Attributes key="attributes" attributes={run.attributes} />, hasNone(run.attributes)],
  ];
}

function Provenance({ provenance }: Pick<RunDetailsAnswer, 'provenance'>) {
  if (provenance?.template == null) return <span className="text-muted">none</span>;
  const { workflow, template, version, overrides, actor } = provenance;
  const query = new URLSearchParams({ workflow, template, ...(version !== null && { version: String(version) }) });
  return (
    <span className="break-words">
      <Link href={`/?${query}`} className="text-accent underline">
        {template} v{version}
      </Link>{' '}
      by {actor}
      {overrides.length > 0 && <span className="text-muted">, other than its defaults: {overrides.join(', ')}</span>}
    </span>
  );
}

function hasNone(attributes: RunDetailsAnswer['attributes']): boolean {
  return !isHidden(attributes) && !isCut(attributes) && Object.keys(attributes ?? {}).length === 0;
}

function Attributes({ attributes }: Pick<RunDetailsAnswer, 'attributes'>) {
  if (isHidden(attributes)) return <HiddenNote />;
  if (isCut(attributes)) return <span className="text-muted">{bytesText(attributes.bytes)}, too large to be shown</span>;
  const entries = Object.entries(attributes ?? {});
  if (entries.length === 0) return <span className="text-muted">none</span>;
  return (
    <ul className="flex min-w-0 flex-wrap gap-1">
      {entries.map(([key, value]) => (
        <li key={key} className="min-w-0">
          <Link
            href={`/runs?attributes=${encodeURIComponent(JSON.stringify({ [key]: value }))}`}
            title="Runs with this attribute"
            className="inline-block max-w-full break-all rounded border border-line bg-sunken px-1.5 font-mono text-xs hover:border-line-strong"
          >
            {key}={String(value)}
          </Link>
        </li>
      ))}
    </ul>
  );
}
