// How many runs of a queue ended in the last hour, 6 hours or day, and how many of them failed: as a chart, and the same as a table.
import { lazy, Suspense } from 'react';
import { useSearchParams } from 'wouter';
import { Loaded } from '../../parts/loaded';
import { Loading, Panel } from '../../parts/page';
import { ScrollBox } from '../../parts/scroll-box';
import { Time } from '../../parts/time';
import { seriesOf, sumOf, type ThroughputView } from './queue-figures';
import { useThroughput } from './use-queues';

const ThroughputChart = lazy(() => import('./throughput-chart'));

const RANGES = [
  { id: '1h', minutes: 60, name: '1 hour', last: 'hour' },
  { id: '6h', minutes: 360, name: '6 hours', last: '6 hours' },
  { id: '24h', minutes: 1_440, name: '24 hours', last: 'day' },
] as const;

export function ThroughputPanel({ queue }: { queue: string }) {
  const [search, setSearch] = useSearchParams();
  const range = RANGES.find(({ id }) => id === search.get('range')) ?? RANGES[0];
  const query = useThroughput({ queue, minutes: range.minutes });
  const choose = (id: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.set('range', id);
        return after;
      },
      { replace: true },
    );
  return (
    <Panel
      title="Throughput"
      actions={
        <fieldset className="flex overflow-hidden rounded-md border border-line-strong">
          <legend className="sr-only">Time range</legend>
          {RANGES.map(({ id, name }) => (
            <button
              key={id}
              type="button"
              aria-pressed={id === range.id}
              onClick={() => choose(id)}
              className={`h-7 border-line-strong border-l px-3 font-medium text-xs first:border-l-0 focus-visible:-outline-offset-2 ${id === range.id ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-sunken hover:text-ink'}`}
            >
              {name}
            </button>
          ))}
        </fieldset>
      }
    >
      <Loaded query={query} what="throughput">
        {(throughput) => <Throughput throughput={throughput} queue={queue} range={range.last} />}
      </Loaded>
    </Panel>
  );
}

function Throughput({ throughput, queue, range }: { throughput: ThroughputView; queue: string; range: string }) {
  const series = seriesOf(throughput, queue);
  const [ended, failed] = [sumOf(series.ended), sumOf(series.failed)];
  const minutes = throughput.bucketMs / 60_000;
  const unit = minutes === 1 ? 'minute' : `${minutes} minutes`;
  return (
    <div className="flex flex-col gap-3">
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="size-2.5 rounded-sm bg-accent" />
          {ended.toLocaleString('en')} ended
        </span>
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="size-2.5 rounded-sm bg-bad" />
          {failed.toLocaleString('en')} failed
        </span>
        <span className="text-muted text-xs">
          in the last {range}, per {unit}
        </span>
      </p>
      {throughput.searchedTo !== undefined && (
        <p role="status" className="rounded-md bg-warn-soft px-3 py-1.5 text-warn text-xs">
          Counted in full since <Time at={throughput.searchedTo} /> only: too many runs ended since to look further back.
        </p>
      )}
      {ended > 0 && (
        <Suspense fallback={<Loading what="Loading the chart" />}>
          <ThroughputChart series={series} />
        </Suspense>
      )}
      <details>
        <summary className="w-fit text-muted text-xs">As a table</summary>
        <ScrollBox label={`Throughput per ${unit}`} className="mt-2 max-h-72">
          <table className="w-full text-sm">
            <thead className="text-left text-muted text-xs">
              <tr>
                <th scope="col" className="py-1 pr-3 font-medium">
                  From
                </th>
                <th scope="col" className="py-1 pr-3 text-right font-medium">
                  Ended
                </th>
                <th scope="col" className="py-1 text-right font-medium">
                  Failed
                </th>
              </tr>
            </thead>
            <tbody>
              {series.at
                .map((at, i) => (
                  <tr key={at} className="border-line border-t tabular-nums">
                    <td className="py-1 pr-3">
                      <Time at={at} />
                    </td>
                    <td className="py-1 pr-3 text-right">{series.ended[i] ?? 'not known'}</td>
                    <td className="py-1 text-right">{series.failed[i] ?? 'not known'}</td>
                  </tr>
                ))
                .reverse()}
            </tbody>
          </table>
        </ScrollBox>
      </details>
    </div>
  );
}
