// Measures the library and the floor side by side: alternating, each measurement in a process and a schema of its own, medians.
//
//   npm run bench                 the table
//   node bench/run.mjs --json     and, as the last line, one JSON object
//   node bench/run.mjs --quick    small counts, one repetition: does it still work?
//   --only=latency,eager          some measurements   --repeat=5   more repetitions
//
// Database: DATABASE_URL, or an embedded Postgres in .data/bench-postgres. Exits non-zero when a run or a step is lost.
import { fork } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BenchDatabase, openServer } from './database.mjs';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    repeat: { type: 'string' },
  },
});

const FULL = {
  latency: { count: 2_000, warmUp: 500, inFlight: 2_000 },
  eager: { count: 30_000, warmUp: 4_000, inFlight: 2_000 },
  steps: { count: 6_000, warmUp: 2_000, inFlight: 2_000 },
  enqueue: { count: 30_000, inFlight: 2_000 },
  drain: { count: 30_000, inFlight: 2_000 },
};
const QUICK = {
  latency: { count: 100, warmUp: 20, inFlight: 2_000 },
  eager: { count: 1_000, warmUp: 200, inFlight: 500 },
  steps: { count: 200, warmUp: 50, inFlight: 100 },
  enqueue: { count: 1_000, inFlight: 500 },
  drain: { count: 1_000, inFlight: 500 },
};
const COUNTS = flags.quick ? QUICK : FULL;
const REPEAT = Number(flags.repeat ?? (flags.quick ? 1 : 3));
/** `drain` needs what `enqueue` left, in the same schema. */
const CHAINS = [['latency'], ['enqueue', 'drain'], ['eager'], ['steps']];
const CHILD_TIMEOUT_MS = 180_000;

/** Figure → measurement, its field, unit; for latencies less is better. */
const FIGURES = {
  startLatencyP50: { label: 'start → durable result, p50 ms', of: 'latency', field: 'p50', better: 'less' },
  startLatencyP99: { label: 'start → durable result, p99 ms', of: 'latency', field: 'p99', better: 'less' },
  enqueuePerSecond: { label: 'enqueued runs/s, one burst', of: 'enqueue', field: 'perSecond', better: 'more' },
  drainPerSecond: { label: 'drained 1-step runs/s', of: 'drain', field: 'perSecond', better: 'more' },
  eagerRunsPerSecond: { label: '1-step runs/s, start → result', of: 'eager', field: 'perSecond', better: 'more' },
  stepsPerSecond: { label: 'steps/s, 10-step runs', of: 'steps', field: 'stepsPerSecond', better: 'more' },
};

const children = new Set();
function runChild(task) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./child.mjs', import.meta.url)), [JSON.stringify(task)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: process.env.BENCH_NODE_ARGS?.split(' ') ?? [],
    });
    children.add(child);
    let result;
    const timer = setTimeout(() => child.kill('SIGKILL'), CHILD_TIMEOUT_MS);
    child.on('message', (message) => {
      result = message;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      children.delete(child);
      const what = `${task.measurement} of ${task.contender}`;
      if (code === 0 && result !== undefined) resolve(result);
      else reject(new Error(`${what} ended with ${signal ?? code}; its schema ${task.schema} was dropped`));
    });
  });
}

const expected = {
  latency: ({ count, warmUp }) => ({ runs: count + warmUp, steps: count + warmUp, status: 'SUCCESS' }),
  eager: ({ count, warmUp }) => ({ runs: count + warmUp, steps: count + warmUp, status: 'SUCCESS' }),
  steps: ({ count, warmUp }) => ({ runs: count + warmUp, steps: 10 * (count + warmUp), status: 'SUCCESS' }),
  enqueue: ({ count }) => ({ runs: count, steps: 0, status: 'ENQUEUED' }),
  drain: ({ count }) => ({ runs: count, steps: count, status: 'SUCCESS' }),
};

async function measure(database, url, contender, chain, results) {
  const schema = database.newSchema(contender);
  try {
    for (const measurement of chain) {
      const counts = COUNTS[measurement];
      await database.settle();
      const before = await database.cpuMs();
      const result = await runChild({ contender, measurement, url, schema, counts });
      const after = await database.cpuMs();
      if (before !== undefined && after !== undefined) result.serverCpuMs = after - before;
      await database.verify(schema, expected[measurement](counts));
      if (measurement === 'steps') result.stepsPerSecond = result.perSecond * 10;
      if (measurement === 'drain') result.perSecond = counts.count / (await drainSeconds(database, contender, schema));
      if (measurement === 'enqueue') await database.vacuum(schema);
      results[contender][measurement] ??= [];
      results[contender][measurement].push(result);
      const figures = Object.entries(result).map(([name, value]) => `${name} ${value.toFixed(value < 100 ? 2 : 0)}`);
      console.error(`  ${contender.padEnd(8)} ${measurement.padEnd(8)} ${figures.join('  ')}`);
    }
  } finally {
    await database.drop(schema);
  }
}

