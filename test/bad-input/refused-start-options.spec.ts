// Options of a start that can't be meant: refused by type before any SQL, naming the option. What is not looked at is a bug here, not a
// default: a forgotten check shows as a TypeError, an error of Postgres, or a run that nobody asked for.
import { type Run, WorkflowsError } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import type { WorkflowApp } from '../support/workflow-app.js';
import { type Call, expectCodes, refusal, withSilentDatabase } from './silent-database.js';

const Flow = workflow('flow', (_wf, ...args: unknown[]) => args);

const start = (app: WorkflowApp, ...args: unknown[]): Promise<Run> => Reflect.apply(app.workflows.start, app.workflows, args);
const startMany = (app: WorkflowApp, ...args: unknown[]): Promise<Run[]> =>
  Reflect.apply(app.workflows.startMany, app.workflows, args);
const list = (app: WorkflowApp, filter: unknown): Promise<unknown> => app.workflows.listRuns(filter as never);

/** No `toString`, no `valueOf`: what is turned into text carelessly throws. */
const bare = (): object => Object.create(null);
/** JSON can say this too. */
const NO_TEXT = { toString: 1 };

class Labels {
  readonly site = 'north';
}
class Renamed {
  toJSON(): object {
    return { site: 'a\0b' };
  }
}

