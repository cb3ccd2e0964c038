// Settings of queues that can't be meant: refused by type before any SQL, naming the option.
import { type QueueLimits, type QueueOptions, WorkflowsError, WorkflowsModule } from '../../lib/index.js';
import { type Call, expectCodes, refusal, withSilentDatabase } from '../bad-input/silent-database.js';
import { workflow } from '../engine/cluster.js';

const flow = workflow('flow', () => 'done');

/** Each with its code; the same wherever a queue is described. */
const BAD_LIMITS: Readonly<Record<string, readonly [unknown, string]>> = {
  'a slip': [{ concurency: 1 }, 'UNKNOWN_OPTION'],
  'the concurrency 0': [{ concurrency: 0 }, 'INVALID_QUEUE_OPTION'],
  'the concurrency -1': [{ concurrency: -1 }, 'INVALID_QUEUE_OPTION'],
  'the concurrency 1.5': [{ concurrency: 1.5 }, 'INVALID_QUEUE_OPTION'],
  'the concurrency NaN': [{ concurrency: Number.NaN }, 'INVALID_QUEUE_OPTION'],
  'a concurrency without end': [{ concurrency: Number.POSITIVE_INFINITY }, 'INVALID_QUEUE_OPTION'],
  'the concurrency 2^31': [{ concurrency: 2 ** 31 }, 'INVALID_QUEUE_OPTION'],
  'a text as concurrency': [{ concurrency: '5' }, 'INVALID_QUEUE_OPTION'],
  'a bigint as concurrency': [{ concurrency: 5n }, 'INVALID_QUEUE_OPTION'],
  'the workerConcurrency 0': [{ workerConcurrency: 0 }, 'INVALID_QUEUE_OPTION'],
  'a list as workerConcurrency': [{ workerConcurrency: [1] }, 'INVALID_QUEUE_OPTION'],
  'the partitionConcurrency 0': [{ partitionConcurrency: 0 }, 'INVALID_QUEUE_OPTION'],
  'null as partitionConcurrency': [{ partitionConcurrency: null }, 'INVALID_QUEUE_OPTION'],
  'a text as releaseWhileWaiting': [{ releaseWhileWaiting: 'yes' }, 'INVALID_QUEUE_OPTION'],
  'null as releaseWhileWaiting': [{ releaseWhileWaiting: null }, 'INVALID_QUEUE_OPTION'],
  'a number as rateLimit': [{ rateLimit: 10 }, 'INVALID_OPTION'],
  'a slip in the rateLimit': [{ rateLimit: { limit: 1, perod: 1_000 } }, 'UNKNOWN_OPTION'],
  'a rateLimit without a limit': [{ rateLimit: { period: 1_000 } }, 'INVALID_QUEUE_OPTION'],
  'the rate 0': [{ rateLimit: { limit: 0, period: 1_000 } }, 'INVALID_QUEUE_OPTION'],
  'a rateLimit without a period': [{ rateLimit: { limit: 1 } }, 'INVALID_DURATION'],
  'a period that is too short': [{ rateLimit: { limit: 1, period: 99 } }, 'INVALID_DURATION'],
  'a period that is too long': [{ rateLimit: { limit: 1, period: '367d' } }, 'INVALID_DURATION'],
  'a text that is no period': [{ rateLimit: { limit: 1, period: 'often' } }, 'INVALID_DURATION'],
};

const BAD_NAMES: Readonly<Record<string, unknown>> = {
  'no name': undefined,
  'an empty name': '',
  'a name of spaces': ' ',
  'null as name': null,
  'a number as name': 1,
  'a NUL in the name': 'a\0',
  'a name of 256 characters': 'x'.repeat(256),
};

const BAD_ACTIONS: Readonly<Record<string, readonly [unknown, string]>> = {
  'a text as action': ['ann', 'INVALID_OPTION'],
  'null as action': [null, 'INVALID_OPTION'],
  'a slip in the action': [{ reasn: 'x' }, 'UNKNOWN_OPTION'],
  'an object as actor': [{ actor: {} }, 'INVALID_OPTION'],
  'a list as reason': [{ reason: ['x'] }, 'INVALID_OPTION'],
};

const declared = (queues: unknown) => () => WorkflowsModule.forRoot({ queues: queues as QueueOptions[] });
const registered =
  (...queues: unknown[]) =>
  () =>
    WorkflowsModule.registerQueue(...(queues as QueueOptions[]));

async function codeOf(call: () => unknown): Promise<unknown> {
  const error = await refusal(call);
  return error instanceof WorkflowsError ? error.code : error;
}

