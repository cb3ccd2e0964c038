// What a sleeping run costs: starts many runs that sleep for an hour, waits until the table says that all are WAITING, collects garbage,
// and compares the heap with what it was before. Exits non-zero at 1 kB of heap per run or more.
//
//   node --expose-gc bench/sleepers.mjs [--count=100000] [--max-bytes=1000] [--json]
//
// Database as in run.mjs.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    'max-bytes': { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
if (globalThis.gc === undefined) {
  const again = ['--expose-gc', fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, again, { stdio: 'inherit' }).status ?? 1);
}
const { BenchDatabase, openServer } = await import('./database.mjs');
const { openApplication } = await import('./library.mjs');

const COUNT = Number(flags.count);
const MAX_BYTES = Number(flags['max-bytes']);
const WARM_UP = 1_000;
const PAGE = 1_000;
const DEADLINE_MS = 300_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function memory() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await pause(50);
  }
  const { heapUsed, rss, external } = process.memoryUsage();
  return { heapUsed, rss, external };
}

const server = await openServer();
const database = new BenchDatabase(server.url);
const schema = database.newSchema('sleepers');
let opened;
try {
  opened = await openApplication({ url: server.url, schema });
  const { service, workflows } = opened;

  async function sleep(count) {
    for (let i = 0; i < count; i += PAGE) {
      await service.startMany(
        workflows.sleeper,
        Array.from({ length: Math.min(PAGE, count - i) }, () => ({ args: ['1h'] })),
      );
    }
  }
  async function untilWaiting(count) {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const [{ waiting }] = await database.query(
        `select count(*)::int waiting from ${schema}.workflow_status where status = 'WAITING' and wake_at > clock_timestamp()`,
      );
      if (waiting === count) return;
      if (performance.now() > deadline) throw new Error(`only ${waiting} of ${count} runs are WAITING`);
      await pause(100);
    }
  }

  // Code is compiled, pools and buffers have their size.
  await sleep(WARM_UP);
  await untilWaiting(WARM_UP);
  const before = await memory();
  const began = performance.now();
  await sleep(COUNT);
  const started = performance.now();
  await untilWaiting(WARM_UP + COUNT);
  const seconds = (performance.now() - began) / 1_000;
  const peakRss = process.resourceUsage().maxRSS * 1_024;
  const after = await memory();

  const [{ waits }] = await database.query(`select count(*)::int waits from ${schema}.waits`);
  if (waits !== WARM_UP + COUNT) throw new Error(`LOST: ${waits} waits recorded for ${WARM_UP + COUNT} runs`);
  const result = {
    runs: COUNT,
    heapBytesPerRun: Math.round((after.heapUsed - before.heapUsed) / COUNT),
    heapMiB: { before: mib(before.heapUsed), after: mib(after.heapUsed) },
    rssMiB: { before: mib(before.rss), after: mib(after.rss), peak: mib(peakRss) },
    rssBytesPerRun: Math.round((after.rss - before.rss) / COUNT),
    seconds: { starting: Number(((started - began) / 1_000).toFixed(1)), untilAllWait: Number(seconds.toFixed(1)) },
  };
  console.log(`${COUNT.toLocaleString('en-US')} runs asleep: ${result.heapBytesPerRun} bytes of heap per run
heap  ${result.heapMiB.before} → ${result.heapMiB.after} MiB
RSS   ${result.rssMiB.before} → ${result.rssMiB.after} MiB, peak ${result.rssMiB.peak} MiB
time  ${result.seconds.starting} s to start, ${result.seconds.untilAllWait} s until all wait`);
  if (flags.json) console.log(JSON.stringify(result));
  if (result.heapBytesPerRun >= MAX_BYTES) {
    console.error(`${result.heapBytesPerRun} bytes of heap per sleeping run; wanted: less than ${MAX_BYTES}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await opened?.application.close();
  await database.drop(schema);
  await database.close();
  await server.stop();
}

function mib(bytes) {
  return Math.round(bytes / 2 ** 20);
}
