// How soon a command is followed: runs that are asleep in the memory of another process are held, resumed and stopped from this one, one at a
// time, then many at once. From the receipt of the command to its outcome, by the database's clock. Exits non-zero when the 99th percentile of single
// commands is 250 ms or more with notifications.
//
//   node bench/commands.mjs [--count=200] [--json]
//
// Database as in run.mjs. Without notifications the tick (1 s) is the measure.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BenchDatabase, openServer } from './database.mjs';
import { openApplication } from './library.mjs';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
    worker: { type: 'string' },
  },
});

if (flags.worker !== undefined) {
  const { application } = await openApplication({ ...JSON.parse(flags.worker), suspendAfter: '1h' });
  process.once('message', async () => {
    await application.close();
    process.exit();
  });
  process.send('ready');
} else {
  await measure(Number(flags.count));
}

async function measure(count) {
  const server = await openServer();
  const database = new BenchDatabase(server.url);
  const figures = [];
  try {
    for (const notifications of [true, false]) {
      const schema = database.newSchema('commands');
      const options = { url: server.url, schema, notifications };
      const { application, service, workflows } = await openApplication({ ...options, role: 'client' });
      const worker = fork(fileURLToPath(import.meta.url), ['--worker', JSON.stringify(options)]);
      await new Promise((resolve) => worker.once('message', resolve));
      try {
        const runs = await service.startMany(
          workflows.sleeper,
          Array.from({ length: count }, () => ({ args: [3_600_000] })),
        );
        const settled = async () => {
          for (;;) {
            const [{ open }] = await database.query(`select count(*)::int open from ${schema}.commands where outcome is null`);
            const [{ asleep }] = await database.query(
              `select count(*)::int asleep from ${schema}.workflow_status where status = 'RUNNING'`,
            );
            if (open === 0) return asleep;
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        };
        while ((await settled()) < count) await new Promise((resolve) => setTimeout(resolve, 20));
        const single = notifications ? count : Math.min(count, 20);
        for (const run of runs.slice(0, single)) {
          await run.sendCommand('HOLD');
          await settled();
        }
        for (const run of runs.slice(0, single)) await run.sendCommand('RESUME');
        while ((await settled()) < count) await new Promise((resolve) => setTimeout(resolve, 20));
        await service.commands.sendMany({ status: 'RUNNING' }, 'STOP');
        await settled();
        for (const command of ['HOLD', 'STOP']) {
          const [row] = await database.query(
            `select percentile_cont(0.5) within group (order by ms) p50, percentile_cont(0.99) within group (order by ms) p99, max(ms) most
             from (select extract(epoch from settled_at - received_at)::float8 * 1000 ms from ${schema}.commands
                   where command = '${command}' and outcome = 'APPLIED') l`,
          );
          figures.push({ notifications, command, ...row });
          const ms = (value) => value.toFixed(1);
          console.log(
            `${notifications ? 'with' : 'without'} notifications, ${command === 'HOLD' ? 'HOLD, one at a time' : 'STOP, all at once'}: p50 ${ms(row.p50)} ms, p99 ${ms(row.p99)} ms, at most ${ms(row.most)} ms`,
          );
        }
      } finally {
        worker.send('end');
        await new Promise((resolve) => worker.once('exit', resolve));
        await application.close();
        await database.drop(schema);
      }
    }
    if (flags.json) console.log(JSON.stringify(figures));
    if (figures[0].p99 >= 250) process.exitCode = 1;
  } finally {
    await database.close();
    await server.stop();
  }
}
