// HOLD and RESUME: a run stops at its next durable operation, whatever its code knows of it, and goes on where it was.
import { CommandNotAllowedError } from '../../lib/index.js';
import { type Cluster, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { commandsOf, Gate, isHeld, NO_TICK, statusOf } from './command-room.js';

describe('HOLD', () => {
  it(
    'lets the step that runs finish, records it, and unloads the run before its next operation',
    withCluster(async (cluster) => {
      const gate = new Gate();
      const app = await cluster.app([gate.flow], NO_TICK);
      const run = await app.workflows.start(gate.name);
      await gate.inside('first');
      expect(await run.sendCommand('HOLD', { reason: 'operator hold', actor: 'ann' })).toMatchObject({
        command: 'HOLD',
        state: expect.stringMatching(/PENDING|RUNNING/),
        outcome: null,
      });
      expect(await statusOf(cluster, run)).toMatch(/PENDING|RUNNING/);
      gate.open('first');
      await isHeld(cluster, run);
      expect((await cluster.operations(run.runId)).map(({ name }) => name)).toEqual(['first']);
      expect(gate.began).toEqual(['first']);
      expect(await commandsOf(app, run)).toEqual([['HOLD', 'APPLIED']]);

      expect(await run.sendCommand('RESUME')).toMatchObject({ state: 'HELD', outcome: 'APPLIED' });
      gate.open('second');
      expect(await run.returnValue).toBe('done');
      expect(gate.began).toEqual(['first', 'second']);
    }),
  );

  it(
    'frees the slot of the run in its process: as many as you like may be held',
    withCluster(async (cluster) => {
      const waits = workflow('waits', (wf) => wf.receive('go'));
      const app = await cluster.app([waits], { ...NO_TICK, maxConcurrentRuns: 1, suspendAfter: '1h' });
      const runs = [];
      for (let held = 1; held <= 3; held++) {
        const run = await app.workflows.start('waits');
        await eventually(async () => expect(await cluster.count('waits where workflow_id = $1', [run.runId])).toBe(1));
        await run.sendCommand('HOLD');
        await isHeld(cluster, run);
        runs.push(run);
      }
      expect(await cluster.count(`workflow_status where status = 'HELD'`)).toBe(3);
      const { commands } = app.workflows;
      expect(await commands.sendMany({ status: 'HELD' }, 'RESUME', { dryRun: true })).toEqual({
        matched: 3,
        sent: 0,
        rejected: 0,
      });
      for (const run of runs) await run.send('go', 1);
      expect(await commands.sendMany({ status: 'HELD' }, 'RESUME')).toEqual({ matched: 3, sent: 3, rejected: 0 });
      for (const run of runs) expect(await run.returnValue).toBe(1);
    }),
  );

  it(
    'takes a run out of its wait at once, in memory or not; the wait goes on by itself, its end waits for RESUME',
    withCluster(async (cluster) => {
      const naps = workflow('naps', async (wf) => {
        const message = await wf.receive('go');
        return message;
      });
      for (const suspendAfter of [0, 60_000]) {
        const app = await cluster.app([naps], { ...NO_TICK, suspendAfter });
        const run = await app.workflows.start('naps');
        await eventually(async () => expect(await cluster.count('waits where workflow_id = $1', [run.runId])).toBe(1));
        if (suspendAfter === 0) await eventually(async () => expect(await statusOf(cluster, run)).toBe('WAITING'));
        await run.sendCommand('HOLD');
        await isHeld(cluster, run);
        await run.send('go', 'now');
        expect(await statusOf(cluster, run)).toBe('HELD');
        await run.sendCommand('RESUME');
        expect(await run.returnValue).toBe('now');
        await cluster.leave(app);
      }
    }),
  );

  it(
    'of a run that has not begun keeps it from beginning',
    withCluster(async (cluster) => {
      const gate = new Gate();
      const client = await cluster.app([gate.flow], { ...NO_TICK, role: 'client' });
      const run = await client.workflows.start(gate.name);
      expect(await run.sendCommand('hold')).toMatchObject({ state: 'ENQUEUED', outcome: 'APPLIED' });
      const app = await cluster.app([gate.flow], NO_TICK);
      expect(await app.workflows.dispatch()).toMatchObject({ claimed: 0 });
      expect(await statusOf(cluster, run)).toBe('HELD');
      await run.sendCommand('RESUME');
      await gate.inside('first');
      gate.open('first', 'second');
      expect(await run.returnValue).toBe('done');
    }),
  );

  it(
    'that RESUME withdraws before it is applied leaves the run alone',
    withCluster(async (cluster) => {
      const gate = new Gate();
      const app = await cluster.app([gate.flow], NO_TICK);
      const run = await app.workflows.start(gate.name);
      await gate.inside('first');
      await run.sendCommand('HOLD');
      expect(await run.sendCommand('RESUME')).toMatchObject({ outcome: 'APPLIED' });
      gate.open('first', 'second');
      expect(await run.returnValue).toBe('done');
      expect(await commandsOf(app, run)).toEqual([
        ['RESUME', 'APPLIED'],
        ['HOLD', 'SUPERSEDED'],
      ]);
    }),
  );

  it(
    'of a run that ends first has expired',
    withCluster(async (cluster) => {
      const last = new TestSignal<void>();
      const go = new TestSignal<void>();
      const app = await cluster.app(
        [
          workflow('ends', async (wf) => {
            await wf.step('only', async () => {
              last.emit();
              await go.next();
            });
            return 'over';
          }),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('ends');
      await last.next();
      await run.sendCommand('HOLD');
      go.emit();
      expect(await run.returnValue).toBe('over');
      expect(await commandsOf(app, run)).toEqual([['HOLD', 'EXPIRED']]);
      await expect(run.sendCommand('HOLD')).rejects.toThrow(CommandNotAllowedError);
    }),
  );

  it(
    'survives a restart: the run is held until somebody resumes it, and keeps its permit',
    withCluster(async (cluster) => {
      const gate = new Gate({ queue: 'plant' });
      const options = { ...NO_TICK, queues: [{ name: 'plant', concurrency: 1 }] };
      const first = await cluster.app([gate.flow], options);
      const run = await first.workflows.start(gate.name);
      await gate.inside('first');
      await run.sendCommand('HOLD');
      gate.open('first');
      await isHeld(cluster, run);
      await cluster.leave(first);
      const second = await cluster.app([gate.flow], options);
      const other = await second.workflows.start(gate.name);
      expect(await second.workflows.dispatch()).toMatchObject({ claimed: 0 });
      expect(await statusOf(cluster, run)).toBe('HELD');
      gate.open('second');
      await second.workflows.sendCommand(run.runId, 'RESUME');
      expect(await second.workflows.getRun(run.runId).returnValue).toBe('done');
      expect(await other.returnValue).toBe('done');
    }),
  );

  it(
    'gives the permit back where the queue says so, and asks for one again',
    withCluster(async (cluster) => {
      const gate = new Gate({ queue: 'plant' });
      const options = { ...NO_TICK, queues: [{ name: 'plant', concurrency: 1, holdReleasesPermits: true }] };
      const app = await cluster.app([gate.flow], options);
      const run = await app.workflows.start(gate.name);
      await gate.inside('first');
      const other = await app.workflows.start(gate.name);
      await run.sendCommand('HOLD');
      gate.open('first');
      await isHeld(cluster, run);
      await gate.inside('first', 2);
      await run.sendCommand('RESUME');
      expect(await statusOf(cluster, run)).toBe('ENQUEUED');
      gate.open('second');
      expect(await other.returnValue).toBe('done');
      expect(await run.returnValue).toBe('done');
    }),
  );

  it(
    'stops the clock of the timeout: what is held does not time out, and has its time left when it is resumed',
    withCluster(async (cluster: Cluster) => {
      const gate = new Gate({ timeout: '1h' });
      const app = await cluster.app([gate.flow], NO_TICK);
      const run = await app.workflows.start(gate.name);
      await gate.inside('first');
      await run.sendCommand('HOLD');
      gate.open('first');
      await isHeld(cluster, run);
      await cluster.rows(
        `update workflow_status set deadline_at = deadline_at - interval '2 hours', held_at = held_at - interval '2 hours'`,
      );
      const sweeping = await cluster.app([gate.flow], { ...NO_TICK, tickInterval: 100 });
      const swept = await sweeping.workflows.start(gate.name);
      gate.open('second');
      expect(await swept.returnValue).toBe('done');
      expect(await statusOf(cluster, run)).toBe('HELD');
      await run.sendCommand('RESUME');
      expect(await run.returnValue).toBe('done');
    }),
  );
});
