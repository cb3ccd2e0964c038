// Whether runs that wait cost those that do not: drains runs from a table that is empty otherwise, and from one in which a million others wait
// (a third for a far time, a third for a message, a third for the end of another run), alternating. Exits non-zero when the full
// table drains slower than 0.9 of the empty one.
//
//   node bench/waiting.mjs [--waiting=1000000] [--runs=20000] [--repeat=5] [--json]
//
// Database as in run.mjs.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BenchDatabase, openServer } from './database.mjs';

const { values: flags } = parseArgs({
  options: {
    waiting: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '20000' },
    repeat: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const WAITING = Number(flags.waiting);
const RUNS = Number(flags.runs);
const REPEAT = Number(flags.repeat);
const LEAST_RATIO = 0.9;

function runChild(task) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./child.mjs', import.meta.url)), [JSON.stringify(task)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let result;
    child.on('message', (message) => {
      result = message;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      code === 0 && result !== undefined
        ? resolve(result)
        : reject(new Error(`${task.measurement} ended with ${signal ?? code}`)),
    );
  });
}

const server = await openServer();
const database = new BenchDatabase(server.url);
const schemas = { empty: database.newSchema('empty'), full: database.newSchema('full') };

const measure = (schema, measurement) =>
  runChild({ contender: 'library', measurement, url: server.url, schema, counts: { count: RUNS, inFlight: 2_000, warmUp: 0 } });

/** Runs of the very workflow that is measured, in all stages of waiting. */
async function fill(schema) {
  await database.query(
    `insert into ${schema}.workflow_status (workflow_id, name, status, permit, claim_token, created_at, started_at, wake_at)
     select gen_random_uuid(), 'one', 'WAITING', true, gen_random_uuid(), clock_timestamp() - interval '1 day', clock_timestamp() - interval '1 day',
            case when i % 3 = 0 then clock_timestamp() + (1 + i % 1000) * interval '1 hour' end
     from generate_series(1, $1::int) i`,
    [WAITING],
  );
  await database.query(
    `insert into ${schema}.waits (workflow_id, ordinal, kind, name, source, source_key, wake_at)
     select workflow_id, 0, (array['sleep', 'receive', 'result'])[1 + i % 3], 'x', case when i % 3 = 2 then gen_random_uuid() end,
            case when i % 3 = 1 then 'topic' end, wake_at
     from (select workflow_id, wake_at, row_number() over () i from ${schema}.workflow_status where status = 'WAITING') w`,
  );
  await database.vacuum(schema);
}

/** From the first claim to the last end of the runs created since then, on the database's clock. */
async function drained(schema) {
  const [{ since }] = await database.query('select clock_timestamp()::text since');
  await measure(schema, 'enqueue');
  await database.settle();
  const before = await database.cpuMs();
  const { cpuMs } = await measure(schema, 'drain');
  const after = await database.cpuMs();
  const [{ seconds, count }] = await database.query(
    `select extract(epoch from max(completed_at) - min(claimed_at))::float8 seconds, count(*)::int count
     from ${schema}.workflow_status where created_at >= $1::timestamptz and status = 'SUCCESS'`,
    [since],
  );
  if (count !== RUNS) throw new Error(`LOST: ${count} of ${RUNS} runs are through`);
  const perRun = (ms) => Math.round((ms / RUNS) * 1_000);
  return { rate: RUNS / seconds, client: perRun(cpuMs), server: perRun(after - before) };
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => (sorted(values)[(values.length - 1) >> 1] + sorted(values)[values.length >> 1]) / 2;

try {
  // Makes the tables, and what the first of all measurements would pay for.
  for (const schema of Object.values(schemas)) await drained(schema);
  await fill(schemas.full);
  const rates = { empty: [], full: [] };
  for (let i = 0; i < REPEAT; i++)
    for (const kind of i % 2 === 0 ? ['empty', 'full'] : ['full', 'empty']) {
      const { rate, client, server: backend } = await drained(schemas[kind]);
      rates[kind].push(rate);
      console.error(`  ${kind.padEnd(6)} ${Math.round(rate)} runs/s, CPU µs per run ${client} + ${backend}`);
    }
  const [{ waiting }] = await database.query(
    `select count(*)::int waiting from ${schemas.full}.workflow_status where status = 'WAITING'`,
  );
  if (waiting !== WAITING) throw new Error(`LOST: ${waiting} of ${WAITING} runs still wait`);
  const ratio = median(rates.full.map((rate, i) => rate / rates.empty[i]));
  const result = { waiting, runs: RUNS, empty: Math.round(median(rates.empty)), full: Math.round(median(rates.full)), ratio };
  console.log(
    `drained runs/s beside ${waiting.toLocaleString('en-US')} that wait: ${result.full}, beside none: ${result.empty}, ratio ${ratio.toFixed(2)}`,
  );
  if (flags.json) console.log(JSON.stringify(result));
  if (ratio < LEAST_RATIO) {
    console.error(`wanted: at least ${LEAST_RATIO}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const schema of Object.values(schemas)) await database.drop(schema);
  await database.close();
  await server.stop();
}
