// What a bulk job takes for a refusal, for the failure of one run, for its own, and for none; and what is refused before it is one.
import { randomUUID } from 'node:crypto';
import type { BulkAction, NewBulkJobOptions } from '../../lib/index.js';
import { WorkflowsError } from '../../lib/kernel/workflows.error.js';
import { OutageWait } from '../../lib/operations/bulk/outage-wait.js';
import { expectCodes, refusal, withSilentDatabase } from '../bad-input/silent-database.js';
import { withCluster } from '../engine/cluster.js';
import { withProxiedApp } from '../queues/proxied-app.js';
import { eventually } from '../support/eventually.js';
import { ManualClock, turnsPass } from '../unit/manual-clock.js';
import { audits, bulkOf, enqueued, inOrder, lockRuns, OFFICE, over, timesTouched, waiting } from './bulk-room.js';

describe('a bulk job', () => {
  it(
    'goes on past a run that can only fail, and counts it',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      const [broken = ''] = await enqueued(app, 600);
      await cluster.rows(
        `update workflow_status set status = 'ERROR', completed_at = clock_timestamp(), error = '{"message":"m"}' where workflow_id <> $1`,
        [broken],
      );
      await cluster.rows(
        `update workflow_status set status = 'ERROR', completed_at = clock_timestamp(), error = 'no json', started_at = created_at where workflow_id = $1`,
        [broken],
      );
      await cluster.rows(
        `insert into operation_outputs (workflow_id, ordinal, seq, frontier, kind, name, error, started_at, completed_at)
         values ($1, 0, 0, 1, 'step', 's', '{"message":"m"}', now(), now())`,
        [broken],
      );
      const job = await over(app, await bulkOf(app).create({ action: { command: 'RESET' }, filter: { status: 'ERROR' } }));
      expect(job).toMatchObject({ status: 'DONE', matched: 600, done: 599, refused: 0, failed: 1, error: null });
      expect(job.refusals).toEqual([{ runId: broken, code: '22P02' }]);
    }),
  );

  it(
    'that can do nothing at all fails, with the code of the error, and takes no further page',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      await enqueued(app, 1_200);
      await cluster.rows('alter function set_legal_hold rename to gone');
      const job = await over(app, await bulkOf(app).create({ action: { legalHold: true }, filter: { queue: 'default' } }));
      expect(job).toMatchObject({ status: 'FAILED', matched: 500, done: 0, error: { code: '42883' } });
      expect(job.error?.message).toContain('set_legal_hold');
      expect(job.failed).toBeGreaterThan(0);
      expect((await audits(cluster)).at(-1)).toMatchObject({ action: 'BULK_END', after: { status: 'FAILED', error: '42883' } });
    }),
  );

  it(
    'waits while the database is away, and does each run once',
    withCluster(async (cluster) => {
      await withProxiedApp(cluster, [waiting], OFFICE, async (app, proxy) => {
        const runs = await app.workflows.startMany(
          'waiting',
          Array.from({ length: 700 }, () => ({ args: [] })),
        );
        expect(runs).toHaveLength(700);
        const [locked = ''] = await inOrder(cluster);
        const unlock = await lockRuns(cluster, [locked]);
        const job = await bulkOf(app).create({ action: { command: 'HOLD' }, filter: { workflowName: 'waiting' } });
        await eventually(async () => expect(await cluster.count("workflow_status where status = 'HELD'")).toBe(499));
        proxy.cut();
        await unlock();
        proxy.heal();
        const done = await over(app, job);
        expect(done).toMatchObject({ status: 'DONE', matched: 700, done: 700, refused: 0, failed: 0 });
        expect(await timesTouched(cluster, job)).toEqual([[1, 700]]);
      });
    }),
  );

  it.each<[string, BulkAction, string]>([
    ['commands', { command: 'HOLD' }, "status = 'HELD'"],
    ['cancellations', { cancel: {} }, "status = 'CANCELLED'"],
    ['legal hold', { legalHold: true }, 'legal_hold'],
    ['priorities', { priority: 3 }, 'priority = 3'],
  ])('says of a run that was deleted meanwhile that it is not found: %s', (_name, action, changed) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      const [, deleted = ''] = await enqueued(app, 3);
      const client = await cluster.schema.pool.connect();
      await client.query('begin');
      await client.query('delete from workflow_status where workflow_id = $1', [deleted]);
      const job = await bulkOf(app).create({ action, filter: { workflowName: 'waiting' } });
      await eventually(async () => expect(await cluster.count(`workflow_status where ${changed}`)).toBe(2));
      await client.query('commit');
      client.release();
      const done = await over(app, job);
      expect(done).toMatchObject({ status: 'DONE', matched: 3, done: 2, refused: 1, failed: 0 });
      expect(done.refusals).toEqual([{ runId: deleted, code: 'RUN_NOT_FOUND' }]);
    })(),
  );

  it(
    'takes an input of any kind for a restriction, and no attributes for none',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      await app.workflows.startMany('waiting', [{ args: [{ order: 1 }] }, { args: ['text'] }, { args: [] }]);
      const action = { legalHold: true };
      expect(await bulkOf(app).preview({ input: {} }, action)).toMatchObject({ matched: 1 });
      expect(await bulkOf(app).preview({ attributes: {} }, action)).toMatchObject({ matched: 3 });
      expect(await over(app, await bulkOf(app).create({ action, filter: { input: {} } }))).toMatchObject({ matched: 1, done: 1 });
      const all = await over(app, await bulkOf(app).create({ action, filter: { input: undefined }, all: true }));
      expect(all).toMatchObject({ matched: 3, done: 3 });
    }),
  );

  it('outlasts an outage, also one that an error of ours is about, and ends with the process', async () => {
    const clock = new ManualClock();
    const wait = new OutageWait(clock);
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const failures: unknown[] = [refused, new WorkflowsError('E', 'COMMAND_SEND_FAILED', 'm', { cause: refused }), refused];
    let tries = 0;
    const work = async () => {
      tries++;
      if (failures.length > 0) throw failures.shift();
      return 'done';
    };
    const outlasted = wait.outlast(work);
    for (let i = 0; i < 3; i++) {
      await turnsPass();
      clock.advance(500);
    }
    expect([await outlasted, tries]).toEqual(['done', 4]);
    const timeout = new WorkflowsError('E', 'INVALID_OPTION', 'option "timeout" is none');
    await expect(wait.outlast(() => Promise.reject(timeout))).rejects.toBe(timeout);
    const never = wait.outlast(() => Promise.reject(refused));
    await turnsPass();
    wait.end();
    await expect(never).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});

