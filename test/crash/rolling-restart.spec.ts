import { setTimeout as pause } from 'node:timers/promises';
import { CrashCluster, type Worker } from './crash-cluster.js';

describe('a rolling restart under load', () => {
  let cluster: CrashCluster;
  beforeEach(async () => {
    cluster = await CrashCluster.create();
  });
  afterEach(() => cluster.close());

  it('interrupts nothing: no lease runs out, no step runs twice, no recovery attempt is used up', async () => {
    // So long that a take-over could not come from a lease that ran out.
    const options = { maxConcurrentRuns: 40, leaseDuration: 60_000, shutdownTimeout: 10_000 };
    const workers: Worker[] = await Promise.all([cluster.startWorker(options), cluster.startWorker(options)]);
    const runIds: string[] = [];
    let restarting = true;
    const load = (async () => {
      while (restarting) {
        runIds.push(...(await cluster.startChores(10, 61)));
        await pause(100);
      }
    })();
    for (let restart = 1; restart <= 3; restart++) {
      await cluster.untilEffects(cluster.ledger.read().length + 60);
      const old = workers.shift() as Worker;
      old.kill('SIGTERM');
      workers.push(await cluster.startWorker(options));
      expect(await old.exit).toEqual({ code: null, signal: 'SIGTERM' });
      expect(old.stderr).toBe('');
    }
    restarting = false;
    await load;
    await cluster.expectAllSucceeded(runIds);
    expect(cluster.ledger.begun()).toHaveLength(runIds.length * 6);
    expect(Math.max(...cluster.ledger.counts().values())).toBe(1);
    const { rows } = await cluster.schema.pool.query(
      'select max(recovery_attempts) n, count(distinct claimed_by)::int by from workflow_status',
    );
    expect(rows[0].n).toBe(0);
    expect(rows[0].by).toBeGreaterThan(1);
  }, 60_000);
});
