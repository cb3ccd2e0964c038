// Worker processes are killed at random and replaced, all the time, while runs come in. Recovery: from the kill to the claim of each run that the
// dead process held, by another one.
import { setTimeout as pause } from 'node:timers/promises';
import type { ChildScript } from '../../support/child-process.js';
import type { Audit } from '../audit.js';
import { LEASE_MS } from '../fault-cluster.js';
import { percentile, pick, type Report, type ScenarioContext, withFaultCluster } from '../scenario.js';

const WORKERS = 4;
const HELD = new Set(['PENDING', 'RUNNING']);

export async function sigkill({ full, random, log }: ScenarioContext): Promise<Report> {
  const kills = full ? 210 : 10;
  const runs = full ? 10_000 : 600;
  return withFaultCluster(async (cluster) => {
    const deaths: Array<{ pid: number; at: number }> = [];
    const serving = await Promise.all(Array.from({ length: WORKERS }, () => cluster.startWorker()));
    const warming: Array<Promise<ChildScript>> = [cluster.startWorker()];
    for (let kill = 0; kill < kills; kill++) {
      const ms = 60 + Math.floor(random() * 100);
      await cluster.start(Math.ceil(runs / kills), ms);
      await cluster.converse({ sets: 1, ms, random });
      await pause(300 + random() * 700);
      const victim = pick(random, serving);
      serving.splice(serving.indexOf(victim), 1);
      deaths.push({ pid: victim.pid, at: await cluster.kill(victim) });
      // Its place is taken by one that is up already; a new one warms up meanwhile.
      serving.push(await (warming.shift() as Promise<ChildScript>));
      warming.push(cluster.startWorker());
      if (kill % 20 === 19) log(`${kill + 1} kills`);
    }
    await Promise.all(warming);
    return ({ audit }) => {
      const recoveries = deaths.flatMap(({ pid, at }) => recoveriesAfter(audit, pid, at));
      const p99 = percentile(recoveries, 0.99);
      return {
        figures: {
          kills,
          'runs taken over': recoveries.length,
          'recovery p50 ms': percentile(recoveries, 0.5),
          'recovery p99 ms': p99,
          'recovery max ms': percentile(recoveries, 1),
        },
        violations: [
          ...(p99 < LEASE_MS + 1_000 ? [] : [{ invariant: 'recovery', what: `p99 of the recovery is ${p99} ms` }]),
          ...(recoveries.length >= kills
            ? []
            : [{ invariant: 'recovery', what: `only ${recoveries.length} runs were interrupted` }]),
        ],
      };
    };
  });
}

/** For each run that a process held when it died: the ms until another one claimed it. */
export function recoveriesAfter(audit: Audit, pid: number, at: number): number[] {
  const dead = new Set(audit.executors.filter((executor) => executor.pid === pid).map(({ executor }) => executor));
  const held = new Map<string, boolean>();
  const recoveries: number[] = [];
  for (const row of audit.ownership) {
    if (row.at <= at) held.set(row.run, HELD.has(row.status) && dead.has(row.owner ?? ''));
    else if (held.get(row.run)) {
      // The rescue's own row has no owner; a last flush that was on the wire keeps the old one.
      if (row.owner === null && row.status === 'ENQUEUED') continue;
      held.set(row.run, HELD.has(row.status) && dead.has(row.owner ?? ''));
      if (row.status === 'PENDING') recoveries.push(row.at - at);
    }
  }
  return recoveries;
}
