// Worker processes stop in the middle of something (SIGSTOP to themselves at a fault point) and go on when their lease is over and their runs
// are with others. What they still write must be refused, all of it.
import { setTimeout as pause } from 'node:timers/promises';
import type { ChildScript } from '../../support/child-process.js';
import { type FaultCluster, LEASE_MS } from '../fault-cluster.js';
import type { FlushLine } from '../ledger.js';
import type { Evidence, Report, ScenarioContext } from '../scenario.js';
import { withFaultCluster } from '../scenario.js';

/** Where they stop, and at which times they get there. */
const STOPS: ReadonlyArray<[point: string, every: number]> = [
  ['flush sending', 40],
  ['body ended', 60],
  ['flush sending', 25],
  ['body starting', 50],
  ['run.claim sending', 4],
  ['delivering', 70],
  ['lease.renew sending', 3],
  ['history read', 3],
  ['settling', 15],
  ['suspending', 6],
  ['source found', 20],
  ['message.insertMany sending', 6],
  ['wake.waiters sending', 4],
];

export async function zombies({ full, random, log }: ScenarioContext): Promise<Report> {
  const pauses = full ? 200 : 6;
  const stops = full ? STOPS : [...STOPS.slice(0, 4), ...STOPS.slice(-1)];
  return withFaultCluster(async (cluster) => {
    const healthy = [cluster.startWorker(), cluster.startWorker()];
    const zombies = new Map<number, ChildScript>();
    for (const [point, every] of stops) {
      const zombie = await cluster.startWorker({ faults: { STOP_AT: `${point}:${every}` }, module: { maxConcurrentRuns: 40 } });
      zombies.set(zombie.pid, zombie);
    }
    await Promise.all(healthy);
    const woken = await pauseAndWake(cluster, zombies, pauses, random, log);
    for (const zombie of zombies.values()) await cluster.kill(zombie);
    return (evidence) => {
      const { figures, violations = [] } = staleWrites(evidence);
      if (Number(figures?.['stale writes refused']) === 0)
        violations.push({ invariant: 'I4', what: 'no stale write was refused: nothing was proved' });
      return { figures: { pauses: woken, ...figures }, violations };
    };
  });
}

/** Keeps the load up until so many pauses are over; wakes each process a second after its lease. */
async function pauseAndWake(
  cluster: FaultCluster,
  zombies: ReadonlyMap<number, ChildScript>,
  pauses: number,
  random: () => number,
  log: (line: string) => void,
): Promise<number> {
  const seen = new Set<string>();
  let woken = 0;
  while (woken < pauses) {
    if ((await cluster.unfinished()) < 300) {
      await cluster.start(60, 40);
      await cluster.converse({ sets: 1, ms: 40, random });
    }
    for (const line of cluster.ledger.read()) {
      const key = line.kind === 'fault' ? `${line.pid}/${line.at}` : undefined;
      if (line.kind !== 'fault' || key === undefined || seen.has(key)) continue;
      seen.add(key);
      setTimeout(
        () => {
          zombies.get(line.pid)?.kill('SIGCONT');
          if (++woken % 20 === 0) log(`${woken} pauses`);
        },
        LEASE_MS + 1_000 - (Date.now() - line.at),
      );
    }
    await pause(100);
  }
  // One that stopped meanwhile must not hold its runs for ever.
  for (const zombie of zombies.values()) zombie.kill('SIGCONT');
  return woken;
}

/** A write is stale when it left the process after its executor was retired. One without an answer got nowhere. */
export function staleWrites({ audit, ledger }: Evidence): Partial<Report> {
  const retiredAt = new Map(audit.executors.map(({ executor, retiredAt }) => [executor, retiredAt]));
  const stale = ledger.filter(
    (line) => line.kind === 'flush' && line.sentAt > (retiredAt.get(line.executor) ?? Number.POSITIVE_INFINITY),
  ) as FlushLine[];
  const accepted = stale.filter(
    ({ outcome, runs }) => outcome === 'ok' || (outcome.startsWith('lost:') && outcome !== `lost:${runs}`),
  );
  const refused = stale.filter(({ outcome, runs }) => outcome === 'WF001' || outcome === `lost:${runs}`);
  return {
    figures: {
      'stale writes attempted': stale.length,
      'stale writes refused': refused.length,
      ...(stale.length > accepted.length + refused.length && {
        'stale writes that got nowhere': stale.length - accepted.length - refused.length,
      }),
    },
    violations: accepted.map(({ executor }) => ({ invariant: 'I4', what: `a stale write of executor ${executor} was accepted` })),
  };
}
