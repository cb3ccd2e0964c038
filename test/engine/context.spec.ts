// Where the members of WorkflowContext and the decorated methods may be called, and what they are elsewhere.
import { Injectable } from '@nestjs/common';
import { Step, Workflow, WorkflowContext } from '../../lib/index.js';
import { TestSignal } from '../support/test-signal.js';
import { withCluster, workflow } from './cluster.js';

const MEMBERS: Record<string, (wf: WorkflowContext) => unknown> = {
  runId: (wf) => wf.runId,
  signal: (wf) => wf.signal,
  attempt: (wf) => wf.attempt,
  step: (wf) => wf.step('s', () => 1),
  sleep: (wf) => wf.sleep(1),
  sleepUntil: (wf) => wf.sleepUntil(new Date(Date.now() + 1_000)),
  setEvent: (wf) => wf.setEvent('k', 1),
  receive: (wf) => wf.receive('topic'),
  send: (wf) => wf.send('run', 'topic', 1),
  getEvent: (wf) => wf.getEvent('run', 'key'),
  startChild: (wf) => wf.startChild('double', [1]),
  map: (wf) => wf.map('items', [1], (item) => item),
  all: (wf) => wf.all('both', [() => 1]),
  continueAsNew: (wf) => wf.continueAsNew(),
  progress: (wf) => wf.progress('m'),
  now: (wf) => wf.now(),
  random: (wf) => wf.random(),
  uuid: (wf) => wf.uuid(),
  shield: (wf) => wf.shield(() => 1),
  'commands.receive': (wf) => wf.commands.receive(),
  stream: (wf) => wf.stream(),
  getWritable: (wf) => wf.getWritable(),
};
const RECORDING = [
  'sleep',
  'sleepUntil',
  'setEvent',
  'progress',
  'receive',
  'send',
  'getEvent',
  'startChild',
  'map',
  'all',
  'shield',
  'commands.receive',
  'continueAsNew',
];

/** What a call throws or rejects with. */
const failure = async (call: () => unknown) => {
  try {
    await call();
    return undefined;
  } catch (error) {
    const { name, code, message } = error as Error & { code: string };
    return { name, code, message };
  }
};

@Injectable()
class Steps {
  plainCalls = 0;
  @Step()
  double(x: number): number | Promise<number> {
    this.plainCalls++;
    return x * 2;
  }
}

@Injectable()
class Flows {
  constructor(
    readonly steps: Steps,
    readonly wf: WorkflowContext,
  ) {}
  @Workflow({ name: 'double' })
  async double(x: number): Promise<number> {
    return this.steps.double(x);
  }
  @Workflow({ name: 'parent' })
  async parent(x: number): Promise<number> {
    return this.double(x);
  }
  @Workflow({ name: 'parent by step' })
  async parentByStep(x: number): Promise<number> {
    return this.wf.step('call', () => this.double(x));
  }
}

describe('WorkflowContext', () => {
  it('has no member that this spec does not know', () => {
    const members = Object.getOwnPropertyNames(WorkflowContext.prototype).filter((name) => name !== 'constructor');
    expect(members.sort()).toEqual(
      Object.keys(MEMBERS)
        .map((member) => member.split('.')[0])
        .sort(),
    );
  });

  it.each(Object.keys(MEMBERS))('throws NO_ACTIVE_RUN that names the member outside a run: %s', async (member) => {
    const error = await failure(() => MEMBERS[member]?.(new WorkflowContext()));
    expect(error).toMatchObject({
      name: 'NoActiveRunError',
      code: 'NO_ACTIVE_RUN',
      message: expect.stringContaining(`WorkflowContext.${member} `),
    });
  });

  it(
    'refuses in a step body what would record something, by name, and gives the rest',
    withCluster(async (cluster) => {
      const flow = workflow('flow', (wf) =>
        wf.step('body', async () => {
          const failures: Record<string, unknown> = {};
          for (const [member, call] of Object.entries(MEMBERS)) failures[member] = await failure(() => call(wf));
          return failures;
        }),
      );
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('flow');
      const failures = (await run.returnValue) as Record<string, { code: string; message: string } | undefined>;
      for (const member of Object.keys(MEMBERS))
        if (RECORDING.includes(member))
          expect(failures[member]).toMatchObject({
            code: 'NOT_IN_STEP',
            message: expect.stringContaining(`WorkflowContext.${member} `),
          });
        else expect([member, failures[member]]).toEqual([member, undefined]);
      // Nothing but the step itself.
      expect((await cluster.operations(run.runId)).map((row) => row.name)).toEqual(['body']);
    }),
  );

  it(
    'knows its run and attempt, each of many runs at once its own',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const ids = [wf.runId];
        await wf.sleep(1);
        ids.push(
          wf.runId,
          await wf.step('s', async () => {
            await new Promise(setImmediate);
            return wf.runId;
          }),
        );
        await Promise.all(
          [1, 2].map(async () => {
            await wf.sleep(2);
            ids.push(wf.runId);
          }),
        );
        return [ids, wf.attempt, wf.signal.aborted];
      });
      const app = await cluster.app([flow]);
      const runs = await Promise.all(Array.from({ length: 50 }, () => app.workflows.start('flow')));
      const results = await Promise.all(runs.map((run) => run.returnValue));
      expect(results).toEqual(runs.map((run) => [Array(5).fill(run.runId), 1, false]));
    }),
  );

  it(
    'is the one of the run whose step started another: contexts do not leak into the runs they start',
    withCluster(async (cluster) => {
      const ids = new TestSignal<string>();
      const child = workflow('child', async (wf) => {
        await wf.setEvent('k', 1);
        await wf.sleep(1);
        ids.emit(wf.runId);
        return [wf.runId, await wf.step('s', () => wf.runId)];
      });
      let start: () => Promise<unknown>;
      const parent = workflow('parent', async (wf) => wf.step('start', () => start()));
      const app = await cluster.app([child, parent]);
      start = async () => {
        const run = await app.workflows.start('child');
        return [run.runId, await run.returnValue];
      };
      for (let i = 0; i < 3; i++) {
        const run = await app.workflows.start('parent');
        const [childId, seen] = (await run.returnValue) as [string, string[]];
        expect(childId).not.toBe(run.runId);
        expect(seen).toEqual([childId, childId]);
        expect(await ids.next()).toBe(childId);
      }
    }),
  );
});

