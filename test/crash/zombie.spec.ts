import { eventually } from '../support/eventually.js';
import { Chores } from './chores.js';
import { CrashCluster } from './crash-cluster.js';

describe('a worker process that is stopped beyond its lease and goes on', () => {
  let cluster: CrashCluster;
  beforeEach(async () => {
    cluster = await CrashCluster.create();
  });
  afterEach(() => cluster.close());

  it('finds its writes refused, registers as a new executor, and works again', async () => {
    const zombie = await cluster.startWorker();
    const runIds = await cluster.startChores(60, 500);
    const bodies = (step: string) => cluster.ledger.begun().filter((effect) => effect.step === step).length;
    await eventually(() => expect(bodies('b')).toBe(60), { interval: 10 });
    // The bodies of these second steps come to their end after the lease is gone.
    zombie.kill('SIGSTOP');
    const other = await cluster.startWorker();
    await cluster.expectAllSucceeded(runIds);
    const before = await cluster.schema.pool.query('select * from workflow_status order by workflow_id');
    const recorded = await cluster.recordedSteps();
    const effects = cluster.ledger.read().length;

    zombie.kill('SIGCONT');
    await zombie.waitForLine(/was retired; its \d+ runs go on elsewhere/);
    await eventually(async () => {
      const { rows } = await cluster.schema.pool.query('select alive from executors where pid = $1 order by started_at', [
        zombie.pid,
      ]);
      expect(rows).toEqual([{ alive: false }, { alive: true }]);
    });
    await eventually(() => expect(cluster.ledger.read().length).toBe(effects + 60));
    other.kill('SIGKILL');
    await other.exit;
    const run = await cluster.client.workflows.start(cluster.client.module.get(Chores).chore, [1]);
    await run.returnValue;

    const own = new Set(runIds);
    const late = cluster.ledger
      .read()
      .slice(effects)
      .filter((effect) => own.has(effect.run));
    expect(new Set(late.map((effect) => effect.pid))).toEqual(new Set([zombie.pid]));
    expect(new Set(late.map((effect) => effect.step))).toEqual(new Set(['b']));
    const after = await cluster.schema.pool.query(
      'select * from workflow_status where workflow_id = any ($1) order by workflow_id',
      [runIds],
    );
    expect(after.rows).toEqual(before.rows);
    const recordedAfter = await cluster.recordedSteps();
    for (const [key, nonce] of recorded) expect(recordedAfter.get(key)).toBe(nonce);
    expect(recordedAfter.size).toBe(recorded.size + 6);
  }, 60_000);

  it('meets the run it lost while the run is still going on elsewhere, and does not disturb it', async () => {
    const zombie = await cluster.startWorker();
    const runIds = await cluster.startChores(30, 600);
    await cluster.untilEffects(30);
    zombie.kill('SIGSTOP');
    await cluster.startWorker();
    await eventually(async () => {
      const { rows } = await cluster.schema.pool.query(
        `select count(*)::int n from workflow_status r join executors e on e.executor_id = r.claimed_by where e.pid <> $1`,
        [zombie.pid],
      );
      expect(rows[0].n).toBe(30);
    });
    zombie.kill('SIGCONT');
    await zombie.waitForLine('was retired');
    await cluster.expectAllSucceeded(runIds);
    // Interrupted once: no step ran more than twice.
    expect(Math.max(...cluster.ledger.counts().values())).toBe(2);
  }, 60_000);
});
