// How late timers are: runs that sleep unloaded for random times; the end of each sleep against the time that stood in its row, both by the
// database's clock. Exits non-zero when one is early, or the 99th percentile is late by a second or more.
//
//   node bench/timers.mjs [--count=5000] [--seconds=20] [--json]
//
// Database as in run.mjs.
import { parseArgs } from 'node:util';
import { BenchDatabase, openServer } from './database.mjs';
import { openApplication } from './library.mjs';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const COUNT = Number(flags.count);
const SPREAD_MS = Number(flags.seconds) * 1_000;
/** Until all are asleep. */
const HEAD_START_MS = 5_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const server = await openServer();
const database = new BenchDatabase(server.url);
const schema = database.newSchema('timers');
let opened;
try {
  opened = await openApplication({ url: server.url, schema, suspendAfter: 0 });
  const { service, workflows } = opened;
  const items = Array.from({ length: COUNT }, () => ({ args: [HEAD_START_MS + Math.random() * SPREAD_MS] }));
  await service.startMany(workflows.sleeper, items);
  for (;;) {
    const [{ waiting }] = await database.query(
      `select count(*)::int waiting from ${schema}.workflow_status where status = 'WAITING'`,
    );
    if (waiting === COUNT) break;
    await pause(50);
  }
  await database.query(`create table ${schema}.planned as select workflow_id, wake_at from ${schema}.waits`);
  for (;;) {
    const [{ done }] = await database.query(`select count(*)::int done from ${schema}.workflow_status where status = 'SUCCESS'`);
    if (done === COUNT) break;
    await pause(100);
  }
  const [row] = await database.query(
    `select count(*)::int timers, min(late) earliest, percentile_cont(0.5) within group (order by late) p50,
       percentile_cont(0.99) within group (order by late) p99, max(late) latest
     from (select extract(epoch from o.completed_at - p.wake_at)::float8 * 1000 late
           from ${schema}.planned p join ${schema}.operation_outputs o using (workflow_id)) l`,
  );
  if (row.timers !== COUNT) throw new Error(`LOST: ${row.timers} of ${COUNT} timers fired`);
  const ms = (value) => value.toFixed(1);
  console.log(
    `${COUNT} timers: late by p50 ${ms(row.p50)} ms, p99 ${ms(row.p99)} ms, at most ${ms(row.latest)} ms, at least ${ms(row.earliest)} ms`,
  );
  if (flags.json) console.log(JSON.stringify(row));
  if (row.earliest < 0 || row.p99 >= 1_000) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await opened?.application.close();
  await database.drop(schema);
  await database.close();
  await server.stop();
}
