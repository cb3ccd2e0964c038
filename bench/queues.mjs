// How fast runs of one step drain from a queue without limits, from one with a concurrency, with a rate limit (that is never reached), and from
// partitions that take one run at a time; alternating, in one database. Then how fair partitions are: 20,000 runs over 500 of them, one of
// which holds a quarter of all; how long each waits from the first claim on, by partition, and whether the lower priority number came first.
// Exits non-zero when a queue drains slower than 0.4 of the one without limits, or when a partition starves.
//
//   node bench/queues.mjs [--runs=20000] [--repeat=3] [--json]
//
// Database as in run.mjs.
import { parseArgs } from 'node:util';
import { BenchDatabase, openServer } from './database.mjs';
import { openApplication } from './library.mjs';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    repeat: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const RUNS = Number(flags.runs);
const REPEAT = Number(flags.repeat);
const PARTITIONS = 500;
const LEAST_RATIO = 0.4;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const QUEUES = [
  { name: 'limited', concurrency: 500 },
  { name: 'rated', rateLimit: { limit: 1_000_000, period: '10s' } },
  { name: 'partitioned' },
];
const KINDS = {
  plain: () => ({}),
  limited: () => ({ queue: 'limited' }),
  rated: () => ({ queue: 'rated' }),
  partitioned: (n) => ({ queue: 'partitioned', partitionKey: `p${n % PARTITIONS}` }),
};

const server = await openServer();
const database = new BenchDatabase(server.url);
const schema = database.newSchema('queues');
const open = (role) => openApplication({ url: server.url, schema, role, queues: QUEUES, maxConcurrentRuns: 2_000 });

async function startMany(optionsOf) {
  const { application, service, workflows } = await open('client');
  for (let from = 0; from < RUNS; from += 2_000)
    await service.startMany(
      workflows.one,
      Array.from({ length: Math.min(2_000, RUNS - from) }, (_, i) => ({ args: [from + i], options: optionsOf(from + i) })),
    );
  await application.close();
}

/** Serves until the runs created since then are through. */
async function drain(optionsOf) {
  const [{ since }] = await database.query('select clock_timestamp()::text since');
  await startMany(optionsOf);
  await database.settle();
  const { application } = await open('worker');
  for (let left = RUNS; left > 0; await pause(100))
    [{ left }] = await database.query(
      `select count(*)::int left from ${schema}.workflow_status where created_at >= $1::timestamptz and status <> 'SUCCESS'`,
      [since],
    );
  await application.close();
  return since;
}

async function rateOf(kind) {
  const since = await drain(KINDS[kind]);
  const [{ seconds }] = await database.query(
    `select extract(epoch from max(completed_at) - min(claimed_at))::float8 seconds from ${schema}.workflow_status
     where created_at >= $1::timestamptz`,
    [since],
  );
  return RUNS / seconds;
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => (sorted(values)[(values.length - 1) >> 1] + sorted(values)[values.length >> 1]) / 2;

/** A quarter of all runs in one partition; three priorities in each. */
async function fairness() {
  const options = (n) => ({
    queue: 'partitioned',
    partitionKey: n % 4 === 0 ? 'hot' : `p${(n >> 1) % (PARTITIONS - 1)}`,
    priority: (n * 7) % 3,
  });
  const since = await drain(options);
  const [row] = await database.query(
    `with run as (
       select partition_key key, priority, created_at, claimed_at,
              extract(epoch from claimed_at - min(claimed_at) over ())::float8 * 1000 waited,
              row_number() over (partition by partition_key order by claimed_at) place,
              count(*) over (partition by partition_key) size,
              row_number() over (partition by partition_key order by priority, created_at) wanted
       from ${schema}.workflow_status where created_at >= $1::timestamptz
     ), cold as (select * from run where key <> 'hot'), partition as (
       select key, max(waited) last from cold group by key)
     select (select count(*)::int from run where place <> wanted) disorder,
            (select percentile_cont(0.5) within group (order by waited) from run) "medianMs", (select max(waited) from run) "maxMs",
            (select percentile_cont(0.5) within group (order by waited) from cold) "coldMedianMs", (select max(waited) from cold) "coldMaxMs",
            (select max(last) / percentile_cont(0.5) within group (order by last) from partition) "coldSpread",
            (select max(waited) from run where place = 1) "firstMs"`,
    [since],
  );
  return row;
}

try {
  for (const kind of Object.keys(KINDS)) await rateOf(kind);
  const rates = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, []]));
  for (let i = 0; i < REPEAT; i++)
    for (const kind of i % 2 === 0 ? Object.keys(KINDS) : Object.keys(KINDS).reverse()) {
      rates[kind].push(await rateOf(kind));
      console.error(`  ${kind.padEnd(12)} ${Math.round(rates[kind].at(-1))} runs/s`);
    }
  const ratios = {};
  for (const kind of ['limited', 'rated', 'partitioned']) {
    ratios[kind] = median(rates[kind].map((rate, i) => rate / rates.plain[i]));
    console.log(
      `${kind.padEnd(12)} ${Math.round(median(rates[kind]))} runs/s, plain ${Math.round(median(rates.plain))}, ratio ${ratios[kind].toFixed(2)}`,
    );
    if (ratios[kind] < LEAST_RATIO) process.exitCode = 1;
  }
  const fair = await fairness();
  const ms = (value) => `${Math.round(value)} ms`;
  console.log(
    `${RUNS} runs over ${PARTITIONS} partitions, a quarter of them in one: wait median ${ms(fair.medianMs)}, max ${ms(fair.maxMs)} (max/median ${(fair.maxMs / fair.medianMs).toFixed(2)}); outside of the hot one median ${ms(fair.coldMedianMs)}, max ${ms(fair.coldMaxMs)} (${(fair.coldMaxMs / fair.coldMedianMs).toFixed(2)}), last run of the last partition / of the median one ${fair.coldSpread.toFixed(2)}, first run of the last partition after ${ms(fair.firstMs)}; out of order within a partition: ${fair.disorder}`,
  );
  if (flags.json) console.log(JSON.stringify({ rates, ratios, fair }));
  if (fair.disorder > 0 || fair.coldSpread > 2) process.exitCode = 1;
  if (process.exitCode)
    console.error(`wanted: ratios of at least ${LEAST_RATIO}, no disorder, no partition twice as long as the median one`);
} catch (error) {
  console.error(error.stack);
  process.exitCode = 1;
} finally {
  await database.drop(schema);
  await database.close();
  await server.stop();
}
