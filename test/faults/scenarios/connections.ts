// Faults of the connection between workers and database: backends terminated, acknowledgements lost after the commit, silence without an end,
// a LISTEN connection that is half-open, no NOTIFY at all, a slow network.
import { setTimeout as pause } from 'node:timers/promises';
import type { Audit } from '../audit.js';
import { type FaultCluster, LEASE_MS, type WorkerOptions } from '../fault-cluster.js';
import { GateLoad } from '../gate-load.js';
import { GATE_QUEUES } from '../gated.js';
import type { LedgerLine } from '../ledger.js';
import { checkPermits } from '../permit-checker.js';
import { percentile, type Report, type ScenarioContext, withFaultCluster } from '../scenario.js';
import { staleWrites } from './zombies.js';

const startWorkers = (cluster: FaultCluster, count: number, options?: WorkerOptions) =>
  Promise.all(Array.from({ length: count }, () => cluster.startWorker(options)));

/** Of the workers, five in a second, while runs come in. */
export async function terminatedBackends({ full, random, log }: ScenarioContext): Promise<Report> {
  const wanted = full ? 1_000 : 60;
  return withFaultCluster(async (cluster) => {
    await startWorkers(cluster, 3);
    let terminated = 0;
    while (terminated < wanted) {
      if ((await cluster.unfinished()) < 200) {
        await cluster.start(50, 40);
        await cluster.converse({ sets: 1, ms: 40, random });
      }
      const { rowCount } = await cluster.schema.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 order by random() limit 1`,
        [cluster.workerConnections],
      );
      terminated += rowCount ?? 0;
      if (terminated % 200 === 0) log(`${terminated} terminated`);
      await pause(200);
    }
    return ({ audit }) => ({ figures: { 'backends terminated': terminated, 'leases lost': lostLeases(audit) } });
  });
}

/** The statement is done and committed; its answer is thrown away and the connection reset. */
export async function lostAcknowledgements({ full, random, log }: ScenarioContext): Promise<Report> {
  const wanted = full ? 500 : 40;
  const writes = [
    'flush',
    'run.claim',
    'lease.renew',
    'executor.retire',
    'executor.requeueRuns',
    'executor.clear',
    'run.insertMany',
    'run.insertWithIds',
    'message.insertMany',
    'wake.waiters',
    'wake.pending',
    'run.claimGated',
    'run.letGo',
  ];
  return withFaultCluster(async (cluster) => {
    const proxy = await cluster.openProxy();
    await startWorkers(cluster, 2, { url: proxy.url });
    const load = new GateLoad(cluster, random);
    proxy.loseAnswers((message) => random() < 0.08 && writes.some((write) => message.includes(write)));
    while (proxy.lostAnswers < wanted) {
      if ((await cluster.unfinished()) < 200) {
        await cluster.start(50, 20);
        await cluster.converse({ sets: 2, ms: 20, random });
        await load.fillOnce(4);
      }
      await pause(50);
    }
    proxy.loseAnswers();
    await load.stop();
    log(`${proxy.lostAnswers} answers lost`);
    return ({ audit, ledger }) => {
      const { violations, figures } = checkPermits({ audit, ledger, queues: GATE_QUEUES, deaths: [], pauses: [] });
      return {
        figures: { 'acknowledgements lost': proxy.lostAnswers, 'permits given': figures['permits given'] ?? 0 },
        violations,
      };
    };
  });
}

/** One of three processes hears and says nothing for five leases, and nobody tells it. */
export async function partition({ full, random, log }: ScenarioContext): Promise<Report> {
  const rounds = full ? 8 : 1;
  return withFaultCluster(async (cluster) => {
    const proxy = await cluster.openProxy();
    await startWorkers(cluster, 2);
    await cluster.startWorker({ url: proxy.url });
    for (let round = 1; round <= rounds; round++) {
      await cluster.start(300, 300);
      await cluster.converse({ sets: 5, ms: 300, random });
      await pause(700);
      proxy.mute();
      await pause(5 * LEASE_MS);
      proxy.heal();
      await cluster.untilAllOver(5 * LEASE_MS);
      log(`round ${round}`);
    }
    return (evidence) => {
      const { figures, violations = [] } = staleWrites(evidence);
      const late = bodiesAfterLoss(evidence.audit, evidence.ledger);
      if (late > 0) violations.push({ invariant: 'deadline', what: `${late} bodies began after their run was taken over` });
      return { figures: { rounds, ...figures, 'bodies begun after the takeover': late }, violations };
    };
  });
}

/** The processes' LISTEN connections fall silent: the tick must do. */
export async function halfOpenListen(_: ScenarioContext): Promise<Report> {
  return withFaultCluster(async (cluster) => {
    const proxy = await cluster.openProxy();
    await startWorkers(cluster, 2, { url: proxy.url });
    let muted = 0;
    for (; muted < 2; muted += proxy.muteListeners()) await pause(20);
    const runs = await trickle(cluster);
    return ({ audit }) => dispatchDelays(audit, runs, { 'connections half-open': muted });
  });
}

export async function withoutNotify(_: ScenarioContext): Promise<Report> {
  return withFaultCluster(async (cluster) => {
    await startWorkers(cluster, 2, { module: { notifications: false } });
    const runs = await trickle(cluster);
    return ({ audit }) => dispatchDelays(audit, runs, {});
  });
}

/** 5 to 50 ms each way, and one message in a hundred takes a second more: nobody may lose a lease for it. */
export async function latency({ full, random }: ScenarioContext): Promise<Report> {
  return withFaultCluster(async (cluster) => {
    const proxy = await cluster.openProxy();
    await startWorkers(cluster, 3, { url: proxy.url });
    proxy.latencyMs = () => 5 + random() * 45 + (random() < 0.01 ? 1_000 : 0);
    await cluster.start(full ? 1_000 : 200, 20);
    await cluster.untilAllOver(60_000);
    proxy.latencyMs = undefined;
    return ({ audit }) => ({
      figures: { 'leases lost': lostLeases(audit) },
      violations: lostLeases(audit) === 0 ? [] : [{ invariant: 'lease', what: 'a lease was lost to a slow network' }],
    });
  });
}

/** A run now and then, while both workers are idle. */
async function trickle(cluster: FaultCluster): Promise<Set<string>> {
  const runs = new Set<string>();
  for (let i = 0; i < 25; i++) {
    for (const run of await cluster.start(1, 0, ['plain'])) runs.add(run);
    await pause(170);
  }
  return runs;
}

const TICK_MS = 1_000;

function dispatchDelays(audit: Audit, runs: ReadonlySet<string>, figures: Report['figures']): Partial<Report> {
  const enqueued = new Map<string, number>();
  const delays: number[] = [];
  for (const { run, status, at } of audit.ownership) {
    if (!runs.has(run)) continue;
    if (status === 'ENQUEUED') enqueued.set(run, at);
    else if (status === 'PENDING') delays.push(at - (enqueued.get(run) ?? Number.NaN));
  }
  const p99 = percentile(delays, 0.99);
  return {
    figures: { ...figures, 'dispatch p50 ms': percentile(delays, 0.5), 'dispatch p99 ms': p99 },
    violations: p99 <= TICK_MS + 200 ? [] : [{ invariant: 'tick', what: `runs waited ${p99} ms` }],
  };
}

const lostLeases = (audit: Audit) => audit.executors.filter(({ retiredAt }) => retiredAt !== null).length;

/** Bodies that began under an ownership that had ended before. */
export function bodiesAfterLoss(audit: Audit, ledger: readonly LedgerLine[]): number {
  const endedAt = new Map<string, number>();
  const current = new Map<string, string>();
  for (const { run, token, at } of audit.ownership) {
    const before = current.get(run);
    if (before !== undefined && before !== token) endedAt.set(before, at);
    if (token !== null) current.set(run, token);
  }
  return ledger.filter((line) => line.kind === 'begin' && line.at > (endedAt.get(line.token) ?? Number.POSITIVE_INFINITY)).length;
}
