// Limits under kills: processes with four lanes race over queues with limits of 1 to 5, limits per process, a rate, and fifty partitions, while one
// of them dies every second, runs are cancelled, and queues are paused. Never is one too many inside, and in the end nobody is left behind.
import { setTimeout as pause } from 'node:timers/promises';
import type { ChildScript } from '../../support/child-process.js';
import type { Violation } from '../checker.js';
import type { FaultCluster, WorkerOptions } from '../fault-cluster.js';
import { GateLoad } from '../gate-load.js';
import { GATE_QUEUES } from '../gated.js';
import { checkPermits, type GateReport } from '../permit-checker.js';
import { type Figures, pick, type Report, type ScenarioContext, withFaultCluster } from '../scenario.js';

const WORKERS = 4;

export async function permits({ full, random, log }: ScenarioContext): Promise<Report> {
  const kills = full ? 100 : 6;
  return withFaultCluster(async (cluster) => {
    const nextWorker = (): WorkerOptions => ({
      module: {
        writeLanes: 4,
        suspendAfter: pick(random, [0, 0, 50]),
        notifications: random() < 0.7,
        maxConcurrentRuns: pick(random, [20, 300]),
      },
    });
    const serving = await Promise.all(Array.from({ length: WORKERS }, () => cluster.startWorker(nextWorker())));
    const load = new GateLoad(cluster, random);
    load.start();
    const deaths = await killOneByOne(cluster, serving, nextWorker, kills, random, log);
    await load.stop();
    await drained(cluster, log);
    return ({ audit, ledger }) => {
      const report = checkPermits({ audit, ledger, queues: GATE_QUEUES, deaths, pauses: load.pauses });
      const suspensions = audit.ownership.filter(({ status }) => status === 'WAITING').length;
      return {
        figures: { kills, pauses: load.pauses.length, suspensions, ...report.figures, ...peaks(report) },
        violations: [...report.violations, ...unproved(report, { suspensions, pauses: load.pauses.length }, kills)],
      };
    };
  });
}

async function killOneByOne(
  cluster: FaultCluster,
  serving: ChildScript[],
  nextWorker: () => WorkerOptions,
  kills: number,
  random: () => number,
  log: (line: string) => void,
): Promise<Array<{ pid: number; at: number }>> {
  const deaths: Array<{ pid: number; at: number }> = [];
  const warming: Array<Promise<ChildScript>> = [cluster.startWorker(nextWorker())];
  for (let kill = 0; kill < kills; kill++) {
    await pause(500 + random() * 900);
    const victim = pick(random, serving);
    serving.splice(serving.indexOf(victim), 1);
    deaths.push({ pid: victim.pid, at: await cluster.kill(victim) });
    serving.push(await (warming.shift() as Promise<ChildScript>));
    warming.push(cluster.startWorker(nextWorker()));
    if (kill % 20 === 19) log(`${kill + 1} kills`);
  }
  await Promise.all(warming);
  return deaths;
}

/** A queue of one needs its time; what is stuck shows as no progress at all. */
async function drained(cluster: FaultCluster, log: (line: string) => void): Promise<void> {
  let before = await cluster.unfinished();
  while ((await cluster.untilAllOver(10_000)) === undefined) {
    const left = await cluster.unfinished();
    if (left >= before) return log(`${left} runs are stuck`);
    before = left;
  }
}

/** Most at once by bodies and by permits, of the queues; of partitions and processes the highest. */
function peaks({ mostBodies, mostPermits, mostBegun }: GateReport): Figures {
  const figures: Figures = {};
  for (const { name, concurrency, partitions, workerConcurrency, rateLimit } of GATE_QUEUES) {
    if (concurrency) figures[`${name} (${concurrency})`] = `${mostBodies.get(name)}/${mostPermits.get(name)}`;
    if (rateLimit) figures[`${name} (${rateLimit.limit})`] = mostBegun.get(name) ?? 0;
    if (partitions) figures[`${name}/*`] = `${highest(mostBodies, `${name}/`)}/${highest(mostPermits, `${name}/`)}`;
    if (workerConcurrency) figures[`${name}@ (${workerConcurrency})`] = highest(mostBodies, `${name}@`);
  }
  return figures;
}

/** What was never put to the test proves nothing. */
function unproved(
  { mostBodies, mostPermits, mostBegun, figures }: GateReport,
  others: Record<string, number>,
  kills: number,
): Violation[] {
  const missing: string[] = [];
  const reaches = (what: string, count: number | undefined, limit: number) => {
    if ((count ?? 0) < limit) missing.push(`${what}: ${count ?? 0} at most, ${limit} would be allowed`);
  };
  for (const { name, concurrency, partitions, partitionConcurrency = 1, workerConcurrency, rateLimit } of GATE_QUEUES) {
    if (concurrency) reaches(`permits in ${name}`, mostPermits.get(name), concurrency);
    if (concurrency) reaches(`bodies in ${name}`, mostBodies.get(name), concurrency);
    if (partitions) reaches(`permits in a partition of ${name}`, highest(mostPermits, `${name}/`), partitionConcurrency);
    if (workerConcurrency) reaches(`runs of ${name} in a process`, highest(mostBodies, `${name}@`), workerConcurrency);
    if (rateLimit) reaches(`beginnings in ${name}`, mostBegun.get(name), rateLimit.limit);
  }
  reaches('runs with a permit in a killed process', Number(figures['runs with a permit killed']), kills);
  reaches('permits that outlived their run', Number(figures['kept after the end']), kills / 2);
  for (const [what, count] of Object.entries(others)) reaches(what, count, kills / 5);
  return missing.map((what) => ({ invariant: 'proof', what }));
}

const highest = (most: ReadonlyMap<string, number>, prefix: string) =>
  Math.max(0, ...[...most].filter(([place]) => place.startsWith(prefix)).map(([, count]) => count));
