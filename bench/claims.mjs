// What a claim of 50 runs costs beside 1,000 runs that wait and beside a million: of a queue without limits, of one with a limit, of partitions,
// of partitions one of which holds nearly all, of partitions that are nearly all occupied, and beside runs of a name that nobody serves.
// Each is measured twice: with plans made while the tables were empty and never analysed, and after an analysis. Runs are ended and
// replaced as they are claimed, so the backlog stays. Exits non-zero when a claim beside the million takes more than twice as long, for
// both together.
//
//   node bench/claims.mjs [--waiting=1000000] [--claims=60] [--only=plain,limited,…] [--explain] [--json]
//
// Database as in run.mjs.
import { parseArgs } from 'node:util';
import pg from 'pg';
import { BenchDatabase, openServer } from './database.mjs';
import { openApplication } from './library.mjs';

const { values: flags } = parseArgs({
  options: {
    waiting: { type: 'string', default: '1000000' },
    claims: { type: 'string', default: '60' },
    only: { type: 'string' },
    explain: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const FEW = 1_000;
const MANY = Number(flags.waiting);
const CLAIMS = Number(flags.claims);
const BATCH = 50;
const MOST_RATIO = 2;

/** `key` and `name` of the n-th of `count` runs, of which one in `share` can be claimed; `gated`: by which claim. `held`: partitions are occupied. */
const CASES = {
  plain: { queue: 'default', gated: false, key: 'null', name: `'w'` },
  limited: { queue: 'limited', gated: true, key: 'null', name: `'w'` },
  partitions: { queue: 'default', gated: true, key: `'p' || n % 500`, name: `'w'` },
  'hot partition': {
    share: 2,
    queue: 'default',
    gated: true,
    key: `case when n % 2 = 0 then 'hot' else 'p' || n / 2 % 500 end`,
    name: `'w'`,
  },
  'many partitions': { queue: 'default', gated: true, key: `'p' || n % greatest(count / 2, 500)`, name: `'w'` },
  occupied: {
    share: 10,
    queue: 'default',
    gated: true,
    key: `case when n % 10 = 0 then 'p' || n / 10 % 100 else 'occupied ' || n % (count / 4) end`,
    name: `'w'`,
    held: true,
  },
  'unknown names': {
    share: 10,
    queue: 'default',
    gated: false,
    key: 'null',
    name: `case when n % 10 = 0 then 'w' else 'other ' || n % 50 end`,
  },
  'unknown names in partitions': {
    share: 10,
    queue: 'default',
    gated: true,
    key: `'p' || n % 500`,
    name: `case when n % 10 = 0 then 'w' else 'other ' || n % 50 end`,
  },
};

const server = await openServer();
const database = new BenchDatabase(server.url);
const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => (sorted(values)[(values.length - 1) >> 1] + sorted(values)[values.length >> 1]) / 2;

async function measure(kind, count) {
  const { queue, gated, key, name, held, share = 1 } = CASES[kind];
  const schema = database.newSchema('claims');
  const { application } = await openApplication({
    url: server.url,
    schema,
    role: 'client',
    queues: [{ name: 'limited', concurrency: 200 }],
  });
  await application.close();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const sql = (text, values) => client.query(text, values).then(({ rows }) => rows);
  try {
    await sql(`set search_path = ${schema}`);
    for (const table of ['workflow_status', 'queue_partitions', 'queue_doorbells'])
      await sql(`alter table ${table} set (autovacuum_enabled = false)`);
    const [{ id: me }] = await sql(`insert into executors (executor_id, alive, role, hostname, pid, workflows)
      values (gen_random_uuid(), true, 'all', 'bench', 1, '{w}') returning executor_id id`);
    const text = gated
      ? { name: 'claim', text: `select claimed, more from claim_gated($1, '{w}', null, '{}', '{}', $2, false)` }
      : { name: 'claim', text: `select array_agg(workflow_id) claimed, false more from claim_runs($1, '{w}', null, $2, $2 / 2)` };
    /** As the library does it: again as long as there may be more. */
    const claim = async () => {
      const ids = [];
      for (;;) {
        const [{ claimed, more }] = (await client.query({ ...text, values: [me, BATCH - ids.length] })).rows;
        ids.push(...(claimed ?? []));
        if (!more || ids.length === BATCH) return ids;
      }
    };
    // Plans of an empty table are the ones to be kept.
    for (let i = 0; i < 10; i++) await claim();

    if (held)
      await sql(`insert into workflow_status (workflow_id, name, queue, status, permit, partition_key, claimed_by, claim_token, started_at)
        select gen_random_uuid(), 'w', '${queue}', 'RUNNING', true, 'occupied ' || n, gen_random_uuid(), gen_random_uuid(), now()
        from generate_series(0, ${count} / 4) n`);
    const insert = (from, to) =>
      sql(`with inserted as (
          insert into workflow_status (workflow_id, name, queue, status, partition_key, input)
          select gen_random_uuid(), ${name}, '${queue}', 'ENQUEUED', ${key}, '[1]' from (
            select n, ${count} count from generate_series(${from}, ${to}) n) n
          returning queue, partition_key, name)
        insert into queue_doorbells (queue, partition_key, name)
        select distinct queue, partition_key, name from inserted where partition_key is not null`);
    let next = 1;
    for (; next <= count; next += 10_000) await insert(next, Math.min(next + 9_999, count));
    const end = (ids) =>
      sql(
        `with ended as (
          update workflow_status set status = 'SUCCESS', permit = false, completed_at = now(), wake_at = null where workflow_id = any ($1)
          returning queue, partition_key)
        insert into queue_doorbells (queue, partition_key) select distinct queue, partition_key from ended where partition_key is not null`,
        [ids],
      );

    const rounds = async (claims = CLAIMS) => {
      const times = [];
      for (let i = 0; i < claims; i++) {
        const before = performance.now();
        const ids = await claim();
        times.push(performance.now() - before);
        if (ids.length < BATCH / 2) throw new Error(`${kind}: ${ids.length} of ${count} runs claimed`);
        await end(ids);
        await insert(next, next + ids.length * share - 1);
        next += ids.length * share;
      }
      return times;
    };
    // Bells of the start are read first, and places that turn out to be occupied are taken out of line, once each.
    let bells = 1;
    for (let i = 0; bells > 0 && i < 5_000; i++) {
      await end(await claim());
      [{ bells }] = await sql('select count(*)::int bells from (select from queue_doorbells where name is not null limit 1) b');
      if (!gated) break;
    }
    await rounds(20);
    const fresh = await rounds();
    if (flags.explain) await explain(sql, text, me, `${kind}, ${count} wait, never analysed`);
    await sql('vacuum (analyze)');
    const analysed = await rounds();
    if (flags.explain) await explain(sql, text, me, `${kind}, ${count} wait, analysed`);
    return { fresh: median(fresh), analysed: median(analysed) };
  } finally {
    await client.end();
    await database.drop(schema);
  }
}

async function explain(sql, { text }, me, what) {
  await sql('begin');
  const rows = await sql(`explain (analyze, buffers) ${text.replace('$1', `'${me}'`).replaceAll('$2', String(BATCH))}`);
  await sql('rollback');
  console.error(`${what}\n${rows.map((row) => `    ${row['QUERY PLAN']}`).join('\n')}`);
}

try {
  const results = {};
  for (const kind of flags.only?.split(',') ?? Object.keys(CASES)) {
    const few = await measure(kind, FEW);
    const many = await measure(kind, MANY);
    const ratio = (many.fresh + many.analysed) / (few.fresh + few.analysed);
    results[kind] = { few, many, ratio };
    const ms = ({ fresh, analysed }) => `${fresh.toFixed(2)} / ${analysed.toFixed(2)} ms`;
    console.log(`${kind.padEnd(28)} beside ${FEW}: ${ms(few)}, beside ${MANY}: ${ms(many)}, ratio ${ratio.toFixed(2)}`);
    if (ratio > MOST_RATIO) process.exitCode = 1;
  }
  if (flags.json) console.log(JSON.stringify(results));
  if (process.exitCode) console.error(`wanted: at most ${MOST_RATIO}`);
} catch (error) {
  console.error(error.stack);
  process.exitCode = 1;
} finally {
  await database.close();
  await server.stop();
}
