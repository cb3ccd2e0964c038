// What runs may not give or tell: results of steps and workflows, events and progress that can't be stored. The code learns it by a typed
// error that names the place; a step is not tried again for it; the run ends, its neighbours go on, and nothing half is written.
import { Injectable } from '@nestjs/common';
import { Step, Workflow, WorkflowContext } from '../../lib/index.js';
import { type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { REFUSED_PAYLOADS } from './refused-payloads.js';

const WHATS = Object.keys(REFUSED_PAYLOADS);
const make = (what: string) => REFUSED_PAYLOADS[what]?.make();

interface Seen {
  what: string;
  name: string;
  code: unknown;
  /** `undefined` when the message has the place and the reason of the table. */
  message?: string;
}

/** What the table of refused payloads says a caller must see, for a payload that is called `label`. */
const expected = WHATS.map((what): Seen => ({ what, name: 'PayloadInvalidError', code: 'PAYLOAD_INVALID' }));

function seen(what: string, label: string, error: unknown): Seen {
  const { name, code, message } = error as Error & { code: unknown };
  const { path, reason } = REFUSED_PAYLOADS[what] ?? { reason: '' };
  const fits = path === undefined ? message.includes(label) : message.includes(`${label}${path} is ${reason}`);
  return fits && message.includes(reason) && message.length < 2_000 ? { what, name, code } : { what, name, code, message };
}

const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('it was accepted'),
    (error: unknown) => error,
  );

/** One run for each payload of the table, all at once. */
async function runAll(app: ClusterApp, name: string): Promise<unknown[]> {
  const runs = await Promise.all(WHATS.map((what) => app.workflows.start(name, [what])));
  return Promise.all(runs.map((run) => run.returnValue.catch((error: unknown) => error)));
}

const sound = workflow('sound', async (wf) => wf.step('s', () => 'sound'));

describe('a result that can not be stored', () => {
  it(
    'of an inline step is a typed error in the workflow, after one attempt whatever the retry options say',
    withCluster(async (cluster) => {
      const bodies = new Map<string, number>();
      const flow = workflow('flow', async (wf, what: string) => {
        const body = () => {
          bodies.set(what, (bodies.get(what) ?? 0) + 1);
          return make(what);
        };
        const error = await thrown(wf.step('s', body, { retry: { maxAttempts: 3, initialInterval: 0 } }));
        await wf.step('next', () => 1);
        return seen(what, 'the result of step "s"', error);
      });
      const app = await cluster.app([flow]);
      expect(await runAll(app, 'flow')).toEqual(expected);
      expect([...bodies.values()]).toEqual(WHATS.map(() => 1));
      expect(await cluster.count(`operation_outputs where name = 's' and output is null and error is not null`)).toBe(
        WHATS.length,
      );
      expect(await cluster.count(`operation_outputs where name = 'next' and error is null`)).toBe(WHATS.length);
      expect(await cluster.count(`workflow_status where status = 'SUCCESS'`)).toBe(WHATS.length);
    }),
  );

  it(
    'of a decorated step is the same',
    withCluster(async (cluster) => {
      @Injectable()
      class Steps {
        @Step({ name: 'decorated', retry: { maxAttempts: 3, initialInterval: 0 } })
        async give(what: string): Promise<unknown> {
          return make(what);
        }
      }
      @Injectable()
      class Flow {
        constructor(
          readonly wf: WorkflowContext,
          readonly steps: Steps,
        ) {}

        @Workflow({ name: 'flow' })
        async run(what: string): Promise<Seen> {
          return seen(what, 'the result of step "decorated"', await thrown(this.steps.give(what)));
        }
      }
      const app = await cluster.app([Steps, Flow]);
      expect(await runAll(app, 'flow')).toEqual(expected);
      expect(await cluster.count('operation_attempts')).toBe(WHATS.length);
    }),
  );

  it(
    'of a step, uncaught, ends its run as ERROR and no other',
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('flow', async (wf, what: string) => wf.step('s', () => make(what))), sound]);
      const neighbours = WHATS.map(() => app.workflows.start('sound'));
      const errors = await runAll(app, 'flow');
      expect(WHATS.map((what, i) => seen(what, 'the result of step "s"', errors[i]))).toEqual(expected);
      expect(await Promise.all(neighbours.map(async (run) => (await run).returnValue))).toEqual(WHATS.map(() => 'sound'));
      expect(await cluster.rows('select name, status, count(*)::int n from workflow_status group by 1, 2 order by 1')).toEqual([
        { name: 'flow', status: 'ERROR', n: WHATS.length },
        { name: 'sound', status: 'SUCCESS', n: WHATS.length },
      ]);
    }),
  );

  it(
    'of a workflow ends its run as ERROR, async or not, and no other',
    withCluster(async (cluster) => {
      const app = await cluster.app([
        workflow('async', async (_wf, what: string) => make(what)),
        workflow('sync', (_wf, what: string) => make(what)),
        sound,
      ]);
      const neighbours = WHATS.map(() => app.workflows.start('sound'));
      for (const name of ['async', 'sync']) {
        const errors = await runAll(app, name);
        expect(WHATS.map((what, i) => seen(what, `the result of workflow "${name}"`, errors[i]))).toEqual(expected);
      }
      expect(await Promise.all(neighbours.map(async (run) => (await run).returnValue))).toEqual(WHATS.map(() => 'sound'));
      expect(await cluster.count(`workflow_status where status = 'ERROR' and output is null`)).toBe(2 * WHATS.length);
    }),
  );

  it(
    'is the same on replay as it was live',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, what: string) => {
        const error = await thrown(wf.step('s', () => make(what)));
        await wf.sleep(300);
        return seen(what, 'the result of step "s"', error);
      });
      const app = await cluster.app([flow], { suspendAfter: 0 });
      expect(await runAll(app, 'flow')).toEqual(expected);
    }),
  );
});

