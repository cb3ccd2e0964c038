// One queue: what keeps it from going on, its runs by status, limits, throughput, partitions with who holds them, and what operators changed.
import { Construction } from 'lucide-react';
import { Link } from 'wouter';
import { Loaded } from '../../parts/loaded';
import { Empty, Page, Panel } from '../../parts/page';
import { Time } from '../../parts/time';
import { DeadlockNotes } from './deadlock-notes';
import { LimitsButton } from './limits-button';
import { LimitsFacts } from './limits-facts';
import { PartitionsPanel } from './partitions-panel';
import { PauseButton } from './pause-button';
import { Permits } from './permits';
import { QueueAudit } from './queue-audit';
import { QueueBadges } from './queue-badges';
import { countsOf, countText, MOST_COUNTED, type QueueView } from './queue-figures';
import { runsPath } from './queue-links';
import { Figure } from './queue-totals';
import { StatusCounts } from './status-counts';
import { ThroughputPanel } from './throughput-panel';
import { useCounts, useQueues } from './use-queues';
import { WaitingAge } from './waiting-age';

export default function QueuePage({ queue: name }: { queue: string }) {
  const query = useQueues();
  const found = query.data?.queues.find((queue) => queue.name === name);
  return (
    <Page
      name={`Queue ${name}`}
      title={
        <span className="flex flex-wrap items-center gap-2">
          <span className="text-muted">Queue</span>
          <span className="break-all">{name}</span>
          {found !== undefined && <QueueBadges queue={found} />}
        </span>
      }
      actions={found !== undefined && <PauseButton queue={found} />}
    >
      <Loaded query={query} what="the queue">
        {() =>
          found === undefined ? (
            <Empty title="There is no queue of this name.">
              <Link href="/queues" className="text-accent underline">
                Go to all queues
              </Link>
            </Empty>
          ) : (
            <Queue queue={found} />
          )
        }
      </Loaded>
    </Page>
  );
}

function Queue({ queue }: { queue: QueueView }) {
  const { name, waiting, permits, concurrency, oldestWaitingAt, maintenance, deadlocks } = queue;
  const counts = useCounts({ queue: name });
  return (
    <>
      {maintenance !== null && (
        <p role="status" className="flex items-start gap-3 rounded-lg bg-warn-soft p-3 text-sm text-warn">
          <Construction aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span className="min-w-0 break-words">
            {maintenance.queue === null ? 'All queues are' : 'This queue is'} in maintenance ({maintenance.mode}) since{' '}
            <Time at={maintenance.enteredAt} /> by {maintenance.actor}
            {maintenance.reason !== null && `: ${maintenance.reason}`}. Nothing of it begins.
          </span>
        </p>
      )}
      <DeadlockNotes deadlocks={deadlocks} />
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line *:last:col-span-2 sm:grid-cols-3 sm:*:last:col-span-1">
        <Figure name="In line">{countText(waiting, waiting >= MOST_COUNTED)}</Figure>
        <Figure name="Oldest in line">
          <WaitingAge since={oldestWaitingAt} />
        </Figure>
        <Figure name="Permits in use">
          <Permits permits={permits} concurrency={concurrency} />
        </Figure>
      </dl>
      <Panel
        title="Runs"
        actions={
          <Link href={runsPath({ queue: name })} className="font-medium text-accent text-sm hover:underline">
            All runs of it
          </Link>
        }
      >
        <Loaded query={counts} what="runs by status">
          {({ counts: all }) => <StatusCounts queue={name} counts={countsOf(all, name)} />}
        </Loaded>
      </Panel>
      <div className="grid min-w-0 items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <ThroughputPanel queue={name} />
        <Panel title="Limits" actions={<LimitsButton queue={queue} text="Edit" />}>
          <LimitsFacts queue={queue} />
        </Panel>
      </div>
      <PartitionsPanel queue={name} />
      <QueueAudit queue={queue} />
    </>
  );
}
