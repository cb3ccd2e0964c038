// Commands that the run's own code handles: custom ones, and of a cooperative workflow HOLD, RESUME and STOP.
import { Injectable } from '@nestjs/common';
import { OnCommand, type ReceivedCommand, Workflow, WorkflowContext } from '../../lib/index.js';
import { isTakenIn, PHASE_STATES } from '../../lib/model/phase-states.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { commandsOf, NO_TICK, statusOf } from './command-room.js';

describe('a custom command', () => {
  it.each([0, 60_000])('is received by the code of the run, with who, why and what (suspendAfter %s)', (suspendAfter) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('cleans', (wf) => wf.commands.receive())], { ...NO_TICK, suspendAfter });
      const run = await app.workflows.start('cleans');
      await eventually(async () => expect(await cluster.count('waits')).toBe(1));
      if (suspendAfter === 0) await eventually(async () => expect(await statusOf(cluster, run)).toBe('WAITING'));
      expect(await run.sendCommand('clean', { actor: 'ann', reason: 'dirty', data: { at: new Date(0) } })).toMatchObject({
        command: 'CLEAN',
        outcome: null,
      });
      await eventually(async () => expect(await statusOf(cluster, run)).toBe('SUCCESS'));
      expect(await run.returnValue).toEqual({
        commandId: expect.stringMatching(/^\d+$/),
        command: 'CLEAN',
        actor: 'ann',
        reason: 'dirty',
        data: { at: new Date(0) },
      });
      expect(await commandsOf(app, run)).toEqual([['CLEAN', 'APPLIED']]);
    })(),
  );

  it(
    'that nobody receives has expired when the run ends',
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('deaf', (wf) => wf.receive('go'))], NO_TICK);
      const run = await app.workflows.start('deaf');
      await run.sendCommand('CLEAN');
      await run.send('go', 1);
      await run.returnValue;
      expect(await commandsOf(app, run)).toEqual([['CLEAN', 'EXPIRED']]);
      await expect(run.sendCommand('CLEAN')).rejects.toMatchObject({ code: 'COMMAND_NOT_ALLOWED' });
    }),
  );

  it(
    'of a name that is nearly a standard one is refused, and so is one that is no name',
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('deaf', (wf) => wf.receive('go'))], NO_TICK);
      const run = await app.workflows.start('deaf');
      await expect(run.sendCommand('RESUM')).rejects.toMatchObject({ code: 'UNKNOWN_COMMAND' });
      await expect(run.sendCommand('no name')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      expect(await commandsOf(app, run)).toEqual([]);
    }),
  );

  it(
    'is handled by the method that @OnCommand names, beside the workflow, as a part of it: recorded, and not repeated by a replay',
    withCluster(async (cluster) => {
      const cleaned: unknown[] = [];
      @Injectable()
      class Plant {
        constructor(private readonly wf: WorkflowContext) {}

        @Workflow({ name: 'plant' })
        async run(): Promise<string | null> {
          return this.wf.receive<string>('go');
        }

        @OnCommand('clean')
        async clean({ data }: ReceivedCommand): Promise<void> {
          await this.wf.step('clean', () => cleaned.push(data));
          await this.wf.setEvent('cleaned', data);
        }

        @OnCommand('FAIL')
        fail(): never {
          throw new Error('handler is broken');
        }
      }
      const first = await cluster.app([Plant], NO_TICK);
      const run = await first.workflows.start('plant');
      await run.sendCommand('CLEAN', { data: 1 });
      expect(await run.getEvent('cleaned')).toBe(1);
      await run.sendCommand('FAIL');
      await run.sendCommand('PAINT');
      await eventually(async () =>
        expect(await commandsOf(first, run)).toEqual([
          ['PAINT', 'REJECTED'],
          ['FAIL', 'APPLIED'],
          ['CLEAN', 'APPLIED'],
        ]),
      );
      await cluster.kill(first);
      const second = await cluster.app([Plant], { tickInterval: 100 });
      const same = second.workflows.getRun(run.runId);
      await same.sendCommand('CLEAN', { data: 2 });
      expect(await same.send('go', 'over').then(() => same.returnValue)).toBe('over');
      expect(cleaned.slice(0, 1)).toEqual([1]);
      expect(cleaned.filter((x) => x === 1)).toHaveLength(1);
    }),
  );
});

describe('a cooperative workflow', () => {
  const states: string[] = [];
  const phases = workflow(
    'phases',
    async (wf) => {
      let state: 'RUNNING' | 'HELD' = 'RUNNING';
      for (;;) {
        await wf.setEvent('phase.state', state);
        const command: ReceivedCommand | null = await wf.commands.receive({ state });
        states.push(`${command?.command} in ${state}`);
        if (command?.command === 'STOP') return 'stopped itself';
        state = command?.command === 'HOLD' ? 'HELD' : 'RUNNING';
      }
    },
    { commands: 'cooperative' },
  );

  it(
    'receives HOLD, RESUME and STOP itself, each in the states in which it takes them; its status stays its own',
    withCluster(async (cluster) => {
      states.length = 0;
      const app = await cluster.app([phases], NO_TICK);
      const run = await app.workflows.start('phases');
      await eventually(async () => expect(await cluster.count('waits')).toBe(1));
      await run.sendCommand('RESUME');
      await eventually(async () => expect(await commandsOf(app, run)).toEqual([['RESUME', 'REJECTED']]));
      await run.sendCommand('HOLD');
      await eventually(async () => expect(await run.getEvent('phase.state')).toBe('HELD'));
      expect(await statusOf(cluster, run)).toBe('RUNNING');
      await run.sendCommand('RESUME');
      await eventually(() => expect(states).toEqual(['HOLD in RUNNING', 'RESUME in HELD']));
      await run.sendCommand('STOP');
      expect(await run.returnValue).toBe('stopped itself');
    }),
  );

  it(
    'receives the one of the highest rank of those that wait; the others stay for its next look',
    withCluster(async (cluster) => {
      const order: unknown[] = [];
      const app = await cluster.app(
        [
          workflow(
            'ranks',
            async (wf) => {
              await wf.receive('go');
              for (let i = 0; i < 4; i++) order.push((await wf.commands.receive())?.command);
            },
            { commands: 'cooperative' },
          ),
        ],
        NO_TICK,
      );
      const run = await app.workflows.start('ranks');
      await eventually(async () => expect((await cluster.run(run.runId)).cooperative).toBe(true));
      for (const command of ['PAINT', 'RESUME', 'HOLD', 'STOP']) await run.sendCommand(command);
      await run.send('go', 1);
      await run.returnValue;
      expect(order).toEqual(['STOP', 'HOLD', 'RESUME', 'PAINT']);
    }),
  );

  it('takes the standard commands in the states of ISA-88', () => {
    const taken = (command: string) => PHASE_STATES.filter((state) => isTakenIn(command, state));
    expect(taken('STOP')).toEqual(PHASE_STATES);
    expect(taken('HOLD')).toEqual(['STARTING', 'RUNNING', 'RESUMING']);
    expect(taken('RESUME')).toEqual(['HELD']);
    expect(taken('RESET')).toEqual(['STOPPED', 'ERROR']);
    expect(taken('CLEAN')).toEqual(PHASE_STATES);
  });
});