describe('an option of a start', () => {
  it('that can not be meant is refused before any SQL', () =>
    withSilentDatabase([Flow], async (app) => {
      const option =
        (options: unknown): Call =>
        (one) =>
          start(one, 'flow', [1], options);
      await expectCodes(app, {
        'null as options': [option(null), 'INVALID_OPTION'],
        'a text as options': [option('order-1'), 'INVALID_OPTION'],
        'a list as options': [option([{ id: 'a' }]), 'INVALID_OPTION'],
        'a function as options': [option(() => ({})), 'INVALID_OPTION'],
        'a slip': [option({ prority: 1 }), 'UNKNOWN_OPTION'],
        'a text as allowDuringMaintenance': [option({ allowDuringMaintenance: 'yes' }), 'INVALID_OPTION'],
        'null as queue': [option({ queue: null }), 'INVALID_ID'],
        'an empty queue': [option({ queue: '' }), 'INVALID_ID'],
        'an object as queue': [option({ queue: { name: 'q' } }), 'INVALID_ID'],
        'null as partitionKey': [option({ partitionKey: null }), 'INVALID_ID'],
        'an empty partitionKey': [option({ partitionKey: '' }), 'INVALID_ID'],
        'a number as partitionKey': [option({ partitionKey: 7 }), 'INVALID_ID'],
        'a partitionKey of 256 characters': [option({ partitionKey: 'x'.repeat(256) }), 'INVALID_ID'],
        'null as deduplicationId': [option({ deduplicationId: null }), 'INVALID_ID'],
        'a NUL in the deduplicationId': [option({ deduplicationId: 'a\0' }), 'INVALID_ID'],
        'an unknown deduplicationPolicy': [option({ deduplicationId: 'a', deduplicationPolicy: 'return' }), 'INVALID_OPTION'],
        'a deduplicationPolicy without an id': [option({ deduplicationPolicy: 'return-existing' }), 'INVALID_OPTION'],
        'a text as debounce': [option({ debounce: '1s' }), 'INVALID_OPTION'],
        'an own key __proto__': [option(JSON.parse('{"__proto__":{"id":"x"}}')), 'UNKNOWN_OPTION'],
        'the priority 2^31': [option({ priority: 2 ** 31 }), 'INVALID_OPTION'],
        'the priority -2^31 - 1': [option({ priority: -(2 ** 31) - 1 }), 'INVALID_OPTION'],
        'the priority 1.5': [option({ priority: 1.5 }), 'INVALID_OPTION'],
        'the priority NaN': [option({ priority: Number.NaN }), 'INVALID_OPTION'],
        'a bigint as priority': [option({ priority: 1n }), 'INVALID_OPTION'],
        'a symbol as priority': [option({ priority: Symbol('1') }), 'INVALID_OPTION'],
        'null as priority': [option({ priority: null }), 'INVALID_OPTION'],
        'the delay -1': [option({ delay: -1 }), 'INVALID_DURATION'],
        'the delay Infinity': [option({ delay: Number.POSITIVE_INFINITY }), 'INVALID_DURATION'],
        'a delay of 101 years': [option({ delay: '36890d' }), 'INVALID_DURATION'],
        'null as delay': [option({ delay: null }), 'INVALID_DURATION'],
        'a Date as delay': [option({ delay: new Date() }), 'INVALID_DURATION'],
        'an object without a text as delay': [option({ delay: bare() }), 'INVALID_DURATION'],
        'the timeout 0': [option({ timeout: 0 }), 'INVALID_DURATION'],
        'the timeout NaN': [option({ timeout: Number.NaN }), 'INVALID_DURATION'],
        'null as id': [option({ id: null }), 'INVALID_ID'],
        'an object without a text as id': [option({ id: bare() }), 'INVALID_ID'],
        'null as attributes': [option({ attributes: null }), 'INVALID_ATTRIBUTES'],
        'a list as attributes': [option({ attributes: [['a', 1]] }), 'INVALID_ATTRIBUTES'],
        'a nested attribute': [option({ attributes: { a: {} } }), 'INVALID_ATTRIBUTES'],
        'a Date as attribute': [option({ attributes: { at: new Date() } }), 'INVALID_ATTRIBUTES'],
        'undefined as attribute': [option({ attributes: { a: undefined } }), 'INVALID_ATTRIBUTES'],
        'NaN as attribute': [option({ attributes: { a: Number.NaN } }), 'INVALID_ATTRIBUTES'],
        'a bigint as attribute': [option({ attributes: { a: 1n } }), 'INVALID_ATTRIBUTES'],
        'a NUL in an attribute': [option({ attributes: { a: '\0' } }), 'INVALID_ATTRIBUTES'],
        'half of a surrogate pair in an attribute': [option({ attributes: { a: '\ud800' } }), 'INVALID_ATTRIBUTES'],
        'an attribute of 1,001 characters': [option({ attributes: { a: 'x'.repeat(1_001) } }), 'INVALID_ATTRIBUTES'],
        'an attribute without a name': [option({ attributes: { '': 1 } }), 'INVALID_ID'],
        'a name of an attribute of 10 KB': [option({ attributes: { ['x'.repeat(10_000)]: 1 } }), 'INVALID_ID'],
        'a NUL in the name of an attribute': [option({ attributes: { 'a\0': 1 } }), 'INVALID_ID'],
        'a toJSON among the attributes': [option({ attributes: { toJSON: () => ({}) } }), 'INVALID_ATTRIBUTES'],
      });
    }));

  it('at its very end is taken as it is', () =>
    withCluster(async (cluster) => {
      const app = await cluster.app([Flow], { role: 'client' });
      const attributes = {
        ['n'.repeat(255)]: '🦀'.repeat(500),
        max: Number.MAX_VALUE,
        min: 5e-324,
        no: null,
        yes: true,
        __proto: '',
      };
      for (const priority of [2 ** 31 - 1, -(2 ** 31) + 1, -0])
        await start(app, 'flow', [], { priority, attributes, id: `p${priority}`, delay: '36525d', timeout: '36525d' });
      const rows = await cluster.rows('select priority, attributes, timeout_ms, status from workflow_status order by priority');
      const row = { attributes, timeout_ms: 3_155_760_000_000, status: 'DELAYED' };
      expect(rows).toEqual([-(2 ** 31) + 1, 0, 2 ** 31 - 1].map((priority) => ({ ...row, priority })));
    })());

  it.each<[string, unknown]>([
    ['an object without a prototype', bare()],
    ['an object whose toString is no function', NO_TEXT],
  ])('is refused by type when it is a priority (%s) that can not be made a text', async (_, priority) =>
    withSilentDatabase([Flow], async (app) =>
      expect(await refusal(() => start(app, 'flow', [1], { priority }))).toMatchObject({ code: 'INVALID_OPTION' }),
    ),
  );

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'default'],
    ['an object', {}],
  ])('is refused by type when it is a manager (%s) that is none', async (_, manager) =>
    withSilentDatabase([Flow], async (app) => {
      for (const call of [() => start(app, 'flow', [1], { manager }), () => startMany(app, 'flow', [{ args: [1] }], { manager })])
        expect(await refusal(call)).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining('manager') });
    }),
  );

  it.each<[string, unknown]>([
    ['a Date', new Date(0)],
    ['a Map', new Map([['site', 'north']])],
    ['a promise', Promise.resolve({ site: 'north' })],
    ['an object whose class has a toJSON', new Renamed()],
    ['bytes', Buffer.from('ab')],
    ['a text as an object', new String('ab')],
    ['an error', Object.assign(new Error('x'), { code: 'E' })],
    ['a proxy', new Proxy({ site: 'north' }, {})],
  ])('is refused by type when its attributes are no plain object but %s', async (_, attributes) =>
    withSilentDatabase([Flow], async (app) => {
      expect(await refusal(() => start(app, 'flow', [1], { attributes }))).toMatchObject({ code: 'INVALID_ATTRIBUTES' });
      expect(await refusal(() => list(app, { attributes }))).toMatchObject({ code: 'INVALID_ATTRIBUTES' });
    }),
  );

  it('may be attributes of a class, which are read by their own keys', () =>
    withCluster(async (cluster) => {
      const app = await cluster.app([Flow], { role: 'client' });
      await start(app, 'flow', [], { attributes: new Labels() });
      expect(await cluster.rows('select attributes from workflow_status')).toEqual([{ attributes: { site: 'north' } }]);
    })());

  it.each<[string, unknown]>([
    ['a Map', new Map([['id', 'order-1']])],
    ['a promise that nobody awaited', Promise.resolve({ id: 'order-1' })],
    ['a Date', new Date(0)],
    ['parameters of a url', new URLSearchParams({ id: 'order-1' })],
    ['an instance of a class', new Labels()],
  ])('is not dropped without a word when the options are %s', async (_, options) =>
    withSilentDatabase([Flow], async (app) =>
      expect(await refusal(() => start(app, 'flow', [1], options))).toMatchObject({ code: 'INVALID_OPTION' }),
    ),
  );

  it('or a name that is unknown is quoted in the message: one line, no control characters, cut', () =>
    withSilentDatabase([Flow], async (app) => {
      for (const name of ['a\n\u001b[31mb\0c', 'x'.repeat(100_000)])
        for (const call of [() => start(app, 'flow', [1], { [name]: 1 }), () => start(app, name)]) {
          const { message } = (await refusal(call)) as Error;
          expect(message.length).toBeLessThan(1_000);
          expect(message).not.toMatch(/\p{Cc}/u);
        }
    }));
});