describe('a @Step method', () => {
  it('is a plain method outside a run, on any instance, sync stays sync', () => {
    const steps = new Steps();
    expect(steps.double(2)).toBe(4);
    expect(steps.plainCalls).toBe(1);
  });

  it(
    'is a plain call inside another step, whichever form both have',
    withCluster(async (cluster) => {
      @Injectable()
      class Outer {
        constructor(
          private readonly steps: Steps,
          private readonly wf: WorkflowContext,
        ) {}
        @Step({ name: 'outer' })
        async outer(x: number): Promise<unknown[]> {
          return [await this.steps.double(x), await this.wf.step('inline', () => new Map([[1, 2]]).size)];
        }
        @Workflow({ name: 'nested' })
        async run(x: number): Promise<unknown[]> {
          return this.outer(x);
        }
      }
      const app = await cluster.app([Outer, Steps]);
      const run = await app.workflows.start('nested', [4]);
      expect(await run.returnValue).toEqual([8, 1]);
      expect((await cluster.operations(run.runId)).map(({ ordinal, name }) => [ordinal, name])).toEqual([[0, 'outer']]);
    }),
  );
});

describe('a @Workflow method', () => {
  it('is a plain method on a bare instance', async () => {
    const flows = new Flows(new Steps(), new WorkflowContext());
    expect(await flows.double(21)).toBe(42);
    expect(await flows.parent(21)).toBe(42);
  });

  it(
    'called directly outside a run starts one and awaits its result, or throws its error',
    withCluster(async (cluster) => {
      const app = await cluster.app([Steps, Flows]);
      const flows = app.module.get(Flows);
      expect(await flows.double(21)).toBe(42);
      expect(await cluster.rows('select name, status, input from workflow_status')).toEqual([
        { name: 'double', status: 'SUCCESS', input: '[21]' },
      ]);
      await expect(flows.double((() => 1) as never)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
    }),
  );

  it(
    'called inside a run is a child of it, and inside a step a run of its own',
    withCluster(async (cluster) => {
      const app = await cluster.app([Steps, Flows]);
      const run = await app.workflows.start(app.module.get(Flows).parent, [1]);
      expect(await run.returnValue).toBe(2);
      expect(await cluster.rows('select name, parent_id from workflow_status order by created_at')).toEqual([
        { name: 'parent', parent_id: null },
        { name: 'double', parent_id: run.runId },
      ]);
      expect(await (await app.workflows.start('parent by step', [21])).returnValue).toBe(42);
      expect(await cluster.count('workflow_status')).toBe(4);
    }),
  );

  it(
    'is started by name or by method, with types and arguments as they are',
    withCluster(async (cluster) => {
      const app = await cluster.app([Steps, Flows]);
      const flows = app.module.get(Flows);
      const typed: number = await (await app.workflows.start(flows.double, [3])).returnValue;
      expect(typed).toBe(6);
      expect(await (await app.workflows.start(Flows.prototype.double, [4])).returnValue).toBe(8);
      expect(await (await app.workflows.start<number>('double', [5])).returnValue).toBe(10);
    }),
  );
});
