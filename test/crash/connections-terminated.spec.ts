import { eventually } from '../support/eventually.js';
import { CrashCluster } from './crash-cluster.js';

describe('database connections that are terminated under load', () => {
  let cluster: CrashCluster;
  beforeEach(async () => {
    cluster = await CrashCluster.create();
  });
  afterEach(() => cluster.close());

  it('end no process and lose no run', async () => {
    const options = { maxConcurrentRuns: 60, leaseDuration: 10_000 };
    const workers = [await cluster.startWorker(options), await cluster.startWorker(options)];
    const runIds: string[] = [];
    let killed = 0;
    for (let round = 1; round <= 8; round++) {
      // Starts run into it too.
      runIds.push(...(await cluster.startChores(30, 20 + round)));
      const { rows } = await cluster.schema.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name in ($1, 'workflows:' || $2)`,
        [cluster.workerConnections, cluster.schema.schema],
      );
      killed += rows.length;
      await cluster.untilEffects(round * 60);
    }
    expect(killed).toBeGreaterThan(40);
    await cluster.expectAllSucceeded(runIds);
    // Nobody lost its lease: nothing was taken over, so no body ran twice.
    expect(Math.max(...cluster.ledger.counts().values())).toBe(1);
    const { rows } = await cluster.schema.pool.query('select count(*)::int n from executors');
    expect(rows[0].n).toBe(3);
    for (const worker of workers) {
      worker.kill('SIGTERM');
      expect(await worker.exit).toEqual({ code: null, signal: 'SIGTERM' });
      expect(worker.stderr).not.toMatch(/unhandled/i);
    }
  }, 60_000);

  it('between the statements of a worker that has only one at a time leave no transaction open', async () => {
    const worker = await cluster.startWorker({ writeLanes: 1, poolSize: 1, notifications: false });
    const runIds = await cluster.startChores(20, 10);
    const kill = setInterval(() => {
      void cluster.schema.pool
        .query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 order by random() limit 1`, [
          cluster.workerConnections,
        ])
        .catch(() => undefined);
    }, 20);
    try {
      await cluster.expectAllSucceeded(runIds);
    } finally {
      clearInterval(kill);
    }
    await eventually(async () => {
      const { rows } = await cluster.schema.pool.query(
        `select state, query from pg_stat_activity where application_name = $1 and state like 'idle in transaction%'`,
        [cluster.workerConnections],
      );
      expect(rows).toEqual([]);
    });
    worker.kill('SIGTERM');
    expect(await worker.exit).toEqual({ code: null, signal: 'SIGTERM' });
  }, 60_000);
});
