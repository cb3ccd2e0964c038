// The queues that were asked for, with the figures of each, and of all together on top.
import { useMemo, useState } from 'react';
import { problemOf } from '../../api/problem';
import { Button } from '../../parts/button';
import { ErrorNote } from '../../parts/error-note';
import { Empty, Panel } from '../../parts/page';
import { countsOf, type QueueView, ratePerMinute, rateText, seriesOf, totalsOf } from './queue-figures';
import { QueueRow } from './queue-row';
import { QueueTotals } from './queue-totals';
import { useCounts, useThroughput } from './use-queues';

const LAST_HOUR = 60;
/** Shown at first. */
const FEW = 100;

export interface QueueListProps {
  queues: readonly QueueView[];
  /** Part of the name, in any case of letters. */
  find: string;
  workflow: string | undefined;
}

export function QueueList({ queues, find, workflow }: QueueListProps) {
  const counts = useCounts({ name: workflow });
  const throughput = useThroughput({ minutes: LAST_HOUR });
  const [isWhole, setWhole] = useState(false);
  const wanted = find.trim().toLowerCase();
  const found = useMemo(() => queues.filter(({ name }) => name.toLowerCase().includes(wanted)), [queues, wanted]);
  const { data } = throughput;
  const figures = useMemo(() => {
    if (data === undefined) return undefined;
    return new Map(found.map(({ name }) => [name, { series: seriesOf(data, name), rate: ratePerMinute(data, name) }]));
  }, [data, found]);
  const rates = figures === undefined ? [] : [...figures.values()].flatMap(({ rate }) => rate ?? []);
  const shown = isWhole ? found : found.slice(0, FEW);
  if (found.length === 0) return <Empty title={`No queue has "${find}" in its name.`} />;
  return (
    <>
      <QueueTotals
        queues={found.length}
        totals={totalsOf(found)}
        rate={figures === undefined ? '…' : rateText(rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0))}
      />
      {counts.error !== null && <ErrorNote problem={problemOf(counts.error)} onRetry={() => void counts.refetch()} />}
      {throughput.error !== null && <ErrorNote problem={problemOf(throughput.error)} onRetry={() => void throughput.refetch()} />}
      <Panel isFlush>
        <ul aria-label="Queues">
          {shown.map((queue) => (
            <QueueRow
              key={queue.name}
              queue={queue}
              counts={counts.data === undefined ? undefined : countsOf(counts.data.counts, queue.name)}
              workflow={workflow}
              series={figures?.get(queue.name)?.series}
              rate={figures?.get(queue.name)?.rate}
            />
          ))}
        </ul>
      </Panel>
      {shown.length < found.length && (
        <Button className="self-center" onClick={() => setWhole(true)}>
          Show all {found.length.toLocaleString('en')} queues
        </Button>
      )}
    </>
  );
}
