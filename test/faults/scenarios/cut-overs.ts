// Rolling cut-overs under load, with real processes and without any fault: again and again the cluster is drained, swapped to a new generation,
// and handed to new processes, while a client goes on starting runs. No run is lost, no body is repeated, and no process of an old generation gets
// a run after its swap, though it goes on living.
import { setTimeout as pause } from 'node:timers/promises';
import { type WorkflowService, WorkflowsError } from '../../../lib/index.js';
import type { Audit } from '../audit.js';
import { check, type Violation } from '../checker.js';
import { percentile, pick, type Report, type ScenarioContext, withFaultCluster } from '../scenario.js';

const WORKERS = 3;
const LONGEST_DRAIN_MS = 30_000;

interface Swap {
  /** ms since the epoch, database clock. */
  at: number;
  /** Of the processes that it retired. */
  pids: ReadonlySet<number>;
}

export async function cutOvers({ full, random, log }: ScenarioContext): Promise<Report> {
  const rounds = full ? 20 : 2;
  return withFaultCluster(async (cluster) => {
    const { workflows } = cluster.client;
    const startWorkers = (round: number) =>
      Promise.all(
        Array.from({ length: WORKERS }, () => {
          const suspendAfter = pick(random, [0, 50, 1_000]);
          const notifications = random() < 0.7;
          return cluster.startWorker({
            module: { version: `release-${round}`, suspendAfter, notifications, leaseDuration: '15s' },
          });
        }),
      );
    let isOver = false;
    let refused = 0;
    const load = (async () => {
      while (!isOver) {
        try {
          await cluster.start(15, 10 + Math.floor(random() * 50));
        } catch (error) {
          if (!WorkflowsError.is(error, 'MAINTENANCE_ACTIVE')) throw error;
          refused++;
        }
        await pause(60);
      }
    })();
    const swaps: Swap[] = [];
    const drains: number[] = [];
    let serving = await startWorkers(0);
    for (let round = 1; round <= rounds; round++) {
      await pause(600 + random() * 1_200);
      const began = performance.now();
      await workflows.enterMaintenance({ actor: 'faults', reason: `round ${round}` });
      await drained(workflows);
      drains.push(performance.now() - began);
      await workflows.swapIfDrained({ actor: 'faults' });
      const { lastSwapAt } = await workflows.getMaintenanceStatus();
      swaps.push({ at: lastSwapAt?.getTime() ?? 0, pids: new Set(serving.map(({ pid }) => pid)) });
      const old = serving;
      serving = await startWorkers(round);
      await workflows.exitMaintenance({ actor: 'faults' });
      await pause(300 + random() * 500);
      for (const worker of old) await cluster.kill(worker);
      if (round % 5 === 0) log(`${round} cut-overs`);
    }
    isOver = true;
    await load;
    return ({ audit, ledger }) => {
      const { repeatedBodies } = check(audit, ledger, []);
      const violations = swaps.flatMap((swap) => lateOwners(audit, swap));
      if (repeatedBodies > 0) violations.push({ invariant: 'cut-over', what: `${repeatedBodies} bodies were repeated` });
      if (refused < rounds)
        violations.push({ invariant: 'cut-over', what: `only ${refused} starts were refused: nothing was proved` });
      return {
        violations,
        figures: {
          'cut-overs': rounds,
          'calls refused': refused,
          'drained p50 ms': percentile(drains, 0.5),
          'drained max ms': percentile(drains, 1),
        },
      };
    };
  });
}

async function drained(workflows: WorkflowService): Promise<void> {
  const began = performance.now();
  for (;;) {
    const { drained: isDrained, totals } = await workflows.getMaintenanceStatus();
    if (isDrained) return;
    if (performance.now() - began > LONGEST_DRAIN_MS) throw new Error(`not drained: ${JSON.stringify(totals)}`);
    await pause(20);
  }
}

/** Runs that a process of the old generation got, or had, after the swap. */
function lateOwners(audit: Audit, { at, pids }: Swap): Violation[] {
  const retired = new Set(audit.executors.filter(({ pid }) => pids.has(pid)).map(({ executor }) => executor));
  return audit.ownership
    .filter((row) => row.at > at && retired.has(row.owner ?? '') && (row.status === 'PENDING' || row.status === 'RUNNING'))
    .map(({ run, owner }) => ({ invariant: 'cut-over', what: `run ${run} was ${owner}'s after the swap that retired it` }));
}
