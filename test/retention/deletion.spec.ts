// What retention deletes: runs that are over for long enough, and those that are too many, with all that is theirs.
import { type Cluster, withCluster } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import {
  age,
  audit,
  BY_HAND,
  ended,
  everything,
  KEPT,
  left,
  nothing,
  orphans,
  other,
  quick,
  tablesOfRuns,
  talkative,
} from './retention-room.js';

const rowsOf = async (cluster: Cluster, runIds: string[]) => {
  const tables = (await tablesOfRuns(cluster)).filter((table) => !KEPT.includes(table));
  const counts = await Promise.all(
    tables.map(async (table) => [table, await cluster.count(`${table} where workflow_id = any ($1)`, [runIds])] as const),
  );
  return Object.fromEntries(counts);
};

describe('a run that is over', () => {
  it(
    'is deleted when it has been for longer than `after`, not sooner; without settings nothing is',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const [old, young] = [await ended(app, 3), await ended(app, 2)];
      await age(cluster, old, '2 hours');
      await age(cluster, young, '50 minutes');
      expect(await app.workflows.retention.apply()).toEqual({ dryRun: false, ...nothing });
      await app.workflows.retention.update({ after: '1h' });
      expect(await app.workflows.retention.apply()).toEqual({
        dryRun: false,
        deleted: 3,
        timedOut: 0,
        workflows: [{ workflowName: 'quick', after: 3, maxRows: 0, globalTimeout: 0 }],
      });
      expect(await left(cluster, [...old, ...young])).toEqual(young);
      expect(await app.workflows.applyRetention()).toMatchObject(nothing);
    }),
  );

  it(
    'goes with every row of it, in each table that has rows of runs; others keep theirs',
    withCluster(async (cluster) => {
      const app = await cluster.app([talkative], BY_HAND);
      const start = async (id: string) => {
        const run = await app.workflows.start('talkative', [id], { id, deduplicationId: id });
        await eventually(async () => expect(await cluster.count('waits where workflow_id = $1', [run.runId])).toBe(1));
        await run.send('go', id);
        await run.returnValue;
        return run.runId;
      };
      const [gone, stays] = [await start('a'), await start('b')];
      const later = await app.workflows.start('talkative', ['c'], { debounce: { key: 'c', period: 1 } });
      await later.cancel();
      for (const runId of [gone, stays, later.runId]) {
        await cluster.rows(
          `insert into run_provenance (workflow_id, template_workflow, enums, overrides, actor) values ($1, 't', '{}', '{}', 'ann')`,
          [runId],
        );
        await cluster.rows(
          `insert into commands (workflow_id, command, actor, state, command_key) values ($1, 'HOLD', 'ann', 'RUNNING', gen_random_uuid())`,
          [runId],
        );
      }
      await cluster.rows('insert into waits (workflow_id, ordinal, kind, name) values ($1, 99, $2, $2)', [gone, 'sleep']);
      const kept = await rowsOf(cluster, [stays]);
      const before = await rowsOf(cluster, [gone]);
      expect(Object.entries(before).filter(([, rows]) => rows === 0)).toEqual([]);
      await age(cluster, [gone, later.runId], '1 day');
      await eventually(async () => expect(await cluster.count('workflow_status where end_pending')).toBe(0));
      expect(await app.workflows.applyRetention({ after: '1h' })).toMatchObject({ deleted: 2 });
      expect(Object.values(await rowsOf(cluster, [gone, later.runId])).every((rows) => rows === 0)).toBe(true);
      expect(await rowsOf(cluster, [stays])).toEqual(kept);
      expect(await orphans(cluster)).toEqual({});
    }),
  );

  it(
    'can only have rows in tables of which is known whether they go with it',
    withCluster(async (cluster) => {
      await cluster.app([quick], BY_HAND);
      const [source] = await cluster.rows<{ text: string }>(
        `select prosrc as text from pg_proc where oid = 'delete_runs'::regproc`,
      );
      const deleted = [...(source?.text ?? '').matchAll(/delete from (\w+) where workflow_id/g)].map(([, table]) => table);
      expect([...deleted, ...KEPT].sort()).toEqual(await tablesOfRuns(cluster));
    }),
  );
});

describe('runs that are too many', () => {
  it(
    'are deleted, those that ended first before others, until there are `maxRows` again; runs that are not over count',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick, other], BY_HAND);
      const [a, b, c] = [await ended(app, 4), await ended(app, 3, 'other'), await ended(app, 3)];
      await age(cluster, a, '2 days');
      await age(cluster, b, '3 days');
      await age(cluster, c, '1 day');
      await app.workflows.start('quick', [], { delay: '1h' });
      expect(await app.workflows.applyRetention({ maxRows: 11 })).toMatchObject(nothing);
      expect(await app.workflows.applyRetention({ maxRows: 6 })).toMatchObject({
        deleted: 5,
        workflows: [
          { workflowName: 'other', after: 0, maxRows: 3 },
          { workflowName: 'quick', after: 0, maxRows: 2 },
        ],
      });
      expect(await left(cluster, [...a, ...b, ...c])).toEqual([...a.slice(2), ...c]);
      expect(await app.workflows.applyRetention({ maxRows: 0 })).toMatchObject({ deleted: 5 });
      expect(await cluster.count('workflow_status')).toBe(1);
    }),
  );

  it(
    'are deleted after those that are old enough: what these have made room for stays',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick, other], BY_HAND);
      const [mine, others] = [await ended(app, 5), await ended(app, 5, 'other')];
      await age(cluster, mine, '1 hour');
      await age(cluster, others, '2 hours');
      const limits = { maxRows: 6, perWorkflow: { quick: { after: '59m' } } };
      expect((await app.workflows.applyRetention({ ...limits, dryRun: true })).workflows).toEqual([
        { workflowName: 'quick', after: 5, maxRows: 0, globalTimeout: 0 },
      ]);
      expect(await app.workflows.applyRetention(limits)).toMatchObject({ deleted: 5 });
      expect(await left(cluster, [...mine, ...others])).toEqual(others);
    }),
  );
});

