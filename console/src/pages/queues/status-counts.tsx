// How many runs of a queue there are in each status: each is a link to those runs.
import { Link } from 'wouter';
import { isTerminal } from '../../../../lib/model/run-transitions.js';
import { RUN_LOOKS } from '../../parts/run-status';
import { type CountView, countText } from './queue-figures';
import { runsPath } from './queue-links';

export interface StatusCountsProps {
  queue: string;
  /** In the order in which they are shown. */
  counts: readonly CountView[];
  /** Of one workflow. */
  workflow?: string | undefined;
}

export function StatusCounts({ queue, counts, workflow }: StatusCountsProps) {
  if (counts.length === 0) return <p className="text-muted text-xs">No runs{workflow === undefined ? '' : ` of ${workflow}`}</p>;
  return (
    <ul className="flex flex-wrap gap-1.5" aria-label={`Runs of ${queue} by status`}>
      {counts.map((count) => (
        <li key={count.status}>
          <StatusCount count={count} workflow={workflow} />
        </li>
      ))}
    </ul>
  );
}

function StatusCount({ count: { queue, status, count, capped }, workflow }: { count: CountView; workflow: string | undefined }) {
  const { icon: Icon, className, meaning } = RUN_LOOKS[status] ?? RUN_LOOKS.PENDING;
  const more = capped ? (isTerminal(status) ? ' The newest are counted.' : ' There are more.') : '';
  return (
    <Link
      href={runsPath({ queue, status, name: workflow })}
      title={`${meaning}${more}`}
      className={`inline-flex items-center gap-1 whitespace-nowrap rounded-full px-2 py-0.5 font-medium text-xs hover:underline ${className}`}
    >
      <Icon aria-hidden className="size-3.5" />
      {status}
      <span className="tabular-nums">{countText(count, capped)}</span>
    </Link>
  );
}