describe('an item of startMany', () => {
  const many =
    (items: unknown, options?: unknown): Call =>
    (app) =>
      startMany(app, 'flow', items, options);

  it('that can not be meant is refused before any SQL, and none is started', () =>
    withSilentDatabase([Flow], async (app) =>
      expectCodes(app, {
        'without arguments': [many([{ args: [1] }, {}]), 'INVALID_START_TARGET'],
        'with arguments that are no list': [many([{ args: [1] }, { args: 'order-1' }]), 'INVALID_START_TARGET'],
        'with a slip in its options': [many([{ args: [1] }, { args: [], options: { idd: 'a' } }]), 'UNKNOWN_OPTION'],
        'with a bad id': [many([{ args: [1] }, { args: [], options: { id: ' ' } }]), 'INVALID_ID'],
        'with a bad partitionKey': [many([{ args: [1] }, { args: [], options: { partitionKey: '' } }]), 'INVALID_ID'],
        'with a debounce': [
          many([{ args: [1] }, { args: [], options: { debounce: { key: 'k', period: 5 } } }]),
          'INVALID_OPTION',
        ],
        'with a manager': [many([{ args: [1] }, { args: [], options: { manager: {} } }]), 'INVALID_OPTION'],
        'beside null as options': [many([{ args: [1] }], null), 'INVALID_OPTION'],
        'beside a slip in the options': [many([{ args: [1] }], { manger: {} }), 'UNKNOWN_OPTION'],
      }),
    ));

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['an object', {}],
    ['a list with null', [null]],
    ['a list with a hole', new Array(1)],
  ])('is refused by type when the items are %s', async (_, items) =>
    withSilentDatabase([Flow], async (app) => expect(await refusal(() => many(items)(app))).toBeInstanceOf(WorkflowsError)),
  );

  it.each<[string, Call]>([
    ['an id beside the arguments', many([{ args: [1], id: 'order-1' }])],
    ['options that are null', many([{ args: [1], options: null }])],
    ['options that are a number', many([{ args: [1], options: 42 }])],
    ['a priority for the whole call', many([{ args: [1] }], { priority: 5 })],
  ])('is refused, not started without it, when it has %s', async (_, call) =>
    withSilentDatabase([Flow], async (app) =>
      expect(await refusal(() => call(app))).toMatchObject({ code: expect.stringMatching(/^(INVALID|UNKNOWN)_OPTION$/) }),
    ),
  );
});
