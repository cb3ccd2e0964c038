// What a console's searches cost beside a million runs: each filter of RunReader.list with values that are common, rare, old or not there at all,
// counts, and pages far behind. The runs are made by plain SQL: 30 workflows of which few have most runs, 5 queues, 90 days, 96 % of them
// SUCCESS, a backlog of 20,000 that wait in queues and 5,000 that wait for something. Prints p50, p95 and the longest of each, and how often
// a call had to say how far it came. Exits non-zero when a p95 is over 300 ms.
//
//   node bench/admin-lists.mjs [--runs=1000000] [--calls=40] [--only='name;first page;…'] [--explain] [--json] [--keep=schema]
//
// Database as in run.mjs. `--keep` makes the schema of that name, or uses the one that is there, and leaves it there.
import { parseArgs } from 'node:util';
import pg from 'pg';
import { RunReader } from '../dist/lib/index.js';
import { BenchDatabase, openServer } from './database.mjs';
import { openApplication } from './library.mjs';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    calls: { type: 'string', default: '40' },
    only: { type: 'string' },
    explain: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    keep: { type: 'string' },
  },
});
const RUNS = Number(flags.runs);
const CALLS = Number(flags.calls);
const MOST_MS = 300;
const DAY = 86_400_000;
const BATCH = 50_000;

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const daysAgo = (days) => new Date(Date.now() - days * DAY);
const name = () => `shop.flow-${Math.floor(30 * Math.random() ** 3)}`;
const NO_UUID = '00000000-0000-4000-8000-000000000000';

/** What is asked for, by the kind of filter. Each call asks for another value. */
const LISTS = {
  'first page': () => ({}),
  '500 on a page': () => ({ limit: 500 }),
  name: () => ({ workflowName: name() }),
  'name, rare and old': () => ({ workflowName: 'legacy.import' }),
  'name, none': () => ({ workflowName: `no.${Math.random()}` }),
  nameContains: () => ({ nameContains: pick(['FLOW-1', 'flow-2', 'SHOP', 'legacy', 'imp', '%']) }),
  status: () => ({
    status: pick(['ERROR', 'CANCELLED', 'DEAD', 'STOPPED', 'SUCCESS', 'ENQUEUED', 'WAITING', 'RUNNING', 'HELD', 'DELAYED']),
  }),
  'name and status': () => ({ workflowName: name(), status: pick(['ERROR', 'DEAD', 'WAITING', 'SUCCESS']) }),
  queue: () => ({ queue: pick(['default', 'mail', 'reports', 'bulk']) }),
  'queue, rare and old': () => ({ queue: 'legacy' }),
  'queue and ENQUEUED': () => ({ queue: pick(['default', 'mail', 'reports', 'bulk', 'legacy']), status: 'ENQUEUED' }),
  partitionKey: () => ({ partitionKey: `line-${Math.floor(Math.random() * 200)}` }),
  'partitionKey, none': () => ({ partitionKey: `line-x${Math.random()}` }),
  deduplicationId: () => ({ deduplicationId: `dedup-${Math.floor(Math.random() * 10_000)}` }),
  externalId: () => ({ externalId: `order-${Math.floor(Math.random() * 1_000)}` }),
  parentId: (known) => ({ parentId: pick(known.parents) }),
  'attribute, 2 %': () => ({ attributes: { region: pick(['north', 'south', 'east', 'west']) } }),
  'attribute, one run': () => ({ attributes: { customer: `c-${Math.floor(Math.random() * RUNS)}` } }),
  'attribute, 5,000 old': () => ({ attributes: { campaign: 'spring' } }),
  'attribute and status': () => ({ attributes: { region: 'north' }, status: 'ERROR' }),
  'input, 1 %': () => ({ input: { shop: Math.floor(Math.random() * 100) } }),
  'input, one run': () => ({ input: { order: Math.floor(Math.random() * RUNS) } }),
  'input and name': () => ({ input: { shop: Math.floor(Math.random() * 100) }, workflowName: name() }),
  'created in an hour': () => {
    const from = Date.now() - Math.random() * 80 * DAY;
    return { createdFrom: new Date(from), createdBefore: new Date(from + 3_600_000) };
  },
  'created before': () => ({ createdBefore: daysAgo(Math.random() * 90) }),
  'completed in an hour': () => {
    const from = Date.now() - Math.random() * 80 * DAY;
    return { completedFrom: new Date(from), completedBefore: new Date(from + 3_600_000) };
  },
  'completed before': () => ({ completedBefore: daysAgo(Math.random() * 90) }),
  'completed from': () => ({ completedFrom: daysAgo(Math.random() * 90) }),
  executorId: (known) => ({ executorId: pick(known.executors) }),
  'executorId, none': () => ({ executorId: NO_UUID }),
  'executorId and RUNNING': (known) => ({ executorId: pick(known.executors), status: 'RUNNING' }),
  legalHold: () => ({ legalHold: true }),
  errorCode: () => ({ errorCode: pick(['E_TIMEOUT', 'E_CARD', 'E_RARE']) }),
};