describe('what a run tells of itself and can not be stored', () => {
  it(
    'is a typed error in the workflow as the value of an event, and nothing is recorded',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, what: string) =>
        seen(what, 'event "state"', await thrown(wf.setEvent('state', make(what)))),
      );
      const app = await cluster.app([flow]);
      expect(await runAll(app, 'flow')).toEqual(expected);
      for (const table of ['operation_outputs', 'workflow_events', 'workflow_events_history', 'streams'])
        expect({ table, rows: await cluster.count(table) }).toEqual({ table, rows: 0 });
    }),
  );

  it(
    'is a typed error in the workflow beside a progress message, and nothing is recorded',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, what: string) =>
        seen(what, 'progress.extra', await thrown(wf.progress('half way', make(what)))),
      );
      const app = await cluster.app([flow]);
      expect(await runAll(app, 'flow')).toEqual(expected);
      for (const table of ['operation_outputs', 'workflow_events', 'workflow_events_history', 'streams'])
        expect({ table, rows: await cluster.count(table) }).toEqual({ table, rows: 0 });
    }),
  );

  it(
    'leaves no hole in the log: the next line takes its place',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        await wf.progress('one');
        for (const bad of ['a\0b', '\ud800']) await thrown(wf.progress(bad));
        await wf.progress('two');
      });
      const app = await cluster.app([flow]);
      await (await app.workflows.start('flow')).returnValue;
      expect(await cluster.rows('select chunk_offset, value from streams order by chunk_offset')).toEqual([
        { chunk_offset: 0, value: '{"message":"one"}' },
        { chunk_offset: 1, value: '{"message":"two"}' },
      ]);
    }),
  );

  it(
    'may be a message that is no text: it is told as one',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        for (const message of [42, null, 10n, Symbol('s')]) await wf.progress(message as never);
      });
      const app = await cluster.app([flow]);
      await (await app.workflows.start('flow')).returnValue;
      const lines = await cluster.rows('select value from streams order by chunk_offset');
      expect(lines.map(({ value }) => JSON.parse(value).message)).toEqual(['42', 'null', '10', 'Symbol(s)']);
    }),
  );

  it.each<[string, () => unknown]>([
    ['an object without a prototype', () => Object.create(null)],
    ['an object whose toString is no function', () => ({ toString: 1 })],
  ])('is a typed error when the message (%s) can not be made a text', async (_, message) =>
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const error = (await thrown(wf.progress(message() as never))) as Error & { code?: string };
        return [error.name, error.code];
      });
      const app = await cluster.app([flow]);
      expect(await (await app.workflows.start('flow')).returnValue).toEqual([
        expect.stringMatching(/^(Payload)?Invalid\w*Error$/),
        expect.stringMatching(/^(PAYLOAD_)?INVALID/),
      ]);
    })(),
  );
});

describe('a step without a body', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['a promise in place of a function', Promise.resolve(1)],
    ['null', null],
  ])('(%s) is a typed error that names the step, and is not tried again', async (_, body) =>
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const retry = { maxAttempts: 3, initialInterval: 0 };
        const error = (await thrown(wf.step('charge', body as never, { retry }))) as Error & { code?: string };
        return [error.code, error.message];
      });
      const app = await cluster.app([flow]);
      const [code, message] = (await (await app.workflows.start('flow')).returnValue) as [string, string];
      expect(code).toMatch(/^INVALID/);
      expect(message).toContain('charge');
      expect(await cluster.count('operation_attempts where attempt > 1')).toBe(0);
    })(),
  );
});
