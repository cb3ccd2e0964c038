import { CrashCluster, LEASE_MS, type Worker } from './crash-cluster.js';

describe('a worker process that is killed', () => {
  let cluster: CrashCluster;
  beforeEach(async () => {
    cluster = await CrashCluster.create();
  });
  afterEach(() => cluster.close());

  it('in the middle of many runs loses nothing: another finishes them, and no recorded step runs again', async () => {
    const runIds = await cluster.startChores(150, 40);
    const first = await cluster.startWorker();
    await cluster.untilEffects(250);
    first.kill('SIGKILL');
    expect(await first.exit).toEqual({ code: null, signal: 'SIGKILL' });
    await cluster.untilDisconnected();

    const recordedBefore = await cluster.recordedSteps();
    const effectsBefore = cluster.ledger.read();
    const { rows } = await cluster.schema.pool.query('select count(*)::int n from ended');
    expect(recordedBefore.size).toBeGreaterThan(50);
    expect(rows[0].n).toBeLessThan(runIds.length);

    await cluster.startWorker();
    await cluster.expectAllSucceeded(runIds);
    const recordedAfter = await cluster.recordedSteps();
    for (const [key, nonce] of recordedBefore) expect(recordedAfter.get(key)).toBe(nonce);
    const stepOf = new Map(effectsBefore.map((effect) => [effect.nonce, `${effect.run}/${effect.step}`]));
    const recordedSteps = new Set([...recordedBefore.values()].map((nonce) => stepOf.get(nonce)));
    const again = cluster.ledger
      .read()
      .slice(effectsBefore.length)
      .map((effect) => `${effect.run}/${effect.step}`);
    expect(again.filter((step) => recordedSteps.has(step))).toEqual([]);
  }, 60_000);

  it('has its runs taken over within its lease and one second', async () => {
    // Up, but claims nothing until it is let go.
    const second = await cluster.startWorker({ leaseDuration: 60_000 });
    second.kill('SIGSTOP');
    const first = await cluster.startWorker();
    const runIds = await cluster.startChores(20, 300);
    await cluster.untilEffects(1);
    second.kill('SIGCONT');
    first.kill('SIGKILL');
    await first.exit;
    const { rows: killed } = await cluster.schema.pool.query('select clock_timestamp() at');
    await cluster.expectAllSucceeded(runIds);
    const { rows } = await cluster.schema.pool.query(
      'select min(recovery_attempts) least, max(recovery_attempts) most, min(claimed_at) first, max(claimed_at) last from workflow_status',
    );
    expect(rows[0]).toMatchObject({ least: 1, most: 1 });
    expect(rows[0].first - killed[0].at).toBeGreaterThan(0);
    expect(rows[0].last - killed[0].at).toBeLessThan(LEASE_MS + 1_000);
  }, 60_000);

  it('again and again, while others work, never makes a run end twice or a step run oftener than it was interrupted', async () => {
    const runIds = (await Promise.all([31, 47, 53, 68, 79].map((ms) => cluster.startChores(60, ms)))).flat();
    const options = { maxConcurrentRuns: 40 };
    const workers: Worker[] = await Promise.all([cluster.startWorker(options), cluster.startWorker(options)]);
    const kills = 4;
    for (let kill = 1; kill <= kills; kill++) {
      await cluster.untilEffects(kill * 200);
      const victim = workers.shift() as Worker;
      victim.kill('SIGKILL');
      workers.push(cluster.spawnWorker(options));
      await workers[0]?.waitForLine('ready');
    }
    await cluster.expectAllSucceeded(runIds);
    expect(Math.max(...cluster.ledger.counts().values())).toBeLessThanOrEqual(1 + kills);
    const { rows } = await cluster.schema.pool.query('select count(*)::int n from workflow_status where recovery_attempts > 0');
    expect(rows[0].n).toBeGreaterThan(kills);
  }, 60_000);
});
