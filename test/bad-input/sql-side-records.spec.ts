// Rows of the library that somebody changed by hand, or that a newer release wrote: what can't be read ends its own run as ERROR, once and for
// all; neighbours finish, and readers show the rest.
import { RunReader } from '../../lib/index.js';
import { Notifier, type NotifierOptions } from '../../lib/store/notifier.js';
import { type Cluster, withCluster, workflow } from '../engine/cluster.js';
import { insertRun } from './sql-side-run.js';

const sound = workflow('sound', async (wf) => wf.step('s', () => 'sound'));

/** A run that was begun elsewhere: its record has step "a" and the value "now", and the sleep after them is to come. */
async function insertBegunRun(
  cluster: Cluster,
  first: Record<string, unknown>,
  value = '{"$wf":["date","2026-01-01T00:00:00.000Z"]}',
) {
  const runId = await insertRun(cluster, { name: 'begun', status: 'DELAYED', started_at: new Date() });
  const operation = { ordinal: 0, seq: 0, kind: 'step', name: 'a', output: '1', error: null, ...first };
  await cluster.rows(
    `insert into operation_outputs (workflow_id, ordinal, seq, kind, name, output, error, started_at, completed_at)
     values ($1, $2, $3, $4, $5, $6, $7, now(), now()), ($1, 1, null, 'value', 'now', $8, null, now(), now())`,
    [runId, ...Object.values(operation), value],
  );
  await cluster.rows(`update workflow_status set status = 'ENQUEUED' where workflow_id = $1`, [runId]);
  return runId;
}

const begun = workflow('begun', async (wf) => {
  const a = await wf.step('a', () => 'not recorded');
  return [a, wf.now(), await wf.step('b', () => 'b')];
});

describe('a record that was changed by SQL', () => {
  it(
    'ends its run as ERROR when it can not be read, and no other run',
    withCluster(async (cluster) => {
      const app = await cluster.app([begun]);
      const damaged = {
        'an output that is no JSON': insertBegunRun(cluster, { output: '{' }),
        'an output with a tag of a newer release': insertBegunRun(cluster, { output: '{"$wf":["money","5 EUR"]}' }),
        'an error that is no JSON': insertBegunRun(cluster, { output: null, error: '{' }),
        'an error that is no record': insertBegunRun(cluster, { output: null, error: '[5]' }),
        'an operation of a newer release': insertBegunRun(cluster, { kind: 'child' }),
        'an order that is used up': insertBegunRun(cluster, { seq: 2_147_483_647 }),
        'a value that is no JSON': insertBegunRun(cluster, {}, '{'),
        'nothing damaged': insertBegunRun(cluster, {}),
      };
      const found: Record<string, unknown> = {};
      for (const [what, inserted] of Object.entries(damaged)) {
        const result = app.workflows.getRun(await inserted).returnValue;
        found[what] = await result.catch(({ name, code }: Error & { code?: string }) => code ?? name);
      }
      expect(found).toEqual({
        'an output that is no JSON': 'PAYLOAD_DECODE_FAILED',
        'an output with a tag of a newer release': 'PAYLOAD_DECODE_FAILED',
        'an error that is no JSON': 'UnreadableError',
        'an error that is no record': 'UnreadableError',
        'an operation of a newer release': 'NON_DETERMINISTIC_RUN',
        'an order that is used up': '22003',
        'a value that is no JSON': 'PAYLOAD_DECODE_FAILED',
        'nothing damaged': [1, new Date('2026-01-01T00:00:00Z'), 'b'],
      });
      expect(await cluster.count(`workflow_status where status not in ('ERROR', 'SUCCESS')`)).toBe(0);
    }),
  );

  it(
    'is shown as far as it can be read, with a word on the rest',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        await wf.setEvent('state', 'paid');
        await wf.step('a', () => 1).catch(() => undefined);
        return wf.step('b', () => {
          throw new Error('declined');
        });
      });
      const app = await cluster.app([flow]);
      const { runId, returnValue } = await app.workflows.start('flow', [1], { attributes: { line: 1 } });
      await returnValue.catch(() => undefined);
      await cluster.rows(`update workflow_status set input = '{', error = 'x', attributes = '[1]'`);
      await cluster.rows(`update operation_outputs set output = '{"$wf":["money"]}', error = null where name = 'a'`);
      await cluster.rows(`update operation_outputs set error = '7' where name = 'b'`);
      await cluster.rows(`update operation_attempts set error = 'x'`);
      await cluster.rows(`update workflow_events set value = '{'`);
      const reader = app.module.get(RunReader, { strict: false });
      const unreadable = { unreadable: expect.stringContaining('cannot be read') };
      const unreadableError = { name: 'UnreadableError', message: expect.stringContaining('cannot be read') };
      expect(await reader.find(runId)).toMatchObject({
        status: 'ERROR',
        input: unreadable,
        error: unreadableError,
        attributes: [1],
      });
      expect(await reader.listEvents(runId)).toMatchObject([{ key: 'state', value: unreadable }]);
      expect(await reader.listSteps(runId)).toMatchObject([
        { name: 'state' },
        { name: 'a', output: unreadable, error: null },
        { name: 'b', error: unreadableError, failedAttempts: [{ attempt: 1, error: unreadableError }] },
      ]);
      await expect(app.workflows.getRun(runId).returnValue).rejects.toMatchObject({ name: 'UnreadableError' });
      expect((await app.workflows.listRuns({ limit: 5 })).runs).toMatchObject([{ runId, attributes: [1] }]);
    }),
  );

  it.each<[string, string | null, object]>([
    ['SUCCESS', 'output', { code: 'PAYLOAD_DECODE_FAILED' }],
    ['ERROR', 'error', { name: 'UnreadableError' }],
    ['CANCELLED', 'error', { name: 'RunCancelledError', code: 'RUN_CANCELLED' }],
    ['DEAD', null, { name: 'UnreadableError' }],
  ])('as the end of a run (%s) rejects returnValue by type, once it is asked for', async (status, column, expected) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([sound]);
      const damaged = column === null ? {} : { [column]: '{"$wf":' };
      const runId = await insertRun(cluster, { name: 'sound', status, completed_at: new Date(), ...damaged });
      await expect(app.workflows.getRun(runId).returnValue).rejects.toMatchObject(expected);
      expect(await app.workflows.getRun(runId).status).toBe(status);
    })(),
  );

  it(
    'that no interval or clock can hold is refused by the table',
    withCluster(async (cluster) => {
      await cluster.app([sound], { role: 'client' });
      for (const row of [{ timeout_ms: 'NaN' }, { timeout_ms: '1e300' }, { timeout_ms: -1 }, { created_at: 'infinity' }])
        await expect(insertRun(cluster, { name: 'sound', ...row })).rejects.toMatchObject({ code: '23514' });
    }),
  );
});

describe('a notification that somebody else sends on the channel', () => {
  it(
    'harms nothing, whatever it says',
    withCluster(async (cluster) => {
      const app = await cluster.app([sound]);
      const { channel } = new Notifier({ schema: cluster.schema.schema } as NotifierOptions);
      // Derived by hash: a name of the schema's length would be cut.
      expect(channel).toMatch(/^workflows_[0-9a-f]{16}$/);
      for (const payload of ['', ',,,', 'nonsense', '__proto__', 'work,work,done', '{"a":1}', 'x'.repeat(7_999), '\u001b[31m\n'])
        await cluster.rows('select pg_notify($1, $2)', [channel, payload]);
      expect(await (await app.workflows.start('sound')).returnValue).toBe('sound');
    }),
  );
});
