// Code that is not the code that was recorded: the run ends with a typed error that says what differs, and is not tried for ever.
import type { WorkflowContext } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { type Cluster, never, withCluster, workflow } from './cluster.js';

type Code = (wf: WorkflowContext) => Promise<unknown>;
const step = (wf: WorkflowContext, name: string) => wf.step(name, () => name);

/** Runs `before` up to a blocking step `block` (or until `ready`), deploys `after`, and gives the run's row when it is over. */
async function deploy(
  cluster: Cluster,
  before: Code,
  after: Code,
  { suspendAfter = '10s' as string | number, ready = 'block' } = {},
) {
  const blocked = new TestSignal();
  let entries = 0;
  const first = await cluster.app(
    [
      workflow('flow', async (wf) => {
        await before(wf);
        await wf.step('block', () => {
          blocked.emit();
          return never();
        });
      }),
    ],
    { suspendAfter },
  );
  const { runId } = await first.workflows.start('flow');
  if (ready === 'block') await blocked.next();
  else await eventually(async () => expect((await cluster.run(runId)).status).toBe(ready));
  await cluster.leave(first);
  const second = await cluster.app(
    [
      workflow('flow', async (wf) => {
        entries++;
        await after(wf);
        return 'ended';
      }),
    ],
    { suspendAfter },
  );
  const end = await second.workflows.getRun<string>(runId).returnValue.catch((error: Error) => error.message);
  return { runId, end, entries: () => entries, row: await cluster.run(runId), app: second };
}

const abc: Code = async (wf) => {
  for (const name of ['a', 'b', 'c']) await step(wf, name);
};