describe('a limit of a queue that can not be meant', () => {
  it.each(Object.entries(BAD_LIMITS))('is refused where the queue is declared, by type: %s', async (_, [limits, code]) => {
    const queue = { name: 'q', ...(limits as QueueLimits) };
    expect(await codeOf(declared([{ name: 'fine' }, queue]))).toBe(code);
    expect(await codeOf(registered({ name: 'fine' }, queue))).toBe(code);
  });

  it('is refused at run time before any SQL', () =>
    withSilentDatabase([flow], async (app) => {
      const table: Record<string, readonly [Call, string]> = {};
      for (const [what, [limits, code]] of Object.entries(BAD_LIMITS)) {
        table[`create: ${what}`] = [({ workflows }) => workflows.queues.create({ name: 'q', ...(limits as object) }), code];
        table[`update: ${what}`] = [({ workflows }) => workflows.queues.update('default', limits as QueueLimits), code];
      }
      await expectCodes(app, table);
    }));

  it('is named in the message, with what it has to be and what was found', async () => {
    const messageOf = async (limits: object) => ((await refusal(declared([{ name: 'q', ...limits }]))) as Error).message;
    expect(await messageOf({ concurrency: 0 })).toMatch(/"concurrency".* whole number from 1 .*not .*0/);
    expect(await messageOf({ concurency: 1 })).toMatch(/"concurency".*"concurrency"/);
    expect(await messageOf({ rateLimit: { limit: 0, period: 500 } })).toMatch(/"rateLimit\.limit"/);
    expect(await messageOf({ rateLimit: { limit: 1, period: 5 } })).toMatch(/rateLimit\.period/);
    expect(await messageOf({ releaseWhileWaiting: 1 })).toMatch(/"releaseWhileWaiting".*true or false/);
  });
});

describe('a name of a queue that can not be meant', () => {
  it.each(Object.entries(BAD_NAMES))('is refused where the queue is declared: %s', async (_, name) => {
    expect(await codeOf(declared([{ name }]))).toBe('INVALID_ID');
    expect(await codeOf(registered({ name }))).toBe('INVALID_ID');
    if (name !== undefined) expect(await codeOf(() => workflow('w', () => 1, { queue: name as string }))).toBe('INVALID_ID');
  });

  it('is refused at run time before any SQL', () =>
    withSilentDatabase([flow], async (app) => {
      const table: Record<string, readonly [Call, string]> = {};
      for (const [what, name] of Object.entries(BAD_NAMES)) {
        table[`create: ${what}`] = [({ workflows }) => workflows.queues.create({ name } as QueueOptions), 'INVALID_ID'];
        for (const action of ['pause', 'resume'] as const)
          table[`${action}: ${what}`] = [({ workflows }) => workflows.queues[action](name as string), 'INVALID_ID'];
        table[`update: ${what}`] = [({ workflows }) => workflows.queues.update(name as string, {}), 'INVALID_ID'];
      }
      await expectCodes(app, table);
    }));

  it('is refused when it is given twice', async () => {
    expect(await refusal(declared([{ name: 'q' }, { name: 'r' }, { name: 'q' }]))).toMatchObject({
      code: 'INVALID_QUEUE_OPTION',
      message: expect.stringMatching(/"q" is declared twice/),
    });
    expect(await codeOf(registered({ name: 'q' }, { name: 'q' }))).toBe('INVALID_QUEUE_OPTION');
  });
});

describe('what is no queue at all', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'q'],
    ['an object', { name: 'q' }],
    ['a set', new Set([{ name: 'q' }])],
    ['a list of texts', ['q']],
    ['a list with a hole', new Array(1)],
  ])('is refused as `queues`, never taken for none: %s', async (_, queues) => {
    expect(await codeOf(declared(queues))).toMatch(/^INVALID_(QUEUE_)?OPTION$/);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'q'],
    ['a list with a number', [1]],
    ['a list with an empty name', ['']],
  ])('is refused as `serveQueues`: %s', async (_, serveQueues) => {
    expect(await codeOf(() => WorkflowsModule.forRoot({ serveQueues: serveQueues as string[] }))).toMatch(
      /^INVALID_(OPTION|ID)$/,
    );
  });

  it('is refused at run time before any SQL, as is an action that can not be meant', () =>
    withSilentDatabase([flow], async (app) => {
      const table: Record<string, readonly [Call, string]> = {
        'create nothing': [({ workflows }) => workflows.queues.create(undefined as never), 'INVALID_OPTION'],
        'create null': [({ workflows }) => workflows.queues.create(null as never), 'INVALID_OPTION'],
        'create a name': [({ workflows }) => workflows.queues.create('q' as never), 'INVALID_OPTION'],
        'update nothing': [({ workflows }) => workflows.queues.update('default', undefined as never), 'INVALID_OPTION'],
        'update the name': [({ workflows }) => workflows.queues.update('default', { name: 'q' } as never), 'UNKNOWN_OPTION'],
      };
      for (const [what, [action, code]] of Object.entries(BAD_ACTIONS)) {
        table[`create: ${what}`] = [({ workflows }) => workflows.queues.create({ name: 'q' }, action as never), code];
        table[`update: ${what}`] = [({ workflows }) => workflows.queues.update('default', {}, action as never), code];
        table[`pause: ${what}`] = [({ workflows }) => workflows.queues.pause('default', action as never), code];
        table[`resume: ${what}`] = [({ workflows }) => workflows.queues.resume('default', action as never), code];
      }
      await expectCodes(app, table);
    }));
});
