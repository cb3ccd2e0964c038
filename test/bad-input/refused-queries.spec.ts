// What cancellations, filters and readers refuse: by type, before any SQL.
import { RunReader, WorkflowsError } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import type { WorkflowApp } from '../support/workflow-app.js';
import { type Call, expectCodes, refusal, withSilentDatabase } from './silent-database.js';

const Flow = workflow('flow', (_wf, ...args: unknown[]) => args);

const cancel = (app: WorkflowApp, ...args: unknown[]): Promise<boolean> =>
  Reflect.apply(app.workflows.cancel, app.workflows, args);
const list = (app: WorkflowApp, filter: unknown): Promise<unknown> => app.workflows.listRuns(filter as never);

/** No `toString`, no `valueOf`: what is turned into text carelessly throws. */
const bare = (): object => Object.create(null);
/** JSON can say this too. */
const NO_TEXT = { toString: 1 };

describe('an option of a cancellation', () => {
  it('that can not be meant is refused before any SQL', () =>
    withSilentDatabase([Flow], async (app) =>
      expectCodes(app, {
        'null as options': [(one) => cancel(one, 'order-1', null), 'INVALID_OPTION'],
        'a text as options': [(one) => cancel(one, 'order-1', 'why'), 'INVALID_OPTION'],
        'a slip': [(one) => cancel(one, 'order-1', { reasn: 'x' }), 'UNKNOWN_OPTION'],
        'an option of a later release': [(one) => cancel(one, 'order-1', { compensate: true }), 'UNKNOWN_OPTION'],
        'a number as id': [(one) => cancel(one, 42), 'INVALID_ID'],
        'undefined as id': [(one) => cancel(one, undefined), 'INVALID_ID'],
        'an object without a text as id': [(one) => cancel(one, bare()), 'INVALID_ID'],
      }),
    ));

  it.each(['reason', 'actor'])('is refused by type when the %s can not be made a text', async (option) =>
    withSilentDatabase([Flow], async (app) => {
      for (const value of [bare(), NO_TEXT])
        expect(await refusal(() => cancel(app, 'order-1', { [option]: value }))).toBeInstanceOf(WorkflowsError);
    }),
  );

  it('is none when the reason or the actor is null', () =>
    withCluster(async (cluster) => {
      const app = await cluster.app([Flow], { role: 'client' });
      const run = await app.workflows.start('flow');
      await cancel(app, run.runId, { reason: null, actor: null });
      expect(await cluster.rows('select actor, reason from audit_log')).toEqual([{ actor: 'api', reason: null }]);
    })());
});

describe('a filter of listRuns', () => {
  const filter =
    (value: unknown): Call =>
    (app) =>
      list(app, value);
  const cursor = (content: unknown) => filter({ cursor: Buffer.from(JSON.stringify(content)).toString('base64url') });
  const ID = '01890000-0000-7000-8000-000000000000';

  it('that can not be meant is refused before any SQL', () =>
    withSilentDatabase([Flow], async (app) =>
      expectCodes(app, {
        'null as filter': [filter(null), 'INVALID_OPTION'],
        'a slip': [filter({ statuss: 'ERROR' }), 'UNKNOWN_OPTION'],
        'the limit 0': [filter({ limit: 0 }), 'INVALID_FILTER'],
        'the limit -1': [filter({ limit: -1 }), 'INVALID_FILTER'],
        'the limit 1e9': [filter({ limit: 1e9 }), 'INVALID_FILTER'],
        'a bigint as limit': [filter({ limit: 5n }), 'INVALID_FILTER'],
        'an object without a text as limit': [filter({ limit: bare() }), 'INVALID_FILTER'],
        'a symbol as status': [filter({ status: Symbol('ERROR') }), 'INVALID_FILTER'],
        'a status among others': [filter({ status: ['ERROR', 'error'] }), 'INVALID_FILTER'],
        'null as name': [filter({ workflowName: null }), 'INVALID_ID'],
        'a name with NUL': [filter({ workflowName: ['flow', 'a\0b'] }), 'INVALID_ID'],
        'a time as text': [filter({ createdFrom: '2026-01-01' }), 'INVALID_FILTER'],
        'an invalid time': [filter({ createdBefore: new Date(Number.NaN) }), 'INVALID_FILTER'],
        'a nested attribute': [filter({ attributes: { a: [] } }), 'INVALID_ATTRIBUTES'],
        'an object as cursor': [filter({ cursor: {} }), 'INVALID_FILTER'],
        'an empty cursor': [filter({ cursor: '' }), 'INVALID_FILTER'],
        'a cursor of null': [cursor(null), 'INVALID_FILTER'],
        'a cursor with SQL': [cursor([`2026-01-01'; drop table x; --`, ID]), 'INVALID_FILTER'],
        'a cursor without a time': [cursor(['now', ID]), 'INVALID_FILTER'],
        'a cursor with a list for a time': [cursor([['2026-01-01T00:00:00.000000Z'], ID]), 'INVALID_FILTER'],
        'a cursor without an id': [cursor(['2026-01-01T00:00:00.000000Z', 'x']), 'INVALID_FILTER'],
      }),
    ));

  it.each(['2026-02-30T00:00:00.000000Z', '0000-01-01T00:00:00.000000Z'])(
    'is refused by type when its cursor has a time that does not exist: %s',
    async (time) =>
      withCluster(async (cluster) => {
        const app = await cluster.app([Flow], { role: 'client' });
        expect(await refusal(() => cursor([time, ID])(app))).toMatchObject({ code: 'INVALID_FILTER' });
      })(),
  );

  it('is refused by type when its time is before those that Postgres knows', () =>
    withCluster(async (cluster) => {
      const app = await cluster.app([Flow], { role: 'client' });
      const time = new Date(-8.64e15);
      expect(await refusal(() => list(app, { createdFrom: time }))).toMatchObject({
        code: expect.stringMatching(/^INVALID_(FILTER|DURATION)$/),
      });
    })());
});

describe('an id of a run', () => {
  it('that can not be one is refused by every reader before any SQL', () =>
    withSilentDatabase([Flow], async (app) => {
      const reader = app.module.get(RunReader, { strict: false });
      for (const id of [
        '',
        ' ',
        'a\0b',
        '\ud800',
        'x'.repeat(10_000),
        42,
        null,
        undefined,
        bare(),
        ['a'],
        new String('a'),
      ] as string[])
        for (const read of [
          () => app.workflows.getRun(id),
          () => app.workflows.cancel(id),
          () => reader.find(id),
          () => reader.listSteps(id),
          () => reader.listEvents(id),
        ])
          expect(await refusal(read)).toMatchObject({ name: 'InvalidIdError', code: 'INVALID_ID' });
    }));
});
