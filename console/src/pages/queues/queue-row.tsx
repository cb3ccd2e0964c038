// One queue in the list: what keeps it from going on, who waits and since when, permits, limits, how fast runs end, and what can be done.
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { LimitsButton } from './limits-button';
import { limitsText } from './limits-text';
import { PauseButton } from './pause-button';
import { Permits } from './permits';
import { QueueBadges } from './queue-badges';
import { type CountView, countText, MOST_COUNTED, type QueueView, rateText, type Series, sumOf } from './queue-figures';
import { queuePath } from './queue-links';
import { Sparkline } from './sparkline';
import { StatusCounts } from './status-counts';
import { WaitingAge } from './waiting-age';

export interface QueueRowProps {
  queue: QueueView;
  /** Undefined: not known yet. */
  counts: readonly CountView[] | undefined;
  workflow: string | undefined;
  /** Of the last hour. */
  series: Series | undefined;
  rate: number | undefined;
}

export function QueueRow({ queue, counts, workflow, series, rate }: QueueRowProps) {
  const { name, waiting, oldestWaitingAt, permits, concurrency } = queue;
  const limits = limitsText(queue);
  const failed = series === undefined ? 0 : sumOf(series.failed);
  return (
    <li className="grid min-w-0 gap-x-6 gap-y-3 border-line border-b px-4 py-3 last:border-b-0 lg:grid-cols-[minmax(14rem,2fr)_minmax(6rem,0.7fr)_minmax(9rem,1fr)_minmax(11rem,1.2fr)_13rem]">
      <div className="flex min-w-0 flex-col gap-2">
        <div className="flex min-w-0 flex-wrap items-center gap-2">
          <h2 className="min-w-0 break-all font-semibold text-sm">
            <Link href={queuePath(name)} className="text-accent hover:underline">
              {name}
            </Link>
          </h2>
          <QueueBadges queue={queue} />
        </div>
        {counts !== undefined && <StatusCounts queue={name} counts={counts} workflow={workflow} />}
      </div>
      <div className="grid grid-cols-2 gap-3 lg:contents">
        <Cell name="In line">
          <span className="tabular-nums">{countText(waiting, waiting >= MOST_COUNTED)}</span>
          {waiting > 0 && (
            <span className="text-xs">
              <WaitingAge since={oldestWaitingAt} />
            </span>
          )}
        </Cell>
        <Cell name="Permits in use">
          <Permits permits={permits} concurrency={concurrency} />
          {limits.length > 0 && <span className="text-muted text-xs">{limits.join(' · ')}</span>}
        </Cell>
        <Cell name="Throughput" className="col-span-2 lg:col-span-1">
          {series === undefined ? (
            <span className="text-muted">…</span>
          ) : (
            <span className="flex min-w-0 items-start gap-3">
              <span className="w-20 shrink-0">
                <span className="block whitespace-nowrap tabular-nums">{rateText(rate)}</span>
                {failed > 0 && (
                  <span className="block whitespace-nowrap text-bad text-xs">{failed.toLocaleString('en')} failed</span>
                )}
              </span>
              <Sparkline series={series} />
            </span>
          )}
        </Cell>
      </div>
      <div className="-mx-3 flex items-start gap-1 lg:mx-0 lg:justify-end">
        <PauseButton queue={queue} isQuiet />
        <LimitsButton queue={queue} />
      </div>
    </li>
  );
}

function Cell({ name, className = '', children }: { name: string; className?: string; children: ReactNode }) {
  return (
    <div className={`min-w-0 ${className}`}>
      <p className="text-muted text-xs">{name}</p>
      <div className="flex min-w-0 flex-col gap-0.5 text-sm">{children}</div>
    </div>
  );
}