describe('what is no bulk job', () => {
  const order = (more: object): NewBulkJobOptions => ({ action: { command: 'HOLD' }, filter: { queue: 'q' }, ...more }) as never;
  const acting = (action: unknown) => order({ action: action as BulkAction });
  const TABLE: Array<[string, unknown, string, RegExp]> = [
    ['nothing', undefined, 'INVALID_OPTION', /plain object/],
    ['no action', order({ action: undefined }), 'INVALID_OPTION', /plain object/],
    ['an empty action', acting({}), 'INVALID_OPTION', /one of command, cancel, legalHold, priority, not none/],
    ['two actions', acting({ cancel: {}, legalHold: true }), 'INVALID_OPTION', /not cancel and legalHold/],
    ['an unknown action', acting({ delete: true }), 'UNKNOWN_OPTION', /"delete"/],
    ['a misspelt command', acting({ command: 'HOLDD' }), 'UNKNOWN_COMMAND', /HOLD/],
    ['a command that is no name', acting({ command: 7 }), 'INVALID_OPTION', /name/],
    ['a timeout for HOLD', acting({ command: 'HOLD', timeout: '5m' }), 'INVALID_OPTION', /STOP/],
    ['a bad timeout', acting({ command: 'STOP', timeout: 'soon' }), 'INVALID_DURATION', /timeout/],
    ['data for a cancellation', acting({ cancel: {}, data: 1 }), 'INVALID_OPTION', /for a command/],
    ['data that is no payload', acting({ command: 'CLEAN', data: () => 1 }), 'PAYLOAD_INVALID', /data/],
    ['a cancellation that is no object', acting({ cancel: true }), 'INVALID_OPTION', /plain object/],
    ['an unknown option of a cancellation', acting({ cancel: { reason: 'x' } }), 'UNKNOWN_OPTION', /reason/],
    ['children that are no boolean', acting({ cancel: { children: 1 } }), 'INVALID_OPTION', /children/],
    ['a legal hold that is no boolean', acting({ legalHold: 'yes' }), 'INVALID_OPTION', /legalHold/],
    ['a priority that is no number', acting({ priority: 1.5 }), 'INVALID_OPTION', /priority/],
    ['no filter', order({ filter: undefined }), 'INVALID_OPTION', /filter/],
    ['an empty filter', order({ filter: {} }), 'BULK_FILTER_REQUIRED', /all: true/],
    ['a filter of nothing but undefined', order({ filter: { status: undefined } }), 'BULK_FILTER_REQUIRED', /all: true/],
    ['a filter of no attributes', order({ filter: { attributes: {} } }), 'BULK_FILTER_REQUIRED', /all: true/],
    ['a filter of no input', order({ filter: { input: undefined, attributes: {} } }), 'BULK_FILTER_REQUIRED', /all: true/],
    ['all of any attributes', order({ filter: { attributes: {} }, all: true }), 'INVALID_OPTION', /empty filter/],
    ['all of no status', order({ filter: { status: [] }, all: true }), 'INVALID_OPTION', /empty filter/],
    ['all of any input', order({ filter: { input: {} }, all: true }), 'INVALID_OPTION', /empty filter/],
    ['all of some', order({ all: true }), 'INVALID_OPTION', /empty filter/],
    ['all that is no boolean', order({ filter: {}, all: 1 }), 'INVALID_OPTION', /all/],
    ['an unknown key of the filter', order({ filter: { stauts: 'HELD' } }), 'UNKNOWN_OPTION', /stauts/],
    ['an unknown status in the filter', order({ filter: { status: 'DONE' } }), 'INVALID_FILTER', /status/],
    ['a limit in the filter', order({ filter: { queue: 'q', limit: 5 } }), 'INVALID_OPTION', /limit/],
    ['a cursor in the filter', order({ filter: { queue: 'q', cursor: 'x' } }), 'INVALID_OPTION', /cursor/],
    ['an unknown option', order({ dryRun: true }), 'UNKNOWN_OPTION', /dryRun/],
    ['an actor that is no text', order({ actor: {} }), 'INVALID_OPTION', /actor/],
    ['a bad request id', order({ requestId: ' x' }), 'INVALID_ID', /requestId/],
    ['a bad idempotency key', order({ idempotencyKey: '' }), 'INVALID_ID', /idempotencyKey/],
  ];

  it('is refused before any SQL, by type', () =>
    withSilentDatabase([waiting], async (app) => {
      const found: unknown[] = [];
      for (const [name, given] of TABLE) {
        const error = (await refusal(() => bulkOf(app).create(given as NewBulkJobOptions))) as Error & { code?: string };
        found.push([name, error.code ?? error, error.message]);
      }
      expect(found).toEqual(TABLE.map(([name, , code, message]) => [name, code, expect.stringMatching(message)]));
      await expectCodes(app, {
        'a preview of an unknown key': [() => bulkOf(app).preview({ stauts: 1 } as never, { cancel: {} }), 'UNKNOWN_OPTION'],
        'a preview of no action': [() => bulkOf(app).preview({}, {} as never), 'INVALID_OPTION'],
        'a job id that is none': [() => bulkOf(app).get('job-1'), 'INVALID_OPTION'],
        'a cancellation of no job id': [() => bulkOf(app).cancel(7 as never), 'INVALID_OPTION'],
        'an unknown option of a cancellation': [() => bulkOf(app).cancel(randomUUID(), { who: 'x' } as never), 'UNKNOWN_OPTION'],
        'a list of too many': [() => bulkOf(app).list({ limit: 501 }), 'INVALID_OPTION'],
        'a list of an unknown status': [() => bulkOf(app).list({ status: 'OPEN' as never }), 'INVALID_OPTION'],
        'a list from no cursor': [() => bulkOf(app).list({ cursor: 'x' }), 'INVALID_OPTION'],
        'an unknown option of a list': [() => bulkOf(app).list({ state: 'DONE' } as never), 'UNKNOWN_OPTION'],
      });
    }));

  it(
    'is not found',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      const jobId = randomUUID();
      await expect(bulkOf(app).get(jobId)).rejects.toMatchObject({ code: 'BULK_JOB_NOT_FOUND', details: { jobId } });
      await expect(bulkOf(app).cancel(jobId)).rejects.toMatchObject({ code: 'BULK_JOB_NOT_FOUND' });
    }),
  );
});
