// The fault runs: npm run test:faults [-- --full] [--only=<name>,…] [--seed=<n>] [--json=<file>]; FAULTS_DATA is another folder for the server,
// for two at once.
//
// Real processes, a real Postgres of their own, faults at random from a printed seed. Ends non-zero when an invariant was violated. Without
// --full each scenario is small, the first five always run, and the others, in an order of the seed, as long as there is time.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomNumbers } from '../support/random-numbers.js';
import { faultServer } from './fault-server.js';
import type { Report, Scenario } from './scenario.js';
import { bulkJobs } from './scenarios/bulk-jobs.js';
import {
  halfOpenListen,
  latency,
  lostAcknowledgements,
  partition,
  terminatedBackends,
  withoutNotify,
} from './scenarios/connections.js';
import { crashAtEveryPoint } from './scenarios/crash-points.js';
import { cutOvers } from './scenarios/cut-overs.js';
import { blockedLoop, clockJumps, poison, postgresRestarts } from './scenarios/machines.js';
import { operators } from './scenarios/operators.js';
import { permits } from './scenarios/permits.js';
import { sigkill } from './scenarios/sigkill.js';
import { waking } from './scenarios/waking.js';
import { zombies } from './scenarios/zombies.js';

const SCENARIOS: Record<string, Scenario> = {
  sigkill,
  waking,
  permits,
  operators,
  'crash-points': crashAtEveryPoint,
  zombies,
  'lost-acknowledgements': lostAcknowledgements,
  'terminated-backends': terminatedBackends,
  'postgres-restarts': postgresRestarts,
  partition,
  'half-open-listen': halfOpenListen,
  'without-notify': withoutNotify,
  latency,
  'clock-jumps': clockJumps,
  'blocked-loop': blockedLoop,
  poison,
  'cut-overs': cutOvers,
  'bulk-jobs': bulkJobs,
};

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'string' },
    // Seconds after which the small run begins no other scenario.
    budget: { type: 'string', default: '80' },
  },
});
/** They come first in the small run. */
const ALWAYS = 5;

const seed = Number(values.seed ?? Date.now() % 1_000_000);
const names = values.only?.split(',') ?? (values.full ? Object.keys(SCENARIOS) : inOrderOf(seed));
const unknown = names.filter((name) => SCENARIOS[name] === undefined);
if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}; there are ${Object.keys(SCENARIOS).join(', ')}`);

function inOrderOf(start: number): string[] {
  const all = Object.keys(SCENARIOS);
  const random = randomNumbers(start);
  const rest = all.slice(ALWAYS).map((name) => ({ name, place: random() }));
  return [...all.slice(0, ALWAYS), ...rest.sort((a, b) => a.place - b.place).map(({ name }) => name)];
}

const server = await faultServer(process.env.FAULTS_DATA ?? join(import.meta.dirname, '../../.data/faults-postgres'));
console.log(`seed ${seed}${values.full ? ', full' : ''}`);
const reports: Record<string, Report & { seconds: number }> = {};
try {
  for (const [index, name] of names.entries()) {
    const began = performance.now();
    if (!values.full && values.only === undefined && began > Number(values.budget) * 1_000) {
      console.log(`no time left for ${names.slice(index).join(', ')}`);
      break;
    }
    const random = randomNumbers(seed * 1_000 + index);
    const report = await (SCENARIOS[name] as Scenario)({
      full: values.full,
      random,
      server,
      log: (line) => console.log(`  ${name}: ${line}`),
    });
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    reports[name] = { ...report, seconds };
    const figures = Object.entries(report.figures).map(([figure, value]) => `${figure} ${value}`);
    console.log(`${report.violations.length === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s): ${figures.join(', ')}`);
    for (const { invariant, what } of report.violations.slice(0, 20)) console.log(`     ${invariant}: ${what}`);
  }
} finally {
  await server.stop();
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ seed, full: values.full, reports }, null, 2));
const failed = Object.entries(reports).filter(([, report]) => report.violations.length > 0);
console.log(
  failed.length === 0 ? 'no invariant was violated' : `violated in: ${failed.map(([name]) => name).join(', ')}; seed ${seed}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
