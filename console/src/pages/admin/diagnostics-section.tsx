// What the process that answers says of itself: for an operator's eyes, and, copied as a whole, for bug reports. No secrets are in it.
import type { ReactNode } from 'react';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { jsonText } from '../../api/lossless-json';
import { Button } from '../../parts/button';
import { copyText } from '../../parts/clipboard';
import { Loaded } from '../../parts/loaded';
import { Panel } from '../../parts/page';
import { Facts, Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';
import { durationText } from '../../parts/time-text';
import { toast } from '../../parts/toast';

type Diagnostics = Awaited<ReturnType<typeof client.diagnostics>>;

export function DiagnosticsSection() {
  const query = useLiveQuery(['executors'], {
    queryKey: ['diagnostics'],
    queryFn: ({ signal }) => client.diagnostics({ signal }),
  });
  return (
    <Loaded query={query} what="the diagnostics">
      {(diagnostics) => (
        <>
          <div className="flex flex-wrap items-center gap-3">
            <p className="max-w-prose text-muted text-sm">
              Of the process that answered; behind a balancer it may be another each time.
            </p>
            <div className="ml-auto flex gap-2">
              <Button isBusy={query.isFetching} onClick={() => void query.refetch()}>
                Ask again
              </Button>
              <Button kind="primary" onClick={() => void copyAll(diagnostics)}>
                Copy all
              </Button>
            </div>
          </div>
          <Panels diagnostics={diagnostics} />
        </>
      )}
    </Loaded>
  );
}

async function copyAll(diagnostics: Diagnostics): Promise<void> {
  const isCopied = await copyText(jsonText({ ...diagnostics, browser: navigator.userAgent }));
  toast(isCopied ? { kind: 'good', title: 'Copied.' } : { kind: 'bad', title: 'The browser does not let pages copy.' });
}

/** What it was until a swap took its place among the executors; undefined: it takes part, or never did. */
function useSwappedLife({ executorId, hostname, pid }: Diagnostics['identity']) {
  const { data } = useLiveQuery(['executors'], {
    queryKey: ['executors'],
    queryFn: ({ signal }) => client.executors({ signal }),
  });
  if (executorId !== null) return undefined;
  return data?.executors.find((each) => each.graceful === true && each.hostname === hostname && each.pid === pid);
}

function Panels({
  diagnostics: { identity, versions, schema, lease, lag, database, capacity, inMemoryQueue, workflows },
}: {
  diagnostics: Diagnostics;
}) {
  const swapped = useSwappedLife(identity);
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <Panel title="Identity">
        <Facts
          facts={[
            ['Process', `${identity.hostname}:${identity.pid}`],
            [
              'Executor',
              identity.executorId !== null ? (
                <Code key="id" text={identity.executorId} />
              ) : swapped === undefined ? (
                'none: between two lives, or not begun'
              ) : (
                <span key="id" className="text-warn">
                  none: retired by the swap. It executes no runs until it is started anew; it still starts and watches them.
                </span>
              ),
            ],
            ['Role', identity.role],
            ['Generation', `${identity.generation ?? (swapped === undefined ? '—' : `${swapped.generation}, retired`)}`],
            ['Since', <Time key="since" at={identity.startedAt} />],
            ['Lease', `${durationText(lease.duration)} long`],
            ['Lease until', <Time key="until" at={lease.expiresAt} />],
          ]}
        />
      </Panel>
      <Panel title="Versions">
        <Facts
          facts={[
            ['Library', versions.library],
            ['Application', versions.application ?? 'not said (module option version)'],
            ['Node', versions.node],
            ['Postgres', versions.postgres],
            ['Schema', `${schema.name}, version ${schema.version} of ${schema.needed}`],
          ]}
        />
      </Panel>
      <Panel title="Lag">
        <Facts
          facts={[
            ['Oldest ready run', lag.oldestReady === null ? 'none waits' : durationText(lag.oldestReady)],
            [
              'Event loop delay',
              lag.eventLoopDelay === null ? 'measured from now on' : `${lag.eventLoopDelay.toFixed(1)} ms (99 %)`,
            ],
            ['Clock of the database', `${Math.round(lag.clockOffset)} ms ahead`],
          ]}
        />
      </Panel>
      <Panel title="Room for runs">
        <Facts
          facts={[
            ['Slots', `${capacity.used} of ${capacity.slots} used`],
            ...capacity.queues.map(
              ({ queue, used, workerConcurrency }) =>
                [queue, workerConcurrency === null ? `${used} used` : `${used} of ${workerConcurrency} used`] as const,
            ),
          ]}
        />
      </Panel>
      <Panel title="Database">
        <Pools pools={database.pools} />
        <Facts
          facts={[
            ['Notifications', notificationsText(database.notifications)],
            ['Other processes', `${database.otherProcesses}`],
          ]}
        />
      </Panel>
      <Panel title="In-memory queue">
        <Facts
          facts={[
            ['Depth', `${inMemoryQueue.depth} of ${inMemoryQueue.maxDepth}`],
            ['Accepted', count(inMemoryQueue.accepted)],
            ['Written', count(inMemoryQueue.flushed)],
            ['Rejected', count(inMemoryQueue.rejected)],
            ['Dropped', count(inMemoryQueue.dropped)],
            ['Failed writes', count(inMemoryQueue.flushFailures)],
            ['Dead letters', count(inMemoryQueue.deadLetters)],
            ['Last overflow', <Time key="overflow" at={inMemoryQueue.lastOverflowAt} none="never" />],
          ]}
        />
      </Panel>
      <Panel
        title={`Workflows (${workflows.registered.length} registered, ${workflows.served.length} served)`}
        className="xl:col-span-2"
      >
        <ul aria-label="Workflows" className="flex flex-wrap gap-x-4 gap-y-1 font-mono text-xs">
          {workflows.registered.map((name) => (
            <li key={name} className="break-all">
              {name}
              {workflows.served.includes(name) ? '' : ' (not served)'}
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}

function Pools({ pools }: { pools: Diagnostics['database']['pools'] }) {
  if (pools === null) return <p className="mb-3 text-muted text-sm">Its connections are not known.</p>;
  return (
    <div className="-mx-3 mb-3">
      <Table
        label="Connections"
        head={
          <>
            <Th>Connections for</Th>
            <Th className="text-right">Most</Th>
            <Th className="text-right">Open</Th>
            <Th className="text-right">Idle</Th>
            <Th className="text-right">Waiting</Th>
          </>
        }
      >
        {(['vital', 'lease', 'shared'] as const).map((name) => (
          <Tr key={name}>
            <Td>{{ vital: 'checkpoints and claims', lease: 'the lease', shared: 'everything else' }[name]}</Td>
            {[pools[name].size, pools[name].open, pools[name].idle, pools[name].waiting].map((value, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: four columns, always the same
              <Td key={index} className="text-right tabular-nums">
                {value}
              </Td>
            ))}
          </Tr>
        ))}
      </Table>
    </div>
  );
}

function Code({ text }: { text: string }): ReactNode {
  return <code className="break-all font-mono text-xs">{text}</code>;
}

function notificationsText({ enabled, connected }: Diagnostics['database']['notifications']): string {
  if (!enabled) return 'off';
  return connected ? 'heard' : 'on, but not heard now';
}

function count(value: number): string {
  return value.toLocaleString('en');
}