/** From the first claim to the last terminal status, on the database's clock: the same for both, whatever their processes do around it. */
async function drainSeconds(database, contender, schema) {
  const table = contender === 'library' ? 'workflow_status' : 'runs';
  const [row] = await database.query(
    `select extract(epoch from max(completed_at) - min(claimed_at))::float8 seconds from ${schema}.${table}`,
  );
  return row.seconds;
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => (sorted(values)[(values.length - 1) >> 1] + sorted(values)[values.length >> 1]) / 2;
const round = (value) => (value < 100 ? Number(value.toFixed(3)) : Math.round(value));

function summarise(results) {
  const summary = { ratios: {}, library: {}, floor: {}, spread: {}, cpuMicrosecondsPerRun: cpuPerRun(results) };
  for (const [figure, { of, field }] of Object.entries(FIGURES)) {
    const [library, floor] = ['library', 'floor'].map((contender) => results[contender][of]?.map((result) => result[field]));
    if (library === undefined || floor === undefined) continue;
    summary.library[figure] = round(median(library));
    summary.floor[figure] = round(median(floor));
    // Of each pair, which was measured within seconds; other load on the machine comes and goes over minutes.
    summary.ratios[figure] = round(median(library.map((value, i) => value / floor[i])));
    const spread = (values) => (Math.max(...values) - Math.min(...values)) / median(values);
    summary.spread[figure] = { library: round(spread(library)), floor: round(spread(floor)) };
  }
  return summary;
}

/** CPU time is what other load disturbs least. The server's includes making the schema. */
function cpuPerRun(results) {
  const perRun = (contender, measurement) => {
    const { count, warmUp = 0 } = COUNTS[measurement];
    const of = (field) => results[contender][measurement].map((result) => result[field]).filter((value) => value !== undefined);
    const per = (field) => (of(field).length === 0 ? null : round((median(of(field)) / (count + warmUp)) * 1_000));
    return { client: per('cpuMs'), server: per('serverCpuMs') };
  };
  return Object.fromEntries(
    Object.keys(results.library).map((measurement) => [
      measurement,
      { library: perRun('library', measurement), floor: perRun('floor', measurement) },
    ]),
  );
}

function print({ ratios, library, floor, spread, cpuMicrosecondsPerRun }) {
  const show = (value) => (value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US'));
  const percent = (value) => `±${Math.round(value * 50)}%`;
  const lines = Object.keys(ratios).map((figure) => {
    const { label, better } = FIGURES[figure];
    const met = better === 'less' ? ratios[figure] <= 2 : ratios[figure] >= 0.5;
    const { library: l, floor: f } = spread[figure];
    const cells = [`${show(library[figure])} ${percent(l)}`, `${show(floor[figure])} ${percent(f)}`, show(ratios[figure])];
    const wanted = `${better === 'less' ? '≤ 2' : '≥ 0.5'}${met ? '' : ' missed'}`;
    return `${label.padEnd(34)}${cells.map((cell) => cell.padStart(16)).join('')}   ${wanted}`;
  });
  console.log(`${''.padEnd(34)}${['library', 'floor', 'ratio'].map((head) => head.padStart(16)).join('')}   wanted`);
  console.log(lines.join('\n'));
  console.log('\nCPU µs per run, client + server');
  for (const [measurement, cpu] of Object.entries(cpuMicrosecondsPerRun)) {
    const cells = [cpu.library, cpu.floor].map(
      ({ client, server }) => `${Math.round(client)} + ${Math.round(server ?? Number.NaN)}`,
    );
    console.log(`${measurement.padEnd(34)}${cells.map((cell) => cell.padStart(16)).join('')}`);
  }
}

const chosen = flags.only?.split(',');
const chains = CHAINS.filter((chain) => chosen === undefined || chain.some((measurement) => chosen.includes(measurement)));
const server = await openServer();
const database = new BenchDatabase(server.url);
const stopChildren = () => {
  for (const child of children) child.kill('SIGKILL');
};
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stopChildren();
    process.exitCode = 130;
  });
}
try {
  const results = { library: {}, floor: {} };
  for (let i = 0; i < REPEAT; i++) {
    console.error(`repetition ${i + 1} of ${REPEAT}`);
    const order = i % 2 === 0 ? ['floor', 'library'] : ['library', 'floor'];
    for (const chain of chains) for (const contender of order) await measure(database, server.url, contender, chain, results);
  }
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    ...(await database.describe()),
    embedded: server.embedded,
    repetitions: REPEAT,
    quick: flags.quick,
  };
  const summary = summarise(results);
  print(summary);
  if (flags.json) console.log(JSON.stringify({ ...summary, machine }));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await database.close();
  await server.stop();
}