const COUNTS = {
  all: () => ({}),
  'up to 100,000': () => [{}, { atMost: 100_000 }],
  name: () => ({ workflowName: name() }),
  status: () => ({ status: pick(['ERROR', 'DEAD', 'ENQUEUED', 'WAITING', 'SUCCESS']) }),
  'a day': () => ({ createdFrom: daysAgo(40), createdBefore: daysAgo(39) }),
  attribute: () => ({ attributes: { region: 'north' } }),
  queue: () => ({ queue: pick(['default', 'mail', 'legacy']) }),
  partitionKey: () => ({ partitionKey: `line-${Math.floor(Math.random() * 200)}` }),
  input: () => ({ input: { shop: 7 } }),
};

const server = await openServer();
const database = new BenchDatabase(server.url);
const schema = flags.keep ?? database.newSchema('lists');

async function fill(sql) {
  const [{ runs }] = await sql('select count(*)::int runs from workflow_status');
  if (runs > 0) return;
  await sql(`insert into queues (queue) values ('mail'), ('reports'), ('bulk'), ('legacy') on conflict do nothing`);
  await sql(`insert into executors (executor_id, alive, role, hostname, pid, workflows)
    select gen_random_uuid(), true, 'all', 'bench', n, '{}' from generate_series(1, 8) n`);
  await sql('alter table workflow_status set (autovacuum_enabled = false)');
  const over = RUNS - 27_000;
  for (let from = 1; from <= over; from += BATCH)
    await sql(`
insert into workflow_status (workflow_id, name, queue, status, partition_key, deduplication_id, external_id, parent_id, attributes, input, output,
  error, claimed_by, claim_token, created_at, started_at, completed_at, legal_hold)
select gen_random_uuid(), case when n % 20000 = 77 and n < ${over / 10} then 'legacy.import' else 'shop.flow-' || floor(30 * power(random(), 3)) end,
  case when n % 5000 = 5 and n < ${over / 5} then 'legacy' else (array['default', 'default', 'default', 'mail', 'reports', 'bulk'])[1 + floor(random() * 6)] end,
  s.status, case when n % 50 = 0 then 'line-' || n / 50 % 200 end, case when n % 100 = 0 then 'dedup-' || n / 100 end,
  case when n % 10 = 0 then 'order-' || n end, case when n % 500 = 0 then ('00000000-0000-4000-a000-' || lpad((n / 5000)::text, 12, '0'))::uuid end,
  case when n % 10 = 3 then jsonb_build_object('region', (array['north', 'south', 'east', 'west', 'other'])[1 + floor(random() * 5)],
                                               'customer', 'c-' || n)
       when n < ${over / 4} and n % ${Math.round(over / 20_000)} = 1 then '{"campaign": "spring"}' end,
  format('[{"order":%s,"shop":%s,"lines":[1,2,3],"note":"%s"}]', n, n % 100, repeat('x', 60)),
  case when s.status = 'SUCCESS' then '{"ok":true}' end,
  case when s.status <> 'SUCCESS' then json_build_object('name', 'Error', 'message', 'no', 'stack', repeat('at x ', 200),
         'code', case when n % 40000 = 0 then 'E_RARE' when n % 3 = 0 then 'E_CARD' else 'E_TIMEOUT' end)::text end,
  (select array_agg(executor_id order by pid) from executors)[1 + n % 8], gen_random_uuid(), t.created, t.created + interval '20 ms',
  t.created + least(interval '1 s' * -ln(1 - random()) * case when n % 50 = 1 then 86400 else 20 end, now() - t.created), n % 10000 = 17
from generate_series(${from}, ${Math.min(from + BATCH - 1, over)}) n
cross join lateral (select now() - interval '90 days' + n * interval '90 days' / ${over} created) t
cross join lateral (select case when n % 1000 < 966 then 'SUCCESS' when n % 1000 < 990 then 'ERROR' when n % 1000 < 996 then 'CANCELLED'
                                when n % 1000 < 999 then 'STOPPED' else 'DEAD' end status) s`);
  const live = (status, count, more, span, columns = '') =>
    sql(`insert into workflow_status (workflow_id, name, queue, status, permit, partition_key, input, claimed_by, claim_token, wake_at, created_at)
      select gen_random_uuid(), 'shop.flow-' || floor(30 * power(random(), 3)), (array['default', 'mail', 'reports', 'bulk'])[1 + floor(random() * 4)],
        '${status}', ${more}, now() - random() * interval '${span}'${columns} from generate_series(1, ${count}) n`);
  const input = `format('[{"order":%s,"shop":%s}]', -n, n % 100)`;
  await live(
    'ENQUEUED',
    20_000,
    `false, case when n % 20 = 0 then 'line-' || n % 200 end, ${input}, null, null, null`,
    '2 hours',
  );
  await live('WAITING', 5_000, `true, null, ${input}, null, null, now() + interval '1 day'`, '30 days');
  await live('DELAYED', 1_000, `false, null, ${input}, null, null, now() + interval '1 day'`, '5 days');
  const owner = '(select array_agg(executor_id order by pid) from executors)[1 + n % 8], gen_random_uuid(), null';
  await live('RUNNING', 800, `true, null, ${input}, ${owner}`, '10 minutes');
  await live('PENDING', 150, `true, null, ${input}, ${owner}`, '1 minute');
  await live('STOPPING', 10, `true, null, ${input}, ${owner}`, '1 day');
  await live('HELD', 40, `true, null, ${input}, null, null, null`, '20 days');
  await sql('vacuum (analyze) workflow_status');
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const quantile = (values, q) => sorted(values)[Math.min(Math.floor(values.length * q), values.length - 1)];

async function timed(call) {
  const times = [];
  let partial = 0;
  let found = 0;
  for (let i = 0; i < CALLS + 3; i++) {
    const before = performance.now();
    const answer = await call();
    if (i < 3) continue;
    times.push(performance.now() - before);
    if (answer.searchedTo !== undefined) partial++;
    found += answer.runs?.length ?? answer.count ?? answer.length;
  }
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), longest: Math.max(...times), partial, found: found / CALLS };
}