describe('a workflow with a rule of its own', () => {
  it(
    'keeps its runs for longer, or for ever, or for less than others',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick, other, talkative], BY_HAND);
      const [quicks, others] = [await ended(app, 2), await ended(app, 2, 'other')];
      await age(cluster, [...quicks, ...others], '1 hour');
      const apply = (after: string | null, own: string | null) =>
        app.workflows.applyRetention({ after, perWorkflow: { other: { after: own } } });
      expect(await apply('2h', '3h')).toMatchObject(nothing);
      expect(await apply('30m', null)).toMatchObject({ deleted: 2 });
      expect(await left(cluster, [...quicks, ...others])).toEqual(others);
      expect(await apply('30m', '2h')).toMatchObject(nothing);
      expect(await apply(null, '30m')).toMatchObject({ deleted: 2 });
    }),
  );

  it(
    'with no `after` in it keeps them as others do',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      await age(cluster, await ended(app, 2), '1 hour');
      await app.workflows.retention.update({ after: '30m', perWorkflow: { quick: { globalTimeout: '1d' } } });
      expect(await app.workflows.applyRetention()).toMatchObject({ deleted: 2 });
    }),
  );
});

describe('a sweep', () => {
  it(
    'goes through any number of runs, in batches, and leaves one line in the audit log with all that it deleted',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick, other], BY_HAND);
      await age(cluster, [...(await ended(app, 1_500)), ...(await ended(app, 1_100, 'other'))], '1 hour');
      const kept = await ended(app, 3);
      await age(cluster, kept, '1 minute');
      expect(
        await app.workflows.applyRetention({ after: '30m', maxRows: 1, actor: 'ann', reason: 'the disk is full' }),
      ).toMatchObject({ deleted: 2_602 });
      expect(await left(cluster, kept)).toEqual(kept.slice(2));
      expect(await audit(cluster)).toEqual([
        {
          actor: 'ann',
          action: 'RETENTION',
          workflow_id: null,
          reason: 'the disk is full',
          before: null,
          after: { after: { quick: 1_500, other: 1_100 }, maxRows: { quick: 2 } },
        },
      ]);
      expect(await orphans(cluster)).toEqual({});
    }),
  );

  it(
    'takes fewer runs into a transaction when they have many rows',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const runs = await ended(app, 5);
      await age(cluster, runs, '1 hour');
      await cluster.rows(
        `insert into streams (workflow_id, stream, chunk_offset, body_base, body_count)
         select r, 's', n, 0, n from unnest($1::uuid[]) r, generate_series(1, 9000) n`,
        [runs],
      );
      await cluster.rows(`create table transactions (id xid8, deleted uuid)`);
      await cluster.rows(`create function note() returns trigger language plpgsql as $$
begin
  insert into transactions values (pg_current_xact_id(), old.workflow_id);
  return old;
end $$`);
      await cluster.rows('create trigger note before delete on workflow_status for each row execute function note()');
      expect(await app.workflows.applyRetention({ after: 0 })).toMatchObject({ deleted: 5 });
      const sizes = await cluster.rows('select count(*)::int runs from transactions group by id order by id');
      expect(sizes.map(({ runs: count }) => count)).toEqual([3, 2]);
      expect(await orphans(cluster)).toEqual({});
    }),
  );

  it(
    'that only shows what it would do does what it shows when it is applied, and writes nothing',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick, other, talkative], BY_HAND);
      const [old, many] = [await ended(app, 1_200), await ended(app, 20, 'other')];
      await age(cluster, old, '1 day');
      await age(cluster, many, '1 hour');
      await app.workflows.setLegalHold(old[5] as string, true);
      await app.workflows.setLegalHold(many[0] as string, true);
      const waits = await app.workflows.start('talkative', [1]);
      await eventually(async () => expect(await cluster.count('waits where workflow_id = $1', [waits.runId])).toBe(1));
      await cluster.rows(`update workflow_status set created_at = created_at - interval '1 year' where workflow_id = $1`, [
        waits.runId,
      ]);
      const limits = { after: '2h', maxRows: 12, globalTimeout: '30d' } as const;
      const before = await everything(cluster);
      const preview = await app.workflows.applyRetention({ ...limits, dryRun: true });
      expect(await everything(cluster)).toEqual(before);
      expect(preview).toEqual({
        dryRun: true,
        deleted: 1_209,
        timedOut: 1,
        workflows: [
          { workflowName: 'other', after: 0, maxRows: 10, globalTimeout: 0 },
          { workflowName: 'quick', after: 1_199, maxRows: 0, globalTimeout: 0 },
          { workflowName: 'talkative', after: 0, maxRows: 0, globalTimeout: 1 },
        ],
      });
      expect(await app.workflows.applyRetention(limits)).toEqual({ ...preview, dryRun: false });
    }),
  );
});
