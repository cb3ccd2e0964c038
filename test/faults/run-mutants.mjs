/**
 * Proves that every defence of the protocol is held by a test: takes one away at a time (patches/mutants.mjs) and looks whether its test
 * fails. First all those tests run once with nothing taken away. Ends non-zero when a mutant survives, when its test did not run, or when
 * what failed is the mutant itself and not what it should have broken.
 *
 *   node test/faults/run-mutants.mjs [names…] [--jobs 2] [--why] [--share 0/2]   # the first half of them, one in two
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import '../support/swc-register.mjs';
import { MUTANTS } from './patches/mutants.mjs';
import { mutantOf } from './patches/source-patches.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const JEST = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
/** The mutant is no valid program, or its patch did not fit: that it fails proves nothing. */
const BROKEN = /syntax error|SyntaxError|ReferenceError|is not a function|has changed: it does not contain|left open/;
/** Of one Jest; the slowest test of a mutant takes some seconds, all of them together some minutes. */
const TIMEOUT_MS = 60_000;
const TIMEOUT_OF_ALL_MS = 600_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '2' },
    why: { type: 'boolean', default: false },
    share: { type: 'string', default: '0/1' },
  },
});
const [part, parts] = values.share.split('/').map(Number);
if (!(parts > 0 && part >= 0 && part < parts)) throw new Error(`--share must be as in 0/2 or 1/2, not ${values.share}`);
const mutants = positionals.length > 0 ? positionals.map(mutantOf) : MUTANTS.filter((_, i) => i % parts === part);
const began = performance.now();
const { startEmbeddedPostgres } = await import('../../lib/embedded/index.ts');
const server = await startEmbeddedPostgres({
  dataDir: join(ROOT, '.data/mutants-postgres'),
  database: 'workflows_mutants',
  log: () => {},
});
const folder = await mkdtemp(join(tmpdir(), 'mutants-'));
try {
  process.exitCode = (await passesUnchanged()) && (await dieAll()) ? 0 : 1;
} finally {
  await rm(folder, { recursive: true });
  await server.stop();
}

async function passesUnchanged() {
  const results = await runTests('unchanged', mutants);
  let failing = 0;
  for (const mutant of mutants) {
    const own = results.filter((result) => isTestOf(mutant, result));
    const failed = own.find(({ status }) => status === 'failed');
    if (own.length > 0 && failed === undefined) continue;
    failing++;
    report(mutant.name, failed === undefined ? 'NOT RUN' : 'FAILS UNCHANGED', failed && whyOf(failed));
  }
  console.log(`nothing taken away: ${results.length} tests, ${seconds()} s`);
  return failing === 0;
}

async function dieAll() {
  const waiting = [...mutants];
  let killed = 0;
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const since = performance.now();
      const { verdict, why } = await judge(mutant);
      if (verdict === 'killed') killed++;
      console.log(
        `${mutant.name.padEnd(26)} ${verdict.padEnd(10)} ${String(Math.round(performance.now() - since)).padStart(6)} ms`,
      );
      if (why !== undefined && (values.why || verdict !== 'killed')) console.log(why.replace(/^/gm, '    '));
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  console.log(`mutants killed ${killed}/${mutants.length}, ${seconds()} s`);
  return killed === mutants.length;
}

async function judge(mutant) {
  const results = (await runTests(mutant.name, [mutant], { MUTANT: mutant.name })).filter((result) => isTestOf(mutant, result));
  const failed = results.find(({ status }) => status === 'failed');
  if (failed === undefined) return { verdict: results.length === 0 ? 'NOT RUN' : 'SURVIVED' };
  const why = whyOf(failed);
  return { verdict: BROKEN.test(why) ? 'BROKEN' : 'killed', why };
}

function whyOf({ failureMessages }) {
  return failureMessages.join('\n').split('\n').slice(0, 24).join('\n');
}

function report(name, what, why) {
  console.log(`${name.padEnd(26)} ${what}`);
  if (why !== undefined) console.log(why.replace(/^/gm, '    '));
}

/** Runs the tests of these mutants in a Jest of their own. Gives those that ran. */
async function runTests(label, some, env = {}) {
  const outputFile = join(folder, `${label}.json`);
  const specs = [...new Set(some.map(({ spec }) => spec))];
  const names = [...new Set(some.map((mutant) => nameOf(mutant).source))].join('|');
  const args = [
    ...JEST,
    '--runTestsByPath',
    ...specs,
    '-t',
    names,
    '--json',
    '--outputFile',
    outputFile,
    '--silent',
    '--forceExit',
  ];
  const jest = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, MUTANT: '', ...env, DATABASE_URL: server.url },
    stdio: 'ignore',
    timeout: some.length > 1 ? TIMEOUT_OF_ALL_MS : TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  await new Promise((resolve) => {
    jest.once('close', resolve);
  });
  const text = await readFile(outputFile, 'utf8').catch(() => undefined);
  // The one test timed out, and what it left behind took Jest down before its report: a program that is broken does report.
  if (text === undefined && some.length === 1 && jest.exitCode !== null && jest.exitCode !== 0)
    return [
      { status: 'failed', spec: some[0].spec, fullName: fullNameOf(some[0]), failureMessages: ['Jest ended without a report'] },
    ];
  const { testResults } = JSON.parse(text ?? '{"testResults":[]}');
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map((result) => ({ ...result, spec: name.slice(ROOT.length) })),
  );
}

function isTestOf(mutant, { spec, fullName }) {
  return spec === mutant.spec && nameOf(mutant).test(fullName);
}

function fullNameOf({ test }) {
  return test.replaceAll(' › ', ' ');
}

/** Jest joins the titles by a space; `%s` stands for the cases of a table. */
function nameOf({ test }) {
  const escaped = fullNameOf({ test }).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('%s', '.*')}$`);
}

function seconds() {
  return ((performance.now() - began) / 1000).toFixed(1);
}
