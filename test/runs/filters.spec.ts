// What the filters of RunReader mean, and which are refused, before any SQL.
import { randomUUID } from 'node:crypto';
import { type ListRunsFilter, RunReader, WorkflowsError } from '../../lib/index.js';
import { type Call, expectCodes, withSilentDatabase } from '../bad-input/silent-database.js';
import { type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { AT, insertSeeded, newReader, seededRun, withStores } from './run-room.js';

const Flow = workflow('flow', (_wf, ...args: unknown[]) => args.length);

const readerOf = (app: Pick<ClusterApp, 'module'>) => app.module.get(RunReader, { strict: false });

describe('the filter input', () => {
  it(
    'finds runs one of whose arguments contains the value, as it was given',
    withCluster(async (cluster) => {
      const app = await cluster.app([Flow], { role: 'client' });
      const start = async (...args: unknown[]) => (await app.workflows.start('flow', args)).runId;
      const at = new Date(1_000);
      const runs = {
        order: await start({ order: 7, lines: [{ sku: 'a"b\\', n: 1 }, { sku: 'c' }], 'é🦀\u2028': 'ü' }),
        second: await start('x', { order: 70 }),
        text: await start('order-7'),
        number: await start(7),
        list: await start([1, 2, 3]),
        date: await start({ at, big: 12n, none: undefined, nul: null }),
        nothing: await start(),
        tag: await start({ $wf: ['mine'] }),
      };
      const names = new Map(Object.entries(runs).map(([name, runId]) => [runId, name]));
      const find = async (input: unknown) =>
        (await readerOf(app).list({ input })).runs.map(({ runId }) => names.get(runId)).reverse();
      expect(await find({ order: 7 })).toEqual(['order']);
      expect(await find({ lines: [{ sku: 'c' }] })).toEqual(['order']);
      expect(await find({ lines: [{ sku: 'a"b\\' }] })).toEqual(['order']);
      expect(await find({ 'é🦀\u2028': 'ü' })).toEqual(['order']);
      expect(await find({ order: 70 })).toEqual(['second']);
      expect(await find('order-7')).toEqual(['text']);
      expect(await find(7)).toEqual(['number']);
      expect(await find([3, 1])).toEqual(['list']);
      expect(await find([4])).toEqual([]);
      expect(await find({ at: new Date(1_000) })).toEqual(['date']);
      expect(await find({ at: new Date(1_001) })).toEqual([]);
      expect(await find({ big: 12n })).toEqual(['date']);
      expect(await find({ nul: null })).toEqual(['date']);
      expect(await find({ $wf: ['mine'] })).toEqual(['tag']);
      expect(await find({})).toEqual(['order', 'second', 'date', 'tag']);
      expect(await find({ order: '7' })).toEqual([]);
    }),
  );

  it(
    'passes over arguments that are damaged',
    withStores(async (room) => {
      await insertSeeded(room, [seededRun({ args: [{ order: 1 }] }), seededRun({ args: [{ order: 1 }], createdAt: AT - 1 })]);
      await room.rows(
        `update workflow_status set input = '[{"order":1' where created_at < timestamptz 'epoch' + $1 * interval '1 us'`,
        [AT],
      );
      expect((await newReader(room).list({ input: { order: 1 } })).runs).toHaveLength(1);
    }),
  );
});

describe('the filter nameContains', () => {
  it(
    'finds part of a name in any case, and means every character as it is',
    withStores(async (room) => {
      const names = ['orders.fulfil', 'Orders.Refund', '50%_off', 'back\\slash', 'ÄPFEL'];
      await insertSeeded(
        room,
        names.map((name, i) => seededRun({ name, createdAt: AT - i, status: i % 2 ? 'RUNNING' : 'SUCCESS' })),
      );
      const find = async (nameContains: string) =>
        (await newReader(room).list({ nameContains })).runs.map(({ workflowName }) => workflowName);
      expect(await find('ORDERS')).toEqual(['orders.fulfil', 'Orders.Refund']);
      expect(await find('%')).toEqual(['50%_off']);
      expect(await find('_')).toEqual(['50%_off']);
      expect(await find('\\')).toEqual(['back\\slash']);
      expect(await find('äpf')).toEqual(['ÄPFEL']);
      expect(await find('s.f')).toEqual(['orders.fulfil']);
      expect(await find('x.*')).toEqual([]);
      expect(await newReader(room).listNames()).toEqual([...names].sort());
    }),
  );
});

describe('a list', () => {
  it(
    'finds a run by the id of its starter, and shows whether it has a permit, but no payloads',
    withCluster(async (cluster) => {
      const app = await cluster.app([Flow], { role: 'client' });
      const { runId } = await app.workflows.start('flow', ['secret'], { id: 'order-7' });
      const uuid = randomUUID();
      await app.workflows.start('flow', [], { id: uuid });
      const list = async (filter: ListRunsFilter) => (await readerOf(app).list(filter)).runs;
      const [run, ...others] = await list({ externalId: 'order-7' });
      expect([run, others]).toMatchObject([{ runId, externalId: 'order-7', hasPermit: false, status: 'ENQUEUED' }, []]);
      for (const key of ['input', 'output', 'error', 'createdAtExact', 'scanned']) expect(run).not.toHaveProperty(key);
      expect(await list({ externalId: 'order-7', status: 'SUCCESS' })).toEqual([]);
      expect(await list({ externalId: uuid })).toMatchObject([{ runId: uuid }]);
      expect(await list({ externalId: 'order-8' })).toEqual([]);
      await cluster.rows(`update workflow_status set permit = true, status = 'RUNNING' where workflow_id = $1`, [runId]);
      expect(await list({ status: 'RUNNING' })).toMatchObject([{ runId, hasPermit: true }]);
    }),
  );
});

describe('a filter, an option of a page or of a count', () => {
  const list =
    (filter: unknown): Call =>
    (app) =>
      readerOf(app).list(filter as never);
  const count =
    (filter: unknown, options?: unknown): Call =>
    (app) =>
      readerOf(app).count(filter as never, options as never);
  const steps =
    (options: unknown): Call =>
    (app) =>
      readerOf(app).listStepsPage('id', options as never);
  const payload =
    (of: unknown): Call =>
    (app) =>
      readerOf(app).readPayload('id', of as never);

  it('that can not be meant is refused before any SQL', () =>
    withSilentDatabase([Flow], async (app) =>
      expectCodes(app, {
        'a slip': [list({ nameContain: 'x' }), 'UNKNOWN_OPTION'],
        'an empty nameContains': [list({ nameContains: '' }), 'INVALID_FILTER'],
        'a long nameContains': [list({ nameContains: 'x'.repeat(256) }), 'INVALID_FILTER'],
        'a list as nameContains': [list({ nameContains: ['x'] }), 'INVALID_FILTER'],
        'half a character in nameContains': [list({ nameContains: '\ud800' }), 'INVALID_FILTER'],
        'NUL in nameContains': [list({ nameContains: 'a\0' }), 'INVALID_FILTER'],
        'a function as input': [list({ input: () => 1 }), 'PAYLOAD_INVALID'],
        'too large an input': [list({ input: 'x'.repeat(10_001) }), 'INVALID_FILTER'],
        'an executor that is no uuid': [list({ executorId: 'me' }), 'INVALID_FILTER'],
        'an empty parentId': [list({ parentId: '' }), 'INVALID_ID'],
        'null as externalId': [list({ externalId: null }), 'INVALID_ID'],
        'a number as deduplicationId': [list({ deduplicationId: 1 }), 'INVALID_ID'],
        'a time as number': [list({ completedFrom: 1 }), 'INVALID_FILTER'],
        'an invalid time': [list({ completedBefore: new Date(Number.NaN) }), 'INVALID_FILTER'],
        'an empty errorCode': [list({ errorCode: '' }), 'INVALID_FILTER'],
        'a limit in a count': [count({ limit: 5 }), 'UNKNOWN_OPTION'],
        'a count up to 0': [count({}, { atMost: 0 }), 'INVALID_FILTER'],
        'a count up to more than there may be': [count({}, { atMost: 100_001 }), 'INVALID_FILTER'],
        'a slip in an option of a count': [count({}, { atmost: 5 }), 'UNKNOWN_OPTION'],
        'two queues to count by status': [(one) => readerOf(one).countByStatus({ queue: ['a'] } as never), 'INVALID_ID'],
        'a page of no steps': [steps({ limit: 0 }), 'INVALID_PAGE'],
        'a page of too many steps': [steps({ limit: 1_001 }), 'INVALID_PAGE'],
        'a page after a text': [steps({ after: '1' }), 'INVALID_PAGE'],
        'a page after a fraction': [steps({ after: 1.5 }), 'INVALID_PAGE'],
        'a size as text': [steps({ largestPayload: '64 kB' }), 'INVALID_PAGE'],
        'a slip in an option of a page': [steps({ largest: 1 }), 'UNKNOWN_OPTION'],
        'a page of messages after a number': [(one) => readerOf(one).listMessages('id', { after: 1 } as never), 'INVALID_PAGE'],
        'a size of a run': [(one) => readerOf(one).find('id', { largestPayload: -1 }), 'INVALID_PAGE'],
        'a payload of nothing': [payload({}), 'INVALID_PAGE'],
        'a payload of two places': [payload({ ordinal: 1, event: 1 }), 'INVALID_PAGE'],
        'a payload of another place': [payload('inputs'), 'INVALID_OPTION'],
        'a payload of an unknown place': [payload({ step: 1 }), 'UNKNOWN_OPTION'],
        'a payload of a negative ordinal': [payload({ ordinal: -1 }), 'INVALID_PAGE'],
        'waits of nobody': [(one) => readerOf(one).listWaits(''), 'INVALID_ID'],
      }),
    ));

  it('is refused by an error of the library', () =>
    withSilentDatabase([Flow], async (app) => {
      await expect(readerOf(app).list({ nameContains: '' })).rejects.toBeInstanceOf(WorkflowsError);
    }));
});
