// What each process still has, as bars from the most that was seen of it down to nothing, with the runs behind it.
import { CircleCheck, Hourglass } from 'lucide-react';
import { Link } from 'wouter';
import { client } from '../../../api/client';
import { useLiveQuery } from '../../../api/live-query';
import { Time } from '../../../parts/time';
import { burdenOf, DrainBeginnings, type Load, type Status, stragglersOf } from './cut-over';

const beginnings = new DrainBeginnings();
const IN_FLIGHT = ['PENDING', 'RUNNING', 'STOPPING'];

export function DrainProgress({ status, since }: { status: Status; since: string }) {
  const leases = useLiveQuery(['executors'], {
    queryKey: ['executors'],
    queryFn: ({ signal }) => client.executors({ signal }),
  });
  const leaseOf = new Map(leases.data?.executors.map(({ executorId, leaseExpiresAt }) => [executorId, leaseExpiresAt]));
  const stragglers = stragglersOf(status);
  const workers = status.executors.filter(({ role }) => role !== 'client');
  const clients = status.executors.length - workers.length;
  const { inFlight, lingering, inMemoryDepth } = status.totals;
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p role="status" className="flex items-center gap-2 font-medium">
        {status.drained ? (
          <>
            <CircleCheck aria-hidden className="size-4 text-good" />
            Drained: no process has anything under way.
          </>
        ) : (
          <>
            <Hourglass aria-hidden className="size-4 text-warn" />
            {inFlight} in flight, {lingering} lingering, {inMemoryDepth} in memory.
          </>
        )}
      </p>
      {stragglers.length > 0 && (
        <p className="break-words text-muted">
          Waited for: {stragglers.map((each) => `${nameOf(each)} (${shortfallOf(each)})`).join(', ')}. A run that takes too long
          can be cancelled; a process that hangs can be killed, its lease runs out then.
        </p>
      )}
      <ul className="flex flex-col gap-2">
        {workers.map((load) => (
          <Executor key={load.executorId} load={load} most={beginnings.see(since, load)} lease={leaseOf.get(load.executorId)} />
        ))}
      </ul>
      {workers.length === 0 && (
        <p className="text-muted">
          No process that executes runs is there{inFlight > 0 && `; ${inFlight} runs of dead ones are still to be rescued`}.
        </p>
      )}
      {clients > 0 && <p className="text-muted">{clients} clients execute nothing: nobody waits for them.</p>}
    </div>
  );
}

function Executor({ load, most, lease }: { load: Load; most: number; lease: string | null | undefined }) {
  const { executorId, version, generation, inFlight, lingering, inMemoryDepth, hasHeard, drained } = load;
  const left = burdenOf(load);
  const share = most === 0 ? (drained ? 1 : 0) : 1 - left / most;
  const query = new URLSearchParams([['executorId', executorId], ...IN_FLIGHT.map((status) => ['status', status])]);
  return (
    <li className="flex flex-col gap-1.5 rounded-md bg-sunken p-3">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <strong className="break-all">{nameOf(load)}</strong>
        <span className="break-all text-muted text-xs">
          generation {generation}
          {version === null ? '' : ` · ${version}`} · {executorId}
        </span>
        <span className={`ml-auto font-medium ${drained ? 'text-good' : 'text-warn'}`}>
          {drained ? 'drained' : 'not drained'}
        </span>
      </div>
      <div
        role="progressbar"
        aria-label={`Drained of ${nameOf(load)}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={`${left} of ${most} left`}
        className="h-2 overflow-hidden rounded-full bg-line"
      >
        <div className={`h-full ${drained ? 'bg-good' : 'bg-accent'}`} style={{ width: `${share * 100}%` }} />
      </div>
      <div className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
        {inFlight > 0 ? (
          <Link href={`/runs?${query}`} className="text-accent underline">
            {inFlight} in flight
          </Link>
        ) : (
          <span>0 in flight</span>
        )}
        <span>{lingering} lingering</span>
        <span>{inMemoryDepth} in memory</span>
        <span>{hasHeard ? 'has heard' : 'has not heard yet'}</span>
        {lease !== undefined && (
          <span>
            lease until <Time at={lease} />
          </span>
        )}
      </div>
    </li>
  );
}

function nameOf({ hostname, pid }: Load): string {
  return `${hostname}:${pid}`;
}

function shortfallOf({ hasHeard, inFlight, lingering, inMemoryDepth }: Load): string {
  const parts = [
    !hasHeard && 'has not heard',
    inFlight > 0 && `${inFlight} in flight`,
    lingering > 0 && `${lingering} lingering`,
    inMemoryDepth > 0 && `${inMemoryDepth} in memory`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'about to report' : parts.join(', ');
}
