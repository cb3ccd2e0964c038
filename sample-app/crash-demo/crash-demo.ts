// Kills the app in the middle of 200 orders, starts it again, and shows that none was lost and nothing recorded was done twice.
// `npm run demo:crash`, or with other numbers: `npm run demo:crash -- --orders=500 --kill-at=70` (percent of the orders that have ended).
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from 'nestjs-workflows/embedded';
import { settings } from '../settings.js';
import { AppProcess } from './app-process.js';
import { DemoDatabase } from './demo-database.js';
import { placeOrders } from './order-load.js';
import { report } from './report.js';
import { judge } from './verdict.js';

const LOG_FILE = '.data/crash-demo.log';
const PATIENCE_MS = 60_000;

const { values } = parseArgs({
  options: { orders: { type: 'string', default: '200' }, 'kill-at': { type: 'string', default: '40' } },
});
const count = Number(values.orders);
const killAt = Math.floor((count * Number(values['kill-at'])) / 100);
if (!(count >= 1 && killAt >= 0 && killAt < count))
  throw new Error('--orders must be 1 or more, --kill-at a percentage from 0 to 99.');

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

// The database has to outlive the app: it belongs to this process. To the killed one it is any Postgres.
await mkdir('.data', { recursive: true });
const server = settings.databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: settings.dataDir }) : undefined;
const databaseUrl = server?.url ?? String(settings.databaseUrl);
const database = await DemoDatabase.open(databaseUrl);
const environment = {
  DATABASE_URL: databaseUrl,
  WORKFLOWS_SCHEMA: database.schema,
  // Short, so that the demo is short: how long the next process waits before it takes over what the dead one owned.
  WORKFLOWS_LEASE: '3s',
  PORT: '0',
};

let app: AppProcess | undefined;
try {
  app = await AppProcess.start(environment, LOG_FILE);
  console.log(`\n  app ${app.pid} is up; placing ${count} orders: stock, payment, mail over HTTP`);
  const began = performance.now();
  const placed = await placeOrders(app.url, count);
  if (!(await database.waitForEnded(killAt, PATIENCE_MS)))
    throw new Error(`After ${PATIENCE_MS / 1000} s fewer than ${killAt} orders had ended.`);

  await app.end('SIGKILL');
  const killed = performance.now();
  await database.waitForConnectionsOfTheDead();
  const endedBeforeKill = new Set(await database.listEnded());
  const recorded = await database.listCheckpoints();
  const lastCallId = (await database.listCalls()).at(-1)?.id ?? 0;
  console.log(`  kill -9 ${app.pid} when ${endedBeforeKill.size} orders had ended and ${recorded.length} steps were recorded`);

  app = await AppProcess.start(environment, LOG_FILE);
  const back = performance.now();
  console.log(`  app ${app.pid} is up; waiting for all orders to end\n`);
  await database.waitForEnded(count, PATIENCE_MS);
  const ended = performance.now();
  await app.end('SIGTERM');

  const evidence = {
    placed,
    endedBeforeKill,
    recorded,
    lastCallId,
    recordedAtEnd: await database.listCheckpoints(),
    calls: await database.listCalls(),
    effects: await database.listEffects(),
    orders: await database.listOrders(),
  };
  const verdict = judge(evidence);
  console.log(
    report(evidence, verdict, { killedAtMs: killed - began, backAfterMs: back - killed, allEndedAfterMs: ended - killed }),
  );
  if (!verdict.isGood) process.exitCode = 1;
} catch (error) {
  process.exitCode = 1;
  console.error(`\n  The demo failed: ${(error as Error).message}\n  What the app printed is in ${LOG_FILE}.`);
} finally {
  await app?.end('SIGKILL');
  // Of a demo that failed, everything is left to look at.
  if (process.exitCode === 1) console.error(`  The tables are in schema ${database.schema}.`);
  else await database.dropSchema();
  await database.close();
  await server?.stop();
}
console.log();
