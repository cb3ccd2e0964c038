// RESET: a run that is over, but has not succeeded, goes back to its queue: from what it has recorded, or anew.
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { commandsOf, NO_TICK, statusOf } from './command-room.js';

const settled = (promise: Promise<unknown>) => promise.catch((error) => error);

describe('RESET', () => {
  it(
    'of a run that failed repeats the step that failed and what came of it, and nothing that had succeeded',
    withCluster(async (cluster) => {
      const bodies: string[] = [];
      let isBroken = true;
      const app = await cluster.app(
        [
          workflow('order', async (wf, item: string) => {
            const at = wf.now();
            await wf.step('reserve', () => bodies.push('reserve'));
            await wf.setEvent('phase', 'reserved');
            try {
              await wf.step('charge', () => {
                bodies.push('charge');
                if (isBroken) throw new Error('card declined');
              });
              await wf.setEvent('phase', 'charged');
            } catch (error) {
              await wf.setEvent('phase', 'failed');
              wf.random();
              await wf.step('release', () => bodies.push('release'));
              throw error;
            }
            return { item, isSame: at === wf.now() || true };
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('order', ['book']);
      expect(await settled(run.returnValue)).toMatchObject({ message: 'card declined' });
      expect(await run.getEvent('phase')).toBe('failed');
      isBroken = false;
      expect(await run.sendCommand('RESET', { actor: 'ann', reason: 'card is fine now' })).toMatchObject({
        state: 'ERROR',
        outcome: 'APPLIED',
      });
      expect(await run.returnValue).toMatchObject({ item: 'book' });
      expect(bodies).toEqual(['reserve', 'charge', 'release', 'charge']);
      expect(await run.getEvent('phase')).toBe('charged');
      expect((await run.eventHistory()).map(({ value }) => value)).toEqual(['reserved', 'charged']);
      expect(await commandsOf(app, run)).toEqual([['RESET', 'APPLIED']]);
      expect(await cluster.rows(`select action, actor, reason, before, after ->> 'status' status from audit_log`)).toEqual([
        { action: 'RESET', actor: 'ann', reason: 'card is fine now', before: { status: 'ERROR' }, status: 'ENQUEUED' },
      ]);
    }),
  );

  it(
    'of a run that was stopped takes out what came of the stop: it goes on as if nobody had stopped it',
    withCluster(async (cluster) => {
      const order: string[] = [];
      const app = await cluster.app(
        [
          workflow('batch', async (wf) => {
            await wf.step('charge', () => order.push('charge'));
            try {
              const go = await wf.receive<string>('go');
              order.push(`go ${go}`);
            } finally {
              await wf.step('drain', () => order.push('drain'));
            }
            return 'done';
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('batch');
      await eventually(async () => expect(await cluster.count('waits')).toBe(1));
      await run.sendCommand('STOP');
      await settled(run.returnValue);
      expect(order).toEqual(['charge', 'drain']);
      await run.sendCommand('RESET');
      await run.send('go', 'on');
      expect(await run.returnValue).toBe('done');
      expect(order).toEqual(['charge', 'drain', 'go on', 'drain']);
      expect((await cluster.run(run.runId)).stop).toBeNull();
    }),
  );

  it(
    'gives a message back to the mailbox that only the undone part had received',
    withCluster(async (cluster) => {
      let isBroken = true;
      const app = await cluster.app(
        [
          workflow('mail', async (wf) => {
            const first = await wf.receive('in');
            try {
              await wf.step('work', () => {
                if (isBroken) throw new Error('broken');
              });
            } catch (error) {
              await wf.receive('in');
              throw error;
            }
            return [first, await wf.receive('in')];
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('mail');
      await run.send('in', 1);
      await run.send('in', 2);
      await settled(run.returnValue);
      isBroken = false;
      await run.sendCommand('RESET');
      await eventually(async () => expect(await statusOf(cluster, run)).toBe('SUCCESS'));
      expect(await run.returnValue).toEqual([1, 2]);
    }),
  );

  it(
    'of a cancelled run goes on where it was, with its time anew; one that succeeded takes no RESET',
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('waits', async (wf) => wf.receive('go'), { timeout: '1h' })], NO_TICK);
      const run = await app.workflows.start('waits');
      await eventually(async () => expect(await cluster.count('waits')).toBe(1));
      await run.cancel();
      await eventually(async () => expect((await cluster.run(run.runId)).permit).toBe(false));
      await run.sendCommand('RESET');
      await run.send('go', 'on');
      expect(await run.returnValue).toBe('on');
      const { deadline_at, started_at } = await cluster.run(run.runId);
      expect(deadline_at.getTime() - started_at.getTime()).toBeGreaterThan(3_600_000);
      await expect(run.sendCommand('RESET')).rejects.toMatchObject({ code: 'COMMAND_NOT_ALLOWED' });
    }),
  );

  it(
    'from the start does everything anew; what was recorded stays on record',
    withCluster(async (cluster) => {
      const bodies: string[] = [];
      let isBroken = true;
      const app = await cluster.app(
        [
          workflow('anew', async (wf, x: number) => {
            await wf.step('first', () => bodies.push('first'));
            await wf.step('second', () => {
              bodies.push('second');
              if (isBroken) throw new Error('broken');
            });
            return x;
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('anew', [7]);
      await settled(run.returnValue);
      isBroken = false;
      await run.sendCommand('RESET', { from: 'start' });
      expect(await run.returnValue).toBe(7);
      expect(bodies).toEqual(['first', 'second', 'first', 'second']);
      expect((await cluster.operations(run.runId)).map(({ name, error }) => [name, error === null])).toEqual([
        ['first', true],
        ['second', false],
        ['first', true],
        ['second', true],
      ]);
    }),
  );

  it(
    'writes to its streams what it writes from there on; what was written before is not written again',
    withCluster(async (cluster) => {
      let isBroken = true;
      const app = await cluster.app(
        [
          workflow('writes', async (wf) => {
            const out = wf.stream<string>('out');
            await out.write('one');
            await wf.step('a', () => undefined);
            await out.write('two');
            try {
              await wf.step('b', () => {
                if (isBroken) throw new Error('broken');
              });
            } catch (error) {
              await out.write('failed');
              throw error;
            }
            await out.write('three');
            await out.close();
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('writes');
      await settled(run.returnValue);
      isBroken = false;
      await run.sendCommand('RESET');
      await run.returnValue;
      const rows = await cluster.rows('select value from streams where value is not null order by chunk_offset');
      expect(rows.map(({ value }) => JSON.parse(value))).toEqual(['one', 'two', 'failed', 'three']);
    }),
  );

  it(
    'sends, and starts as children, what it asks for from there on, though it asked for something else at the same place before',
    withCluster(async (cluster) => {
      const app = await cluster.app(
        [
          workflow('listens', async (wf) => [await wf.receive('news'), await wf.receive('news')]),
          workflow('child', (_wf, what: string) => what),
          workflow('tells', async (wf, to: string) => {
            try {
              await wf.receive('go');
            } catch (error) {
              await wf.send(to, 'news', 'stopped');
              await wf.startChild('child', ['undo'], { deduplicationId: 'u' });
              throw error;
            }
            await wf.send(to, 'news', 'done');
            const child = await wf.startChild('child', ['ship'], { deduplicationId: 's' });
            return child.returnValue;
          }),
        ],
        NO_TICK,
      );
      const listener = await app.workflows.start('listens');
      const run = await app.workflows.start('tells', [listener.runId]);
      await eventually(async () => expect(await cluster.count('waits where workflow_id = $1', [run.runId])).toBe(1));
      await run.sendCommand('STOP');
      await settled(run.returnValue);
      await run.sendCommand('RESET');
      await run.send('go', 1);
      expect(await run.returnValue).toBe('ship');
      await eventually(async () => expect(await statusOf(cluster, listener)).toBe('SUCCESS'));
      expect(await listener.returnValue).toEqual(['stopped', 'done']);
    }),
  );

  it(
    'repeats the failure that became the one of the run, though another one was swallowed after it, or it was wrapped',
    withCluster(async (cluster) => {
      const bodies: string[] = [];
      let isBroken = true;
      const app = await cluster.app(
        [
          workflow('wraps', async (wf, isWrapped: boolean) => {
            try {
              await wf.step('charge', () => {
                bodies.push('charge');
                if (isBroken) throw new Error('declined');
              });
            } catch (error) {
              await wf
                .step('release', () => {
                  throw new Error('broke');
                })
                .catch(() => undefined);
              await wf.step('tell', () => undefined);
              throw isWrapped ? new Error('order failed', { cause: error }) : error;
            }
            return 'charged';
          }),
        ],
        NO_TICK,
      );
      for (const isWrapped of [false, true]) {
        isBroken = true;
        const run = await app.workflows.start('wraps', [isWrapped]);
        await settled(run.returnValue);
        isBroken = false;
        await run.sendCommand('RESET');
        expect(await run.returnValue).toBe('charged');
      }
      expect(bodies).toEqual(['charge', 'charge', 'charge', 'charge']);
    }),
  );

  it(
    'from the start begins anew though a step was between two attempts, and a stream was closed',
    withCluster(async (cluster) => {
      const bodies: string[] = [];
      const app = await cluster.app(
        [
          workflow('anew', async (wf) => {
            const out = wf.stream('out');
            await out.write(1);
            await out.close();
            await wf.step('first', () => bodies.push('first'));
            await wf.step(
              'second',
              () => {
                bodies.push('second');
                if (bodies.length < 4) throw new Error('not yet');
              },
              { retry: { maxAttempts: 3, initialInterval: '1h', maxInterval: '1h' } },
            );
            return 'done';
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('anew');
      await eventually(async () => expect(await cluster.count('waits')).toBe(1));
      await run.cancel();
      await eventually(async () => expect((await cluster.run(run.runId)).permit).toBe(false));
      await run.sendCommand('RESET', { from: 'start' });
      expect(await run.returnValue).toBe('done');
      expect(bodies).toEqual(['first', 'second', 'first', 'second']);
    }),
  );

  it(
    'calls no child a second time, and leaves behind the commands that had expired',
    withCluster(async (cluster) => {
      let charges = 0;
      @Injectable()
      class Shop {
        constructor(private readonly wf: WorkflowContext) {}

        @Workflow({ name: 'charges' })
        async charges(): Promise<string | null> {
          await this.wf.step('charge', () => ++charges);
          return this.wf.receive<string>('paid');
        }

        @Workflow({ name: 'orders' })
        async orders(): Promise<unknown> {
          const paid = await this.charges();
          return [paid, await this.wf.commands.receive({ timeout: 0 })];
        }
      }
      const app = await cluster.app([Shop], NO_TICK);
      const run = await app.workflows.start('orders');
      await eventually(() => expect(charges).toBe(1));
      await run.sendCommand('CLEAN');
      await run.sendCommand('STOP');
      await settled(run.returnValue);
      await run.sendCommand('RESET');
      const [child] = await cluster.rows(`select workflow_id from workflow_status where name = 'charges'`);
      await app.workflows.send(child.workflow_id, 'paid', 'yes');
      expect(await run.returnValue).toEqual(['yes', null]);
      expect(charges).toBe(1);
    }),
  );

  it(
    'of a run whose deduplication id another one has meanwhile is refused',
    withCluster(async (cluster) => {
      let isBroken = true;
      const app = await cluster.app(
        [
          workflow('unique', async (wf) => {
            if (isBroken) throw new Error('broken');
            await wf.receive('go');
          }),
        ],
        NO_TICK,
      );
      const options = { deduplicationId: 'a' };
      const run = await app.workflows.start('unique', [], options);
      await settled(run.returnValue);
      isBroken = false;
      const other = await app.workflows.start('unique', [], options);
      await expect(run.sendCommand('RESET')).rejects.toMatchObject({ code: 'COMMAND_NOT_ALLOWED' });
      await other.cancel();
      await run.sendCommand('RESET');
      await eventually(async () => expect(await cluster.count('waits')).toBe(1));
      expect(await statusOf(cluster, run)).toBe('RUNNING');
      await expect(app.workflows.start('unique', [], options)).rejects.toMatchObject({ code: 'DEDUPLICATION_CONFLICT' });
    }),
  );
});
