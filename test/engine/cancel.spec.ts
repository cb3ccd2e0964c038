// A cancelled run is over at once, wherever it is; whoever runs it is told, and what it still does is dropped.
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { withCluster, workflow } from './cluster.js';

/** A workflow with one step that blocks, says what becomes of its signal, and ends at the word. */
function blocking() {
  const begun = new TestSignal();
  const aborted = new TestSignal<string>();
  const gate = new TestSignal();
  const ended = new TestSignal();
  const flow = workflow('blocking', async (wf) => {
    await wf.step('block', async () => {
      const { signal } = wf;
      signal.addEventListener('abort', () => aborted.emit((signal.reason as Error).name));
      begun.emit();
      await gate.next();
      ended.emit();
      return 'too late';
    });
    await wf.setEvent('after', true);
  });
  return { begun, aborted, gate, ended, flow };
}

const cancelled = { name: 'RunCancelledError', code: 'RUN_CANCELLED', timedOut: false };

describe('cancel', () => {
  it(
    'ends a queued run, which then never begins',
    withCluster(async (cluster) => {
      const { flow } = blocking();
      const client = await cluster.app([flow], { role: 'client' });
      const run = await client.workflows.start('blocking');
      expect(await client.workflows.cancel(run.runId, { reason: 'not needed', actor: 'ann' })).toBe(true);
      await expect(run.returnValue).rejects.toMatchObject({ ...cancelled, message: expect.stringMatching(/not needed/) });
      await cluster.app([flow, workflow('quick', () => 1)]);
      expect(await cluster.run(run.runId)).toMatchObject({
        status: 'CANCELLED',
        started_at: null,
        completed_at: expect.any(Date),
      });
    }),
  );

  it(
    'ends a delayed run and a waiting one, with its waits',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => wf.sleep('1h'));
      const app = await cluster.app([flow], { suspendAfter: 0 });
      const delayed = await app.workflows.start('flow', [], { delay: '1h' });
      const waiting = await app.workflows.start('flow', [], { id: 'the waiting one' });
      await eventually(async () => expect(await waiting.status).toBe('WAITING'));
      expect(await delayed.cancel()).toBe(true);
      expect(await app.workflows.cancel('the waiting one', { reason: 'enough' })).toBe(true);
      for (const run of [delayed, waiting]) {
        await expect(run.returnValue).rejects.toMatchObject(cancelled);
        expect(await cluster.run(run.runId)).toMatchObject({
          status: 'CANCELLED',
          wake_at: null,
          error: { code: 'RUN_CANCELLED' },
        });
      }
      expect(await cluster.count('waits')).toBe(0);
    }),
  );

  it(
    'ends a run that runs here: signal aborted, result dropped, no further step',
    withCluster(async (cluster) => {
      const { begun, aborted, gate, ended, flow } = blocking();
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('blocking');
      await begun.next();
      expect(await run.cancel({ reason: 'operator' })).toBe(true);
      expect(await aborted.next()).toBe('LeaseLostError');
      gate.emit();
      await ended.next();
      await expect(run.returnValue).rejects.toMatchObject({ ...cancelled, message: expect.stringMatching(/operator/) });
      // What the body gave would have been written by now: the lane is in use again.
      const next = await app.workflows.start('blocking');
      await begun.next();
      gate.emit();
      await next.returnValue;
      expect(await cluster.count('operation_outputs where workflow_id = $1', [run.runId])).toBe(0);
      expect(await cluster.count('workflow_events where workflow_id = $1', [run.runId])).toBe(0);
      expect((await cluster.run(run.runId)).status).toBe('CANCELLED');
    }),
  );

  it.each<[string, boolean]>([
    ['by a notification, long before the tick', true],
    ['by the tick alone', false],
  ])('reaches a run in another process %s', async (_, notifications) =>
    withCluster(async (cluster) => {
      const { begun, aborted, gate, flow } = blocking();
      const options = notifications ? ({ tickInterval: '60s' } as const) : ({ notifications: false } as const);
      const owner = await cluster.app([flow], options);
      const run = await owner.workflows.start('blocking');
      await begun.next();
      const other = await cluster.app([], options);
      expect(await other.workflows.cancel(run.runId)).toBe(true);
      expect(await aborted.next({ timeout: 5_000 })).toBe('LeaseLostError');
      gate.emit();
      await expect(owner.workflows.getRun(run.runId).returnValue).rejects.toMatchObject(cancelled);
      await expect(other.workflows.getRun(run.runId).returnValue).rejects.toMatchObject(cancelled);
      expect(await cluster.count('operation_outputs')).toBe(0);
    })(),
  );

  it(
    'is seen by a body that looks at its signal only afterwards',
    withCluster(async (cluster) => {
      const begun = new TestSignal();
      const gate = new TestSignal();
      const saw = new TestSignal<unknown>();
      const flow = workflow('flow', async (wf) =>
        wf.step('polls', async () => {
          begun.emit();
          await gate.next();
          saw.emit(wf.signal.aborted);
        }),
      );
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('flow');
      await begun.next();
      await run.cancel();
      gate.emit();
      expect(await saw.next()).toBe(true);
    }),
  );

  it(
    'is seen by workflow code between its steps that looks at the signal only afterwards',
    withCluster(async (cluster) => {
      const begun = new TestSignal();
      const gate = new TestSignal();
      const saw = new TestSignal<unknown>();
      const flow = workflow('flow', async (wf) => {
        begun.emit();
        await gate.next();
        saw.emit(wf.signal.aborted);
      });
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('flow');
      await begun.next();
      await run.cancel();
      gate.emit();
      expect(await saw.next()).toBe(true);
    }),
  );

  it(
    'leaves a line in audit_log: who, what, why, before and after; a second cancel changes and logs nothing',
    withCluster(async (cluster) => {
      const app = await cluster.app([blocking().flow], { role: 'client' });
      const run = await app.workflows.start('blocking');
      expect(await app.workflows.cancel(run.runId, { reason: 'first', actor: 'ann' })).toBe(true);
      expect(await app.workflows.cancel(run.runId, { reason: 'second', actor: 'bob' })).toBe(false);
      expect(await cluster.rows('select actor, action, workflow_id, reason, before, after from audit_log')).toEqual([
        {
          actor: 'ann',
          action: 'CANCEL',
          workflow_id: run.runId,
          reason: 'first',
          before: { status: 'ENQUEUED' },
          after: { status: 'CANCELLED' },
        },
      ]);
      await expect(run.returnValue).rejects.toMatchObject({ message: expect.stringMatching(/first/) });
    }),
  );

  it(
    'of a run that is over changes nothing',
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('quick', () => 'done')]);
      const run = await app.workflows.start('quick');
      await run.returnValue;
      expect(await run.cancel()).toBe(false);
      expect(await run.returnValue).toBe('done');
      expect(await cluster.count('audit_log')).toBe(0);
    }),
  );

  it(
    'of an unknown run is RUN_NOT_FOUND, of a bad id INVALID_ID',
    withCluster(async (cluster) => {
      const app = await cluster.app([]);
      await expect(app.workflows.cancel(randomUUID())).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      await expect(app.workflows.cancel('nobody')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      await expect(app.workflows.cancel('')).rejects.toMatchObject({ code: 'INVALID_ID' });
    }),
  );

  it(
    'by many at once happens once',
    withCluster(async (cluster) => {
      const { begun, gate, flow } = blocking();
      const apps = [await cluster.app([flow]), await cluster.app([flow])];
      const run = await apps[0]?.workflows.start('blocking');
      await begun.next();
      const results = await Promise.all(Array.from({ length: 20 }, (_, i) => apps[i % 2]?.workflows.cancel(run?.runId ?? '')));
      expect(results.filter(Boolean)).toHaveLength(1);
      expect(await cluster.count('audit_log')).toBe(1);
      gate.emit();
    }),
  );

  it(
    'in a storm of starts, claims and checkpoints leaves every run either cancelled or done, as cancel said',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        for (let i = 0; i < 5; i++) await wf.step(`s${i}`, () => i);
        return 'done';
      });
      const apps = [await cluster.app([flow], { maxConcurrentRuns: 20 }), await cluster.app([flow], { maxConcurrentRuns: 20 })];
      const runs = await Promise.all(Array.from({ length: 120 }, (_, i) => apps[i % 2]?.workflows.start('flow')));
      const said = await Promise.all(runs.map((run, i) => apps[(i >> 1) % 2]?.workflows.cancel(run?.runId ?? '')));
      const ends = await Promise.all(
        runs.map((run) =>
          run?.returnValue.then(
            () => false,
            (error) => error.code === 'RUN_CANCELLED',
          ),
        ),
      );
      expect(ends).toEqual(said);
      expect(await cluster.count('audit_log')).toBe(said.filter(Boolean).length);
    }),
  );

  it.each<[string, object]>([
    ['a NUL in the reason', { reason: 'a\0b' }],
    ['a NUL in the actor', { actor: 'a\0b' }],
    ['half of a surrogate pair in the reason', { reason: 'a\ud800' }],
    ['a very long actor', { actor: 'x'.repeat(1_000_000) }],
    ['a reason that is no text', { reason: 42 }],
    ['a misspelt option', { reasn: 'typo' }],
  ])('with %s either works or is a typed error, never one of the database or of JavaScript', async (_, options) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([blocking().flow], { role: 'client' });
      const run = await app.workflows.start('blocking');
      const result = await app.workflows.cancel(run.runId, options).catch((error) => error);
      if (result === true && !('reasn' in options)) {
        const [line] = await cluster.rows('select actor, reason from audit_log');
        expect(`${line.actor} ${line.reason}`.length).toBeLessThan(10_000);
      } else expect(result).toMatchObject({ code: expect.stringMatching(/^(INVALID_|UNKNOWN_OPTION)/) });
    })(),
  );
});
