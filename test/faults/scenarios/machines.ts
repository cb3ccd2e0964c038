// Faults of machine and process: Postgres goes down as in a power cut, wall clocks jump, a body blocks the event loop for longer than the
// lease, a run takes its process down again and again.
import { setTimeout as pause } from 'node:timers/promises';
import type { Audit } from '../audit.js';
import type { FaultCluster } from '../fault-cluster.js';
import { percentile, type Report, type ScenarioContext, withFaultCluster } from '../scenario.js';

export async function postgresRestarts({ full, random, server, log }: ScenarioContext): Promise<Report> {
  const restarts = full ? 25 : 3;
  return withFaultCluster(async (cluster) => {
    await Promise.all([cluster.startWorker(), cluster.startWorker(), cluster.startWorker()]);
    const ready: number[] = [];
    for (let restart = 1; restart <= restarts; restart++) {
      // Starts run into it too; one that fails was not acknowledged.
      const starting = Promise.all([cluster.start(120, 50), cluster.converse({ sets: 2, ms: 50, random })]).catch(
        () => undefined,
      );
      if (restart % 2 === 0) await starting;
      await pause(500 + random() * 2_500);
      await server.restartImmediately();
      ready.push(Date.now());
      await starting;
      if (restart % 5 === 0) log(`${restart} restarts`);
    }
    return ({ audit }) => {
      const progress = ready.map((at) => firstCheckpointAfter(audit, at) - at).filter(Number.isFinite);
      return {
        figures: {
          restarts,
          'first progress p50 ms': percentile(progress, 0.5),
          'first progress max ms': percentile(progress, 1),
        },
      };
    };
  });
}

const firstCheckpointAfter = (audit: Audit, at: number) =>
  audit.checkpoints.find((row) => row.at >= at)?.at ?? Number.POSITIVE_INFINITY;

/** Every 200 ms the wall clock of each process is somewhere else within an hour; one process is killed meanwhile. */
export async function clockJumps({ full, random }: ScenarioContext): Promise<Report> {
  return withFaultCluster(async (cluster) => {
    const options = { clockJumpsMs: 3_600_000 };
    const [victim] = await Promise.all([
      cluster.startWorker(options),
      cluster.startWorker(options),
      cluster.startWorker(options),
    ]);
    for (let round = 0; round < (full ? 10 : 2); round++) {
      await cluster.start(100, 50);
      await cluster.converse({ sets: 2, ms: 50, random });
      await pause(1_000);
      if (round === 1) await cluster.kill(victim);
    }
    await cluster.untilAllOver(30_000);
    return undefined;
  });
}

/** Its process neither renews nor answers meanwhile; the run goes on elsewhere, and its late result is refused. */
export async function blockedLoop({ full }: ScenarioContext): Promise<Report> {
  return withFaultCluster(async (cluster) => {
    await Promise.all([cluster.startWorker(), cluster.startWorker(), cluster.startWorker()]);
    await cluster.start(full ? 2 : 1, 20, ['blocking']);
    await cluster.start(200, 200);
    await cluster.untilAllOver(40_000);
    return ({ audit }) => {
      const retired = audit.executors.filter(({ retiredAt }) => retiredAt !== null).length;
      return {
        figures: { 'processes that lost their lease': retired },
        violations: retired > 0 ? [] : [{ invariant: 'lease', what: 'a process kept its lease while it was blocked for three' }],
      };
    };
  });
}

/** `process.abort()` in a step, every time it runs. */
export async function poison({ full }: ScenarioContext): Promise<Report> {
  const poisons = full ? 3 : 1;
  return withFaultCluster(async (cluster) => {
    const keeper = keepAlive(cluster, 2);
    await cluster.start(poisons, 0, ['poison']);
    await cluster.start(100, 50);
    await cluster.untilAllOver(120_000);
    const ends = await keeper.stop();
    return ({ audit }) => ({
      figures: { 'processes taken down': ends, DEAD: audit.runs.filter((run) => run.status === 'DEAD').length },
    });
  });
}

/** So many workers; one that ends is replaced. */
function keepAlive(cluster: FaultCluster, count: number): { stop(): Promise<number> } {
  let stopped = false;
  let ends = 0;
  const keep = async () => {
    while (!stopped) {
      const worker = await cluster.startWorker({ mortal: true });
      await Promise.race([worker.exit.then(() => ends++), untilStopped]);
    }
  };
  let stop: () => void = () => undefined;
  const untilStopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const kept = Array.from({ length: count }, keep);
  return {
    async stop() {
      stopped = true;
      stop();
      await Promise.all(kept);
      return ends;
    },
  };
}
