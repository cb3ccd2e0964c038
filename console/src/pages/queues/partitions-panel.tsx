// The partitions of a queue in which somebody waits or holds a permit: found by a part of the key, page by page.
import { Search } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { Button } from '../../parts/button';
import { CursorPager, useCursor } from '../../parts/cursor-pager';
import { TextInput } from '../../parts/field';
import { Loaded } from '../../parts/loaded';
import { Empty, Panel } from '../../parts/page';
import { RunLink, shortId } from '../../parts/run-link';
import { Table, Td, Th, Tr } from '../../parts/table';
import { countText, type PartitionView } from './queue-figures';
import { runsPath } from './queue-links';
import { WaitingAge } from './waiting-age';

const ON_PAGE = 50;
/** Up to so many the API counts in a partition. */
const MOST_COUNTED = 1_000;

export function PartitionsPanel({ queue }: { queue: string }) {
  const [search, setSearch] = useSearchParams();
  const contains = search.get('partition') ?? undefined;
  const cursor = useCursor();
  const query = useLiveQuery(['queues'], {
    queryKey: ['partitions', queue, contains, cursor],
    queryFn: ({ signal }) => client.queues.partitions(queue, { contains, cursor, limit: ON_PAGE }, { signal }),
    placeholderData: (before) => before,
  });
  const find = (text: string) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      after.delete('cursor');
      if (text === '') after.delete('partition');
      else after.set('partition', text);
      return after;
    });
  return (
    <Panel title="Partitions" actions={<PartitionSearch key={contains ?? ''} text={contains ?? ''} onSearch={find} />} isFlush>
      <Loaded query={query} what="partitions">
        {({ partitions, nextCursor }) => (
          <>
            {partitions.length === 0 ? (
              <Nothing contains={contains} hasMore={nextCursor !== undefined} />
            ) : (
              <Table
                label={`Partitions of ${queue}`}
                head={
                  <>
                    <Th>Partition</Th>
                    <Th className="text-right">In line</Th>
                    <Th>Oldest</Th>
                    <Th>Held by</Th>
                  </>
                }
              >
                {partitions.map((partition) => (
                  <PartitionRow key={partition.partitionKey ?? ''} queue={queue} partition={partition} />
                ))}
              </Table>
            )}
            <CursorPager next={nextCursor} first="First" more="More" />
          </>
        )}
      </Loaded>
    </Panel>
  );
}

function PartitionRow({ queue, partition }: { queue: string; partition: PartitionView }) {
  const { partitionKey, waiting, oldestWaitingAt, holders, holderCount } = partition;
  return (
    <Tr>
      <Td className="min-w-40 break-all font-mono text-xs">
        {partitionKey === null ? (
          <span className="font-sans text-muted">without a partition</span>
        ) : (
          <Link href={runsPath({ queue, partitionKey })} className="text-accent hover:underline">
            {partitionKey}
          </Link>
        )}
      </Td>
      <Td className="text-right tabular-nums">{countText(waiting, waiting >= MOST_COUNTED)}</Td>
      <Td className="whitespace-nowrap">
        <WaitingAge since={oldestWaitingAt} />
      </Td>
      <Td className="min-w-48">
        {holders.length === 0 ? (
          <span className="text-muted">nobody</span>
        ) : (
          <ul className="flex flex-col gap-0.5">
            {holders.map(({ runId, workflowName, status }) => (
              <li key={runId} className="flex flex-wrap items-baseline gap-x-2">
                <RunLink id={runId} text={`${workflowName} ${shortId(runId)}`} />
                <span className="text-muted text-xs">{status}</span>
              </li>
            ))}
            {holderCount > holders.length && (
              <li className="text-muted text-xs">
                and {countText(holderCount - holders.length, holderCount >= MOST_COUNTED)} more
              </li>
            )}
          </ul>
        )}
      </Td>
    </Tr>
  );
}

function Nothing({ contains, hasMore }: { contains: string | undefined; hasMore: boolean }) {
  if (contains !== undefined)
    return (
      <Empty
        title={`No partition with "${contains}" ${hasMore ? 'was found yet: look at more.' : 'is occupied or waited for.'}`}
      />
    );
  return <Empty title="Nobody waits, and nobody holds a permit." />;
}

function PartitionSearch({ text, onSearch }: { text: string; onSearch(text: string): void }) {
  const [typed, setTyped] = useState(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSearch(typed.trim());
  };
  return (
    <search>
      <form onSubmit={submit} className="flex items-center gap-1">
        <TextInput
          type="search"
          aria-label="Part of a partition's key"
          placeholder="Find a partition"
          className="w-44!"
          maxLength={255}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button type="submit" kind="quiet" icon={<Search />} aria-label="Find the partition" className="w-8 px-0" />
      </form>
    </search>
  );
}
