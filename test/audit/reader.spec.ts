// The audit log as people page through it: exact pages whatever is written meanwhile, bounded looks, and filters that are refused by type.
import { type AuditEntry, AuditReader, type ListAuditFilter } from '../../lib/index.js';
import { type AuditColumn, findEnd, listEntries } from '../../lib/store/audit/audit.sql.js';
import { MOST_WALKED } from '../../lib/store/audit/audit.store.js';
import { refusal, withSilentDatabase } from '../bad-input/silent-database.js';
import { type Cluster, withCluster } from '../engine/cluster.js';
import { randomNumbers } from '../support/random-numbers.js';
import { flow } from './operator-actions.js';

const RUNS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;
const START = Date.parse('2026-03-01T00:00:00Z');

const withReader = (test: (reader: AuditReader, cluster: Cluster) => Promise<void>) =>
  withCluster(async (cluster) => {
    const app = await cluster.app([flow], { role: 'client' });
    await test(app.module.get(AuditReader, { strict: false }), cluster);
  });

/** All pages, one after the other; `between` after each. */
async function pages(reader: AuditReader, filter: ListAuditFilter, between?: () => Promise<unknown>): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await reader.list({ ...filter, ...(cursor !== undefined && { cursor }) });
    expect(page.entries.length).toBeLessThanOrEqual(filter.limit ?? 50);
    found.push(...page.entries);
    cursor = page.nextCursor;
    if (cursor === undefined) return found;
    await between?.();
  }
}

/** Lines by chance, many of them at one moment, some of them in another order than that of their times. */
async function write(cluster: Cluster, random: () => number, count: number): Promise<void> {
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const lines = Array.from({ length: count }, () => ({
    at: new Date(START + Math.floor(random() * 60) * 1_000).toISOString(),
    actor: pick(['ann', 'bob', 'api']),
    action: pick(['CANCEL', 'HOLD', 'START']),
    run: pick([...RUNS, null]),
    request: pick(['r-1', 'r-2', null]),
    reason: pick(['why', null]),
  }));
  await cluster.rows(
    `insert into audit_log (at, actor, action, workflow_id, reason, request_id, before, after)
     select l.at, l.actor, l.action, l.run, l.reason, l.request, null, '{"n":1}'
     from json_to_recordset($1) l (at timestamptz, actor text, action text, run uuid, reason text, request text)`,
    [JSON.stringify(lines)],
  );
}

