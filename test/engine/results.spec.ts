// Waiting for the end of a run: before it, after it, here and elsewhere, without waiting for a tick where something can say so sooner.
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { withCluster, workflow } from './cluster.js';

/** Rejects long before a tick of a minute. */
const soon = <T>(promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer within 3 s')), 3_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

const quick = workflow('quick', (_wf, x: unknown) => x);

describe('returnValue', () => {
  it(
    'asked for before the end answers when the run ends here',
    withCluster(async (cluster) => {
      const gate = new TestSignal();
      const flow = workflow('flow', async (wf) => wf.step('wait', () => gate.next()).then(() => 'done'));
      const app = await cluster.app([flow], { tickInterval: '60s' });
      const run = await app.workflows.start('flow');
      const result = run.returnValue;
      gate.emit();
      expect(await soon(result)).toBe('done');
      // Only a terminal status that is durable is told.
      expect(await run.status).toBe('SUCCESS');
    }),
  );

  it(
    'asked for after the end answers at once, of a handle that start gave as of one that getRun gave',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { tickInterval: '60s' });
      const runs = await Promise.all([1, 2, 3].map((x) => app.workflows.start('quick', [x])));
      for (const run of runs) await eventually(async () => expect(await run.status).toBe('SUCCESS'));
      expect(await soon(app.workflows.getRun(runs[0]?.runId ?? '').returnValue)).toBe(1);
      for (const [i, run] of runs.entries()) expect(await soon(run.returnValue)).toBe(i + 1);
      // And again.
      for (const [i, run] of runs.entries()) expect(await soon(run.returnValue)).toBe(i + 1);
    }),
  );

  it(
    'answers soon when the run ends in another process',
    withCluster(async (cluster) => {
      const client = await cluster.app([quick], { role: 'client', tickInterval: '60s' });
      await cluster.app([quick], { tickInterval: '60s' });
      const run = await client.workflows.start('quick', ['there']);
      expect(await soon(run.returnValue)).toBe('there');
    }),
  );

  it(
    'may be asked for by many, often, and costs no connection while it waits',
    withCluster(async (cluster) => {
      const gate = new TestSignal();
      const flow = workflow('flow', async (wf) => wf.step('wait', () => gate.next()).then(() => [1, { a: 2 }]));
      const app = await cluster.app([flow, quick], { poolSize: 1 });
      const run = await app.workflows.start('flow');
      const waiting = Array.from({ length: 2_000 }, () => app.workflows.getRun(run.runId).returnValue);
      expect(await (await app.workflows.start('quick', ['passes'])).returnValue).toBe('passes');
      gate.emit();
      const results = await Promise.all(waiting);
      expect(new Set(results.map((result) => JSON.stringify(result)))).toEqual(new Set(['[1,{"a":2}]']));
      // Each has its own copy.
      expect(results[0]).not.toBe(results[1]);
    }),
  );

  it(
    'is rejected when the process shuts down, while the run goes on elsewhere',
    withCluster(async (cluster) => {
      const begun = new TestSignal();
      const gate = new TestSignal();
      const flow = workflow('flow', async (wf) =>
        wf.step('wait', async () => {
          begun.emit();
          await gate.next();
          return 'done';
        }),
      );
      const first = await cluster.app([flow]);
      const run = await first.workflows.start('flow');
      const result = expect(run.returnValue).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
      await begun.next();
      await cluster.leave(first);
      await result;
      const second = await cluster.app([flow]);
      await begun.next();
      // One word for the body that was left behind, one for the living.
      gate.emit();
      gate.emit();
      expect(await second.workflows.getRun(run.runId).returnValue).toBe('done');
    }),
  );

  it(
    'of a run that dies with its processes rejects with RecoveryExhaustedError, and the run is DEAD',
    withCluster(async (cluster) => {
      const begun = new TestSignal();
      const flow = workflow(
        'poison',
        async (wf) =>
          wf.step('boom', () => {
            begun.emit();
            return new Promise(() => undefined);
          }),
        { maxRecoveryAttempts: 1 },
      );
      const watcher = await cluster.app([flow], { role: 'client' });
      const run = await watcher.workflows.start('poison');
      const victims = [await cluster.app([flow])];
      await begun.next();
      for (let crash = 0; crash < 2; crash++) {
        const [owner] = await cluster.rows('select claimed_by from workflow_status');
        await cluster.killExecutor(owner.claimed_by);
        if (crash === 0) {
          victims.push(await cluster.app([flow]));
          await begun.next();
        }
      }
      await expect(run.returnValue).rejects.toMatchObject({ name: 'RecoveryExhaustedError', code: 'RECOVERY_EXHAUSTED' });
      expect(await cluster.run(run.runId)).toMatchObject({ status: 'DEAD', recovery_attempts: 2 });
    }),
  );
});
