// STOP: what a run waits for, or asks for next, throws RunStoppedError, wherever it is replayed; `finally` runs once; then it is STOPPED.
import { RunStoppedError } from '../../lib/index.js';
import { Deferred } from '../../lib/kernel/deferred.js';
import { never, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { commandsOf, Gate, isHeld, NO_TICK, statusOf } from './command-room.js';

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error,
  );

describe('STOP', () => {
  it(
    'lets the step that runs finish and record; the next operation throws; what comes after it runs; then the run is STOPPED',
    withCluster(async (cluster) => {
      const order: string[] = [];
      const [begun, go] = [new Deferred(), new Deferred()];
      const app = await cluster.app(
        [
          workflow('batch', async (wf) => {
            try {
              await wf.step('charge', async () => {
                begun.resolve();
                await go.promise;
                order.push('charge');
              });
              order.push('charged');
              await wf.step('heat', () => order.push('heat'));
            } catch (error) {
              order.push((error as { code: string }).code);
              throw error;
            } finally {
              await wf.step('drain', () => order.push('drain'));
              await wf.sleep(1);
            }
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('batch');
      await begun.promise;
      expect(await run.sendCommand('STOP', { reason: 'leak', actor: 'ann' })).toMatchObject({ outcome: null });
      await eventually(async () => expect(await statusOf(cluster, run)).toBe('STOPPING'));
      go.resolve();
      const error = await errorOf(run.returnValue);
      expect(error).toBeInstanceOf(RunStoppedError);
      expect(error).toMatchObject({ code: 'RUN_STOPPED', message: expect.stringMatching(/ann: leak/) });
      expect(order).toEqual(['charge', 'charged', 'RUN_STOPPED', 'drain']);
      expect(await statusOf(cluster, run)).toBe('STOPPED');
      expect(await commandsOf(app, run)).toEqual([['STOP', 'APPLIED']]);
      expect(await cluster.count('waits')).toBe(0);
    }),
  );

  it.each([0, 60_000])(
    'ends a wait at once, with its run in memory or not (suspendAfter %s); nothing of what is waited for is lost',
    (suspendAfter) =>
      withCluster(async (cluster) => {
        const seen: unknown[] = [];
        const app = await cluster.app(
          [
            workflow('waits', async (wf) => {
              try {
                await wf.receive('go');
              } finally {
                seen.push(await wf.receive('go'));
              }
            }),
          ],
          { ...NO_TICK, suspendAfter },
        );
        const run = await app.workflows.start('waits');
        await eventually(async () => expect(await cluster.count('waits')).toBe(1));
        if (suspendAfter === 0) await eventually(async () => expect(await statusOf(cluster, run)).toBe('WAITING'));
        await run.sendCommand('STOP');
        await eventually(async () => expect((await cluster.operations(run.runId)).map(({ kind }) => kind)).toEqual(['receive']));
        await run.send('go', 'away');
        expect(await errorOf(run.returnValue)).toBeInstanceOf(RunStoppedError);
        expect(seen).toEqual(['away']);
      })(),
  );

  it(
    'stops every branch of a run at its own operation',
    withCluster(async (cluster) => {
      const order: string[] = [];
      const [begun, go] = [new Deferred(), new Deferred()];
      const branch = async (name: string, work: () => Promise<unknown>) => {
        try {
          await work();
        } catch (error) {
          order.push(`${name} ${(error as { code: string }).code}`);
        }
      };
      const app = await cluster.app(
        [
          workflow('branches', async (wf) => {
            await Promise.all([
              branch('sleeps', () => wf.sleep('1h')),
              branch('works', async () => {
                await wf.step('works', async () => {
                  begun.resolve();
                  await go.promise;
                });
                order.push('worked');
                await wf.step('never', () => order.push('never'));
              }),
            ]);
            await wf.step('cleanup', () => order.push('cleanup'));
            return 'cleaned';
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('branches');
      await begun.promise;
      await run.sendCommand('STOP');
      await eventually(() => expect(order).toEqual(['sleeps RUN_STOPPED']));
      go.resolve();
      expect(await errorOf(run.returnValue)).toBeInstanceOf(RunStoppedError);
      expect(order).toEqual(['sleeps RUN_STOPPED', 'worked', 'works RUN_STOPPED', 'cleanup']);
    }),
  );

  it(
    'holds across a kill in the middle of `finally`: what was recorded is not repeated, and the same operation throws again',
    withCluster(async (cluster) => {
      const order: string[] = [];
      let isFirst = true;
      const inCleanup = new Deferred();
      const batch = workflow('batch', async (wf) => {
        try {
          await wf.sleep('1h');
          order.push('slept');
        } finally {
          await wf.step('first cleanup', () => order.push('first'));
          await wf.step('second cleanup', async () => {
            order.push('second');
            inCleanup.resolve();
            if (isFirst) await never();
          });
        }
      });
      const first = await cluster.app([batch], NO_TICK);
      const run = await first.workflows.start('batch');
      await eventually(async () => expect(await cluster.count('waits')).toBe(1));
      await run.sendCommand('STOP', { actor: 'ann' });
      await inCleanup.promise;
      isFirst = false;
      await cluster.kill(first);
      const second = await cluster.app([batch], { tickInterval: 100 });
      expect(await errorOf(second.workflows.getRun(run.runId).returnValue)).toBeInstanceOf(RunStoppedError);
      expect(order).toEqual(['first', 'second', 'second']);
      expect((await cluster.operations(run.runId)).map(({ name, error }) => [name, error !== null])).toEqual([
        ['sleep', true],
        ['first cleanup', false],
        ['second cleanup', false],
      ]);
    }),
  );

  it(
    'of a run that has not begun, or was held before it began, ends it at once: its code never runs',
    withCluster(async (cluster) => {
      const gate = new Gate();
      const client = await cluster.app([gate.flow], { ...NO_TICK, role: 'client' });
      const [queued, delayed, held] = [
        await client.workflows.start(gate.name),
        await client.workflows.start(gate.name, [], { delay: '1h' }),
        await client.workflows.start(gate.name),
      ];
      await held.sendCommand('HOLD');
      for (const run of [queued, delayed, held]) {
        expect(await run.sendCommand('STOP', { reason: 'not today' })).toMatchObject({ outcome: 'APPLIED' });
        expect(await errorOf(run.returnValue)).toMatchObject({
          code: 'RUN_STOPPED',
          message: expect.stringMatching(/not today/),
        });
        expect(await statusOf(cluster, run)).toBe('STOPPED');
      }
      expect(gate.began).toEqual([]);
    }),
  );

  it(
    'beats a HOLD that is pending, and one that was applied: what is held winds down',
    withCluster(async (cluster) => {
      const gate = new Gate();
      const app = await cluster.app([gate.flow], NO_TICK);
      const [pending, applied] = [await app.workflows.start(gate.name), await app.workflows.start(gate.name)];
      await gate.inside('first', 2);
      await pending.sendCommand('HOLD');
      await pending.sendCommand('STOP');
      await applied.sendCommand('HOLD');
      gate.open('first');
      await isHeld(cluster, applied);
      await applied.sendCommand('STOP');
      for (const run of [pending, applied]) expect(await errorOf(run.returnValue)).toBeInstanceOf(RunStoppedError);
      expect(gate.began).toEqual(['first', 'first']);
      expect(await commandsOf(app, pending)).toEqual([
        ['STOP', 'APPLIED'],
        ['HOLD', 'SUPERSEDED'],
      ]);
    }),
  );

  it(
    'aborts wf.signal of the step that runs, and does not try it again; cleanup gets a signal of its own',
    withCluster(async (cluster) => {
      const signals: boolean[] = [];
      const begun = new Deferred();
      let bodies = 0;
      const app = await cluster.app(
        [
          workflow('aborts', async (wf) => {
            try {
              await wf.step(
                'works',
                () =>
                  new Promise((_, reject) => {
                    bodies++;
                    wf.signal.addEventListener('abort', () => reject(new Error('aborted')));
                    begun.resolve();
                  }),
                { retry: { maxAttempts: 5, initialInterval: '1h', maxInterval: '1h' } },
              );
            } finally {
              await wf.step('cleans', () => {
                signals.push(wf.signal.aborted);
              });
            }
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('aborts');
      await begun.promise;
      await run.sendCommand('STOP');
      await eventually(async () => expect(await statusOf(cluster, run)).toBe('STOPPED'));
      expect(await errorOf(run.returnValue)).toBeInstanceOf(RunStoppedError);
      expect({ bodies, signals }).toEqual({ bodies: 1, signals: [false] });
    }),
  );

  it(
    'waits while the code shields what it does: that is met by no stop, what comes after it is',
    withCluster(async (cluster) => {
      const order: string[] = [];
      const app = await cluster.app(
        [
          workflow('shields', async (wf) => {
            await wf.shield(async () => {
              await wf.receive('go');
              await wf.step('second', () => order.push('second'));
            });
            await wf.step('third', () => order.push('third'));
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('shields');
      await eventually(async () => expect(await cluster.count('waits')).toBe(1));
      await run.sendCommand('STOP');
      await run.send('go', 1);
      expect(await errorOf(run.returnValue)).toBeInstanceOf(RunStoppedError);
      expect(order).toEqual(['second']);
    }),
  );

  it(
    'meets each branch by itself: what one shields neither keeps a stop from another, nor gets it',
    withCluster(async (cluster) => {
      const order: string[] = [];
      const gates = { begun: new Deferred(), go: new Deferred(), draining: new Deferred(), drained: new Deferred() };
      const app = await cluster.app(
        [
          workflow('branches', async (wf) => {
            const heats = async () => {
              await wf.step('fill', async () => {
                gates.begun.resolve();
                await gates.go.promise;
              });
              await wf.step('heat', () => order.push('heat'));
            };
            const drains = async () => {
              try {
                await wf.sleep('1h');
              } finally {
                await wf.shield(() =>
                  wf.step('drain', async () => {
                    gates.draining.resolve();
                    await gates.drained.promise;
                  }),
                );
                await wf.step('close', () => order.push('close'));
              }
            };
            await Promise.allSettled([heats(), drains()]);
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('branches');
      await gates.begun.promise;
      await run.sendCommand('STOP');
      await gates.draining.promise;
      gates.go.resolve();
      await eventually(async () => expect((await cluster.operations(run.runId)).map(({ name }) => name)).toContain('heat'));
      gates.drained.resolve();
      expect(await errorOf(run.returnValue)).toBeInstanceOf(RunStoppedError);
      expect(order).toEqual(['close']);
    }),
  );

  it(
    'that a shield keeps away from a long wait leaves the run in memory, where its time limit counts',
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('shields', (wf) => wf.shield(() => wf.sleep('1h')))], {
        ...NO_TICK,
        suspendAfter: 0,
      });
      const run = await app.workflows.start('shields');
      await eventually(async () => expect(await statusOf(cluster, run)).toBe('WAITING'));
      await run.sendCommand('STOP', { timeout: 100 });
      await errorOf(run.returnValue);
      expect(await cluster.run(run.runId)).toMatchObject({ status: 'CANCELLED', error: { code: 'STOP_TIMEOUT' } });
    }),
  );

  it(
    'is cancelled when it takes longer than stopTimeout, also where it hangs before it has met an operation, or sleeps',
    withCluster(async (cluster) => {
      const begun: Deferred[] = [new Deferred(), new Deferred()];
      const app = await cluster.app(
        [
          workflow(
            'hangs',
            async (wf) => {
              await wf.step('hangs', async () => {
                begun[0]?.resolve();
                await never();
              });
            },
            { stopTimeout: 50 },
          ),
          workflow('sleeps', async (wf) => {
            try {
              begun[1]?.resolve();
              await wf.sleep('1h');
            } finally {
              await wf.sleep('2h');
            }
          }),
        ],
        { tickInterval: 100, suspendAfter: 0 },
      );
      const [hangs, sleeps] = [await app.workflows.start('hangs'), await app.workflows.start('sleeps')];
      await Promise.all(begun.map(({ promise }) => promise));
      await hangs.sendCommand('STOP');
      await sleeps.sendCommand('STOP', { timeout: 50 });
      for (const run of [hangs, sleeps]) {
        await errorOf(run.returnValue);
        expect(await cluster.run(run.runId)).toMatchObject({ status: 'CANCELLED', error: { code: 'STOP_TIMEOUT' } });
      }
    }),
  );

  it(
    'of a run whose code goes on to its end without another operation has expired',
    withCluster(async (cluster) => {
      const [begun, go] = [new Deferred(), new Deferred()];
      const app = await cluster.app(
        [
          workflow('computes', async () => {
            begun.resolve();
            await go.promise;
            return 'over';
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('computes');
      await begun.promise;
      await run.sendCommand('STOP');
      go.resolve();
      expect(await run.returnValue).toBe('over');
      await eventually(async () => expect(await commandsOf(app, run)).toEqual([['STOP', 'EXPIRED']]));
    }),
  );
});
