// What a start refuses for its arguments: by type, naming the place, before any SQL, whichever way the run is started.
import type { EntityManager } from 'typeorm';
import { PayloadInvalidError, PayloadTooLargeError, type Run, WorkflowsError } from '../../lib/index.js';
import { workflow } from '../engine/cluster.js';
import type { WorkflowApp } from '../support/workflow-app.js';
import { REFUSED_PAYLOADS } from './refused-payloads.js';
import { refusal, withSilentDatabase } from './silent-database.js';

const Flow = workflow('flow', (_wf, ...args: unknown[]) => args);

/** A transaction of the host that must not be asked for anything. */
const manager = {
  query: () => {
    throw new Error('the transaction was asked');
  },
} as unknown as EntityManager;

type Start = (app: WorkflowApp, argument: unknown) => Promise<unknown>;

const WAYS: Readonly<Record<string, Start>> = {
  'start()': (app, argument) => app.workflows.start('flow', [argument]),
  'start() with an id': (app, argument) => app.workflows.start('flow', [argument], { id: 'order-42' }),
  'start() with a delay': (app, argument) => app.workflows.start('flow', [argument], { delay: '1h' }),
  'start() in a transaction': (app, argument) => app.workflows.start('flow', [argument], { manager }),
  'startMany()': (app, argument) => app.workflows.startMany('flow', [{ args: [1] }, { args: [argument] }, { args: [2] }]),
  'startMany() with ids': (app, argument) =>
    app.workflows.startMany('flow', [{ args: [1] }, { args: [argument], options: { id: 'order-42' } }]),
  'startMany() in a transaction': (app, argument) =>
    app.workflows.startMany('flow', [{ args: [1] }, { args: [argument] }], { manager }),
  'a call of the method': async (app, argument) => app.module.get(Flow, { strict: false }).run(argument),
};

describe('an argument that can not be stored', () => {
  it.each(Object.entries(WAYS))('is refused by %s before any SQL, with its place and what was found there', async (_, start) =>
    withSilentDatabase([Flow], async (app) => {
      for (const [what, { make, path, reason }] of Object.entries(REFUSED_PAYLOADS)) {
        const error = await refusal(() => start(app, make()));
        expect({ what, error }).toEqual({ what, error: expect.any(PayloadInvalidError) });
        expect(error).toMatchObject({
          name: 'PayloadInvalidError',
          code: 'PAYLOAD_INVALID',
          path: path === undefined ? expect.stringMatching(/^args\[0\]/) : `args[0]${path}`,
          reason: expect.stringContaining(reason),
          message: expect.stringMatching(/cannot be stored: args\[0\].* is .*\. Use JSON values/s),
        });
        expect((error as Error).message.length).toBeLessThan(1_000);
      }
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
    }),
  );

  it('is told apart from a sound one, which does ask the database: the silence proves something', () =>
    withSilentDatabase([Flow], async (app) => {
      expect(await refusal(() => app.workflows.start('flow', ['sound']))).toBe('it asked the database');
    }));

  it('is named by its place in the list', () =>
    withSilentDatabase([Flow], async (app) => {
      const error = await refusal(() => app.workflows.start('flow', [1, 'two', { three: [3, Number.NaN] }]));
      expect(error).toMatchObject({ path: 'args[2].three[1]', reason: 'NaN' });
    }));

  it('keeps what its getter threw as the cause, and leaves its content out of the message', () =>
    withSilentDatabase([Flow], async (app) => {
      const error = await refusal(() =>
        app.workflows.start('flow', [
          {
            password: 's3cret',
            get total() {
              throw new RangeError('no total');
            },
          },
        ]),
      );
      expect(error).toMatchObject({ path: 'args[0].total', cause: { name: 'RangeError', message: 'no total' } });
      expect(`${(error as Error).message}${JSON.stringify((error as WorkflowsError).details)}`).not.toContain('s3cret');
    }));
});

describe('an argument that is too large', () => {
  const huge: Readonly<Record<string, () => unknown>> = {
    'a text of 100 MB': () => 'x'.repeat(100_000_000),
    'a text of 260 MB': () => ({ text: 'x'.repeat(260_000_000) }),
    '100 MB of bytes': () => ({ file: Buffer.alloc(100_000_000) }),
    'a key of 100 MB': () => ({ ['k'.repeat(100_000_000)]: 1 }),
    'a Map of 100 MB': () => new Map([[1, 'x'.repeat(100_000_000)]]),
    'an error with a message of 100 MB': () => Object.assign(new Error('x'), { message: 'x'.repeat(100_000_000) }),
    'a list of a billion holes': () => new Array(1_000_000_000),
  };

  it.each(Object.entries(huge))('(%s) is refused in no time, with its size and the limit', async (_, make) =>
    withSilentDatabase([Flow], async (app) => {
      const argument = make();
      const times: number[] = [];
      // The best of three: other test workers share the processor.
      for (let i = 0; i < 3; i++) {
        const began = performance.now();
        const error = await refusal(() => app.workflows.start('flow', [argument]));
        times.push(performance.now() - began);
        expect(error).toBeInstanceOf(PayloadTooLargeError);
        expect(error).toMatchObject({ name: 'PayloadTooLargeError', code: 'PAYLOAD_TOO_LARGE', limit: 2_097_152 });
        expect((error as PayloadTooLargeError).size).toBeGreaterThan(2_097_152);
        expect((error as Error).message).toMatch(/^The payload args takes .*\d+ bytes, more than the limit of 2097152\. /);
      }
      expect(Math.min(...times)).toBeLessThan(100);
    }),
  );

  it('among many starts none of them', () =>
    withSilentDatabase([Flow], async (app) => {
      const items = Array.from({ length: 1_500 }, (_, i) => ({ args: [i === 1_499 ? 'x'.repeat(3_000_000) : i] }));
      expect(await refusal(() => app.workflows.startMany('flow', items))).toBeInstanceOf(PayloadTooLargeError);
    }));
});

describe('arguments that are no list', () => {
  const call = (app: WorkflowApp, args: unknown): Promise<Run> =>
    Reflect.apply(app.workflows.start, app.workflows, ['flow', args]);
  const wrong: ReadonlyArray<[string, unknown]> = [
    ['null', null],
    ['a text', 'order-1'],
    ['an object', { id: 'order-1' }],
    ['an object with a length', { length: 1, 0: 'order-1' }],
    ['a Set', new Set([1])],
    ['bytes', new Uint8Array(3)],
    ['a function', () => []],
  ];

  it.each(wrong)('(%s) are refused before any SQL', async (_, args) =>
    withSilentDatabase([Flow], async (app) => {
      const error = await refusal(() => call(app, args));
      expect(error).toBeInstanceOf(WorkflowsError);
      expect(error).toMatchObject({ code: 'INVALID_START_TARGET' });
    }),
  );

  it('are refused with a message about the arguments, not about the workflow', () =>
    withSilentDatabase([Flow], async (app) => {
      const error = (await refusal(() => call(app, 'order-1'))) as Error;
      expect(error.message).toMatch(/arguments|args/);
      expect(error.message).not.toMatch(/workflow method itself/);
    }));
});
