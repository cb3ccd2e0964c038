// All queues together, in one line of figures.
import type { ReactNode } from 'react';
import { countText, type Totals } from './queue-figures';
import { WaitingAge } from './waiting-age';

export interface QueueTotalsProps {
  queues: number;
  totals: Totals;
  /** Per minute, such as `12 / min`. */
  rate: string;
}

export function QueueTotals({ queues, totals, rate }: QueueTotalsProps) {
  const { waiting, isWaitingCapped, permits, isPermitsCapped, paused, oldestWaitingAt, deadlocked } = totals;
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-3 lg:grid-cols-6">
      <Figure name="Queues">{queues.toLocaleString('en')}</Figure>
      <Figure name="In line">{countText(waiting, isWaitingCapped)}</Figure>
      <Figure name="Permits in use">{countText(permits, isPermitsCapped)}</Figure>
      <Figure name="Throughput">{rate}</Figure>
      <Figure name="Oldest in line">
        <WaitingAge since={oldestWaitingAt} />
      </Figure>
      <Figure name="Paused">
        <span className={deadlocked > 0 ? 'text-bad' : paused > 0 ? 'text-held' : ''}>
          {paused === 0 ? 'none' : paused}
          {deadlocked > 0 && `, ${deadlocked} deadlocked`}
        </span>
      </Figure>
    </dl>
  );
}

export function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-4 py-2.5">
      <dt className="text-muted text-xs">{name}</dt>
      <dd className="mt-0.5 truncate font-semibold text-base tabular-nums">{children}</dd>
    </div>
  );
}