describe('the audit log', () => {
  it(
    'shows what an operator did: who, when, why, by which request, before and after',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const reader = app.module.get(AuditReader, { strict: false });
      const { runId } = await app.workflows.start('flow', [], { id: 'order-1' });
      await app.workflows.setPriority(runId, 2, { actor: 'ann', reason: 'rush', requestId: 'r-1' });
      await app.workflows.queues.pause('default', { actor: 'bob' });
      const all = await reader.list();
      expect(all).toEqual({
        entries: [
          expect.objectContaining({ actor: 'bob', action: 'QUEUE_PAUSE', runId: null, reason: null, requestId: null }),
          {
            auditId: expect.stringMatching(/^\d+$/),
            at: expect.any(Date),
            actor: 'ann',
            action: 'PRIORITY',
            runId,
            reason: 'rush',
            requestId: 'r-1',
            before: { priority: 0 },
            after: { priority: 2 },
          },
        ],
      });
      expect((await reader.list({ runId: 'order-1' })).entries).toEqual([all.entries[1]]);
      expect((await reader.list({ action: 'priority' })).entries).toEqual([all.entries[1]]);
    }),
  );

  it(
    'finds what somebody with a long name did, as it is kept',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const actor = `\0${'ä'.repeat(2_000)}`;
      await app.workflows.queues.pause('default', { actor });
      expect((await app.module.get(AuditReader, { strict: false }).list({ actor })).entries).toHaveLength(1);
    }),
  );

  it(
    'gives every line that a filter matches once, newest first, page by page, while others are written',
    withReader(async (reader, cluster) => {
      const random = randomNumbers(4_711);
      await write(cluster, random, 400);
      const all = await cluster.rows(
        `select audit_id::text "auditId", extract(epoch from at)::float8 * 1000 ms, actor, action, workflow_id run, request_id request
         from audit_log order by at desc, audit_id desc`,
      );
      const some = <T>(value: T) => (random() < 0.4 ? value : undefined);
      const seconds = () => new Date(START + Math.floor(random() * 60) * 1_000);
      for (let i = 0; i < 40; i++) {
        const filter: ListAuditFilter = JSON.parse(
          JSON.stringify({
            runId: some(RUNS[0]),
            actor: some('ann'),
            action: some('HOLD'),
            requestId: some('r-1'),
            limit: 3 + Math.floor(random() * 60),
          }),
        );
        const [from, before] = [some(seconds()), some(seconds())];
        const expected = all.filter(
          (line) =>
            (filter.runId === undefined || line.run === filter.runId) &&
            (filter.actor === undefined || line.actor === filter.actor) &&
            (filter.action === undefined || line.action === filter.action) &&
            (filter.requestId === undefined || line.request === filter.requestId) &&
            (from === undefined || line.ms >= from.getTime()) &&
            (before === undefined || line.ms < before.getTime()),
        );
        const known = new Set(all.map(({ auditId }) => auditId));
        const found = await pages(reader, { ...filter, ...(from && { from }), ...(before && { before }) }, async () => {
          if (random() < 0.2) await write(cluster, random, 3);
        });
        expect(found.map(({ auditId }) => auditId).filter((auditId) => known.has(auditId))).toEqual(
          expected.map(({ auditId }) => auditId),
        );
        expect(new Set(found.map(({ auditId }) => auditId)).size).toBe(found.length);
        await cluster.rows('delete from audit_log where not audit_id::text = any ($1)', [[...known]]);
      }
    }),
  );

  it(
    'is looked through piece by piece when a filter by request is narrowed further, and nothing is left out',
    withReader(async (reader, cluster) => {
      const lines = (count: number, action: string) =>
        cluster.rows(
          `insert into audit_log (actor, action, request_id) select 'ann', $2, 'bulk:1' from generate_series(1, $1::int)`,
          [count, action],
        );
      await lines(1, 'RARE');
      await lines(2 * MOST_WALKED + 10, 'HOLD');
      await lines(1, 'RARE');
      const filter = { requestId: 'bulk:1', action: 'RARE' };
      const first = await reader.list(filter);
      expect([first.entries.length, first.nextCursor]).toEqual([1, expect.any(String)]);
      const second = await reader.list({ ...filter, cursor: first.nextCursor });
      expect([second.entries.length, second.nextCursor]).toEqual([0, expect.any(String)]);
      const third = await reader.list({ ...filter, cursor: second.nextCursor });
      expect([third.entries.length, third.nextCursor]).toEqual([1, undefined]);
    }),
  );

  it(
    'is read by an index, whatever is asked for',
    withReader(async (_reader, cluster) => {
      await cluster.rows(
        `insert into audit_log (at, actor, action, workflow_id, request_id)
         select clock_timestamp(), 'actor-' || i % 10, 'ACTION_' || i % 10, case when i % 3 = 0 then gen_random_uuid() end,
                case when i % 3 = 0 then 'request-' || i end from generate_series(1, 20000) i`,
      );
      await cluster.rows('analyze audit_log');
      const client = await cluster.schema.pool.connect();
      const found: Record<string, unknown> = {};
      const [run] = await cluster.rows(
        'select workflow_id run, request_id request from audit_log where request_id is not null limit 1',
      );
      const values: Record<AuditColumn, string> = {
        workflow_id: run.run,
        request_id: run.request,
        actor: 'actor-3',
        action: 'ACTION_3',
      };
      const leads: Record<string, AuditColumn[]> = {
        audit_log_run: ['workflow_id'],
        audit_log_request: ['request_id'],
        audit_log_actor_action: ['actor', 'action'],
        audit_log_actor: ['actor'],
        audit_log_action: ['action'],
        audit_log_at: [],
      };
      const look = async (text: string, parameters: unknown[]) => {
        const { rows } = await client.query(`explain (format json) ${text}`, parameters);
        const plan = JSON.stringify(rows[0]['QUERY PLAN']);
        return [plan.match(/"Index Name": ?"(\w+)"/)?.[1], plan.includes('Seq Scan')];
      };
      try {
        const middle = (await client.query('select at from audit_log order by at offset 10000 limit 1')).rows[0].at;
        for (const [index, lead] of Object.entries(leads)) {
          const own = lead.map((column) => values[column]);
          const page = listEntries(cluster.schema.schema, lead, []);
          found[`${index} first`] = await look(page, [null, null, null, null, 51, ...own, 51]);
          found[`${index} next`] = await look(page, [null, middle, middle, '5', 51, ...own, 51]);
          found[`${index} end`] = await look(findEnd(cluster.schema.schema, lead), [null, null, middle, '5', 51, ...own]);
        }
      } finally {
        client.release();
      }
      expect(found).toEqual(
        Object.fromEntries(
          Object.keys(leads).flatMap((index) => ['first', 'next', 'end'].map((which) => [`${index} ${which}`, [index, false]])),
        ),
      );
    }),
  );

  it('refuses what is no filter, before any SQL', () =>
    withSilentDatabase([flow], async ({ module }) => {
      const reader = module.get(AuditReader, { strict: false });
      const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const table: Record<string, unknown[]> = {
        INVALID_OPTION: [null, 5, 'x', [], new Map(), new Date()],
        UNKNOWN_OPTION: [{ user: 'ann' }, { Actor: 'ann' }],
        INVALID_ID: [
          { runId: '' },
          { runId: 5 },
          { requestId: ' x' },
          { requestId: 'x'.repeat(256) },
          { action: '' },
          { action: ['CANCEL'] },
          { action: '\0' },
        ],
        INVALID_FILTER: [
          { actor: 5 },
          { actor: null },
          { actor: ['ann'] },
          { limit: 0 },
          { limit: 501 },
          { limit: 1.5 },
          { limit: '5' },
          { from: '2026-01-01' },
          { from: new Date(Number.NaN) },
          { before: new Date(8.64e15) },
          { before: 0 },
          { cursor: 5 },
          { cursor: '' },
          { cursor: 'x' },
          { cursor: cursor(['2026-03-01T00:00:00.000000Z', 5]) },
          { cursor: cursor(['2026-03-01T00:00:00.000000Z', '-1']) },
          { cursor: cursor(['2026-03-01T00:00:00.000000Z', '9'.repeat(19)]) },
          { cursor: cursor(['2026-13-01T00:00:00.000000Z', '1']) },
          { cursor: cursor([null, '1']) },
          { cursor: cursor({}) },
        ],
      };
      for (const [code, filters] of Object.entries(table))
        for (const filter of filters)
          expect([filter, await refusal(() => reader.list(filter as never))]).toEqual([
            filter,
            expect.objectContaining({ code }),
          ]);
    }));
});
