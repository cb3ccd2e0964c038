import { Chores } from './chores.js';
import { CrashCluster, type Worker } from './crash-cluster.js';

describe('a run that takes its process down', () => {
  let cluster: CrashCluster;
  beforeEach(async () => {
    cluster = await CrashCluster.create();
  });
  afterEach(() => cluster.close());

  it('is DEAD after its recovery attempts, and its neighbours complete', async () => {
    const { workflows, module } = cluster.client;
    const poison = await workflows.start(module.get(Chores).poison);
    const chores = await cluster.startChores(40, 50);
    let over = false;
    let deaths = 0;
    // What a process manager does.
    const keepAlive = async () => {
      while (!over) {
        const worker: Worker = cluster.spawnWorker();
        const { signal } = await Promise.race([worker.exit, poisonOver.then(() => ({ signal: null }))]);
        if (signal !== null) deaths++;
        else return;
      }
    };
    const poisonOver = poison.returnValue
      .catch((error: unknown) => error)
      .finally(() => {
        over = true;
      });
    await Promise.all([keepAlive(), poisonOver]);
    expect(await poisonOver).toMatchObject({ code: 'RECOVERY_EXHAUSTED' });
    expect(await poison.status).toBe('DEAD');
    // The first execution, and maxRecoveryAttempts: 2 rescues.
    expect(deaths).toBe(3);
    expect(cluster.ledger.counts().get(`${poison.runId}/abort`)).toBe(3);
    await cluster.expectAllSucceeded(chores);
    // From the second rescue on the poison ran alone: neighbours suffered from the first two deaths at most.
    const { rows } = await cluster.schema.pool.query('select max(recovery_attempts) n from workflow_status where name = $1', [
      'chore',
    ]);
    expect(rows[0].n).toBeLessThanOrEqual(2);
    const { rows: ended } = await cluster.schema.pool.query('select status from ended where workflow_id = $1', [poison.runId]);
    expect(ended).toEqual([{ status: 'DEAD' }]);
  }, 90_000);
});
