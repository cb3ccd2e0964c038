// The streams of the run, and the chosen one as it is written. The choice stands in the URL.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import type { StreamAnswer } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { usePollInterval } from '../../api/live-query';
import { Loaded } from '../../parts/loaded';
import { Empty, Panel } from '../../parts/page';
import { StreamView } from './stream-view';
import { partKey } from './use-run';

export function StreamsTab({ runId }: { runId: string }) {
  const refetchInterval = usePollInterval();
  const query = useQuery({
    queryKey: partKey('streams', runId),
    queryFn: ({ signal }) => client.runs.streams(runId, { signal }),
    refetchInterval,
  });
  return (
    <Loaded query={query} what="the streams">
      {({ streams }) => (streams.length === 0 ? <NoStreams /> : <Streams runId={runId} streams={streams} />)}
    </Loaded>
  );
}

function Streams({ runId, streams }: { runId: string; streams: readonly StreamAnswer[] }) {
  const [search, setSearch] = useSearchParams();
  const [count, setCount] = useState<number>();
  const wanted = search.get('stream');
  const chosen = streams.find(({ name }) => name === wanted) ?? streams[0];
  const choose = (name: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.set('stream', name);
        return after;
      },
      { replace: true },
    );
  return (
    <div className="flex min-w-0 flex-col gap-4 lg:flex-row">
      <ul aria-label="Streams" className="flex min-w-0 shrink-0 gap-1 overflow-x-auto lg:w-56 lg:flex-col">
        {streams.map(({ name, chunks, closed }) => (
          <li key={name} className="min-w-0 shrink-0">
            <button
              type="button"
              aria-current={name === chosen?.name ? 'true' : undefined}
              onClick={() => choose(name)}
              className="w-full rounded-md border border-transparent px-3 py-1.5 text-left text-sm hover:bg-sunken aria-[current]:border-line aria-[current]:bg-surface"
            >
              <span className="block max-w-48 truncate font-medium" title={name}>
                {name}
              </span>
              <span className="text-muted text-xs">
                {chunksText((name === chosen?.name ? count : undefined) ?? chunks)}, {closed ? 'ended' : 'open'}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {chosen !== undefined && <StreamView key={chosen.name} runId={runId} stream={chosen} onCount={setCount} />}
    </div>
  );
}

function chunksText(count: number): string {
  return count === 1 ? '1 chunk' : `${count.toLocaleString('en')} chunks`;
}

function NoStreams() {
  return (
    <Panel>
      <Empty title="It has written to no stream.">
        What its code writes by wf.stream and wf.progress is shown here as it comes.
      </Empty>
    </Panel>
  );
}