describe('changed code', () => {
  it.each<[string, Code, [number, string, string]]>([
    [
      'a renamed step',
      async (wf) => {
        await step(wf, 'a');
        await step(wf, 'B');
        await step(wf, 'c');
      },
      [1, 'step "b"', 'step "B"'],
    ],
    [
      'another order of steps',
      async (wf) => {
        await step(wf, 'a');
        await step(wf, 'c');
        await step(wf, 'b');
      },
      [1, 'step "b"', 'step "c"'],
    ],
    [
      'a removed step in the middle',
      async (wf) => {
        await step(wf, 'a');
        await step(wf, 'c');
      },
      [1, 'step "b"', 'step "c"'],
    ],
    [
      'a removed step at the end',
      async (wf) => {
        await step(wf, 'a');
        await step(wf, 'b');
      },
      [2, 'step "c"', 'returned'],
    ],
    [
      'a new step before the others',
      async (wf) => {
        await step(wf, 'new');
        await abc(wf);
      },
      [0, 'step "a"', 'step "new"'],
    ],
    [
      'a sleep in place of a step',
      async (wf) => {
        await step(wf, 'a');
        await wf.sleep(1);
        await step(wf, 'c');
      },
      [1, 'step "b"', 'sleep "sleep"'],
    ],
    [
      'an event in place of a step',
      async (wf) => {
        await step(wf, 'a');
        await wf.setEvent('b', 1);
        await step(wf, 'c');
      },
      [1, 'step "b"', 'event "b"'],
    ],
    [
      'a recorded value before a step',
      async (wf) => {
        wf.now();
        await abc(wf);
      },
      [0, 'step "a"', 'value "now"'],
    ],
    ['an early return', async () => 'early', [0, 'step "a"', 'returned']],
    [
      'an early throw',
      async () => {
        throw new Error('early');
      },
      [0, 'step "a"', 'threw'],
    ],
    [
      'steps that became parallel in another order',
      async (wf) => {
        await Promise.all(['b', 'a', 'c'].map((name) => step(wf, name)));
      },
      [0, 'step "a"', 'step "b"'],
    ],
  ])('with %s ends the run and says where and what', async (_, after, [ordinal, recorded, asked]) =>
    withCluster(async (cluster) => {
      const { row, end, entries } = await deploy(cluster, abc, after);
      expect(row).toMatchObject({ status: 'ERROR', error: { name: 'NonDeterministicRunError', code: 'NON_DETERMINISTIC_RUN' } });
      for (const part of [`operation ${ordinal}`, recorded, asked]) expect(end).toContain(part);
      expect(entries()).toBe(1);
    })(),
  );

  it(
    'is not tried again: not at later ticks, and not by another process',
    withCluster(async (cluster) => {
      const { runId, entries } = await deploy(cluster, abc, async (wf) => step(wf, 'x'));
      const third = await cluster.app([workflow('tick', async (wf) => wf.sleep(100))]);
      for (let i = 0; i < 3; i++) await (await third.workflows.start('tick')).returnValue;
      expect(entries()).toBe(1);
      expect(await cluster.run(runId)).toMatchObject({ status: 'ERROR', recovery_attempts: 0 });
    }),
  );

  it(
    'is found when a recorded value was something else: random() where now() was',
    withCluster(async (cluster) => {
      const { row } = await deploy(
        cluster,
        async (wf) => {
          wf.now();
          await step(wf, 'a');
        },
        async (wf) => {
          wf.random();
          await step(wf, 'a');
        },
      );
      expect(row.error).toMatchObject({
        code: 'NON_DETERMINISTIC_RUN',
        message: expect.stringMatching(/operation 0.*"now".*"random"/),
      });
    }),
  );

  it(
    'that catches everything can not hide it',
    withCluster(async (cluster) => {
      const { row } = await deploy(cluster, abc, async (wf) => {
        await Promise.race([step(wf, 'x'), new Promise(setImmediate)]).catch(() => undefined);
        return 'as if nothing had happened';
      });
      expect(row).toMatchObject({ status: 'ERROR', error: { code: 'NON_DETERMINISTIC_RUN' } });
    }),
  );

  it(
    'with a step put before the sleep that the run is in ends the run: it was asleep at that operation',
    withCluster(async (cluster) => {
      const { row } = await deploy(
        cluster,
        async (wf) => {
          await step(wf, 'a');
          await wf.sleep(1_500);
        },
        async (wf) => {
          await step(wf, 'a');
          await step(wf, 'new');
          await wf.sleep(1_500);
          await step(wf, 'block');
        },
        { suspendAfter: 0, ready: 'WAITING' },
      );
      expect(row).toMatchObject({
        status: 'ERROR',
        error: { code: 'NON_DETERMINISTIC_RUN', message: expect.stringContaining('operation 1') },
      });
      expect(await cluster.count('waits')).toBe(0);
    }),
  );

  it(
    'with another step in place of the one that waits for its next attempt ends the run, and does not inherit its attempts',
    withCluster(async (cluster) => {
      const attempts: number[] = [];
      const { row } = await deploy(
        cluster,
        async (wf) =>
          wf.step(
            'fragile',
            () => {
              throw new Error('no');
            },
            { retry: { maxAttempts: 3, initialInterval: 1_000 } },
          ),
        async (wf) => wf.step('other', () => attempts.push(wf.attempt)),
        { suspendAfter: 0, ready: 'WAITING' },
      );
      expect(attempts).toEqual([]);
      expect(row).toMatchObject({
        status: 'ERROR',
        error: { code: 'NON_DETERMINISTIC_RUN', message: expect.stringMatching(/operation 0.*"fragile".*"other"/) },
      });
    }),
  );

  it(
    'that ends a run while it was asleep elsewhere leaves no wait behind',
    withCluster(async (cluster) => {
      await deploy(
        cluster,
        async (wf) => {
          void wf.sleep('1h');
          await step(wf, 'a');
        },
        async (wf) => {
          void wf.sleep('1h');
          await step(wf, 'b');
        },
      );
      expect(await cluster.count('waits')).toBe(0);
    }),
  );
});

describe('unchanged in what is recorded', () => {
  it(
    'code may differ in what it does after the record ends, in arguments, bodies and options of steps',
    withCluster(async (cluster) => {
      const { row, end } = await deploy(cluster, abc, async (wf) => {
        await wf.step('a', () => 'other body', { retry: { maxAttempts: 7 } });
        await step(wf, 'b');
        await step(wf, 'c');
        await step(wf, 'in place of block');
        await step(wf, 'new at the end');
      });
      expect([row.status, end]).toEqual(['SUCCESS', 'ended']);
    }),
  );
});