function print(what, { p50, p95, longest, partial, found }) {
  const ms = (value) => value.toFixed(1).padStart(7);
  const note = partial > 0 ? `, ${partial} of ${CALLS} not to the end` : '';
  console.log(`${what.padEnd(30)} ${ms(p50)} ${ms(p95)} ${ms(longest)}   ${found.toFixed(0).padStart(7)}${note}`);
  if (p95 > MOST_MS) process.exitCode = 1;
}

async function showSizes(sql) {
  const rows =
    await sql(`select c.relname, pg_relation_size(c.oid)::float8 / 1048576 mib, pg_table_size('workflow_status')::float8 / 1048576 "tableMib"
    from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = 'workflow_status'::regclass order by mib desc`);
  console.log(
    `table ${rows[0].tableMib.toFixed(0)} MiB, indexes: ${rows.map(({ relname, mib }) => `${relname} ${mib.toFixed(1)}`).join(', ')}`,
  );
}

/** Every statement of a search with its plan, as the library sent it. */
async function explain(client, call) {
  const sent = [];
  const original = pg.Client.prototype.query;
  pg.Client.prototype.query = function (query, ...rest) {
    if (typeof query === 'object' && query.text?.startsWith('/* run.')) sent.push(query);
    return original.call(this, query, ...rest);
  };
  await call();
  pg.Client.prototype.query = original;
  for (const { text, values } of sent.slice(0, 4)) {
    await client.query('begin; set local enable_seqscan = off; set local jit = off');
    const { rows } = await client.query({ text: `explain (analyze, buffers) ${text}`, values });
    await client.query('rollback');
    console.log(rows.map((row) => `    ${row['QUERY PLAN']}`).join('\n'));
  }
}

const client = new pg.Client({ connectionString: server.url });
let application;
try {
  ({ application } = await openApplication({ url: server.url, schema, role: 'client' }));
  await client.connect();
  await client.query(`set search_path = ${schema}`);
  const sql = (text, values) => client.query(text, values).then(({ rows }) => rows);
  await fill(sql);
  await showSizes(sql);
  const known = {
    executors: (await sql('select executor_id from executors where hostname = $1', ['bench'])).map((row) => row.executor_id),
    parents: (await sql('select distinct parent_id from workflow_status where parent_id is not null limit 100')).map(
      (row) => row.parent_id,
    ),
  };
  const reader = application.get(RunReader);
  const results = {};
  const isWanted = (what) => flags.only === undefined || flags.only.split(';').includes(what);
  const measure = async (what, call) => {
    if (!isWanted(what)) return;
    results[what] = await timed(call);
    print(what, results[what]);
    if (flags.explain) await explain(client, call);
  };
  console.log(`${RUNS.toLocaleString('en-US')} runs; ms   p50     p95  longest   rows found`);
  for (const [what, filter] of Object.entries(LISTS)) await measure(what, () => reader.list(filter(known)));
  let cursor;
  await measure('page after page', async () => {
    const page = await reader.list({ cursor });
    cursor = page.nextCursor;
    return page;
  });
  await measure('listNames', () => reader.listNames());
  for (const [what, filter] of Object.entries(COUNTS)) await measure(`count ${what}`, () => reader.count(...[filter()].flat()));
  await measure('countByStatus', () => reader.countByStatus());
  await measure('countByStatus of a queue', () => reader.countByStatus({ queue: 'mail' }));
  await measure('throughput', () => reader.throughput());
  await measure('throughput of a day', () => reader.throughput({ minutes: 1_440 }));
  await measure('countByStatus of a name', () => reader.countByStatus({ workflowName: name() }));
  if (flags.json) console.log(JSON.stringify(results));
} catch (error) {
  console.error(error.stack);
  process.exitCode = 1;
} finally {
  await application?.close();
  await client.end();
  if (flags.keep === undefined) await database.drop(schema);
  await database.close();
  await server.stop();
}
