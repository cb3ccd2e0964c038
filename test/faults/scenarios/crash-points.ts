// A process dies at each named point: before every statement, between its commit and the answer, and at every hand-over inside. A victim
// dies first, so that the process under test rescues, too; afterwards a third one finishes what is left.
import { eventually } from '../../support/eventually.js';
import { randomNumbers } from '../../support/random-numbers.js';
import type { Violation } from '../checker.js';
import { GateLoad } from '../gate-load.js';
import { queueOptions } from '../gated.js';
import { FAULT_POINTS } from '../patches/fault-points.mjs';
import { pick, type Report, type ScenarioContext, withFaultCluster } from '../scenario.js';

const STATEMENTS = [
  'flush',
  'run.claim',
  'operation.findHistories',
  'wait.findHistories',
  'run.insertMany',
  'run.listChanged',
  'lease.renew',
  'lease.list',
  'executor.insert',
  'executor.retire',
  'executor.listUncleared',
  'executor.requeueRuns',
  'executor.clear',
  'operation.findHistoriesFrom',
  'stream.findHeads',
  'run.findNextDue',
  'run.insertWithIds',
  'run.findOutcomes',
  'event.findMany',
  'message.insertMany',
  'message.listInboxes',
  'wake.waiters',
  'wake.pending',
  'wake.overlooked',
  'queue.declare',
  'queue.list',
  'run.claimGated',
  'run.debounce',
  'run.letGo',
];
const AT_ONCE = 5;

interface CrashPoint {
  variable: 'CRASH_AT' | 'CRASH_SOON_AT';
  point: string;
}

function crashPoints(): CrashPoint[] {
  const statements = STATEMENTS.flatMap((statement): CrashPoint[] => [
    { variable: 'CRASH_AT', point: `${statement} sending` },
    { variable: 'CRASH_SOON_AT', point: `${statement} sending` },
    { variable: 'CRASH_AT', point: `${statement} answered` },
  ]);
  const inside = FAULT_POINTS.flatMap(({ name }): CrashPoint[] => {
    const point = /^'(.+)'$/.exec(name)?.[1];
    return point === undefined ? [] : [{ variable: 'CRASH_AT', point }];
  });
  return [...statements, ...inside];
}

export async function crashAtEveryPoint({ full, random, log }: ScenarioContext): Promise<Report> {
  const all = crashPoints();
  const chosen = full ? all : [...all].sort(() => random() - 0.5).slice(0, 6);
  const waiting = chosen.map((point) => ({ ...point, hit: hitOf(point.point, random), ms: msOf(point.point, random) }));
  const violations: Violation[] = [];
  const missed: string[] = [];
  let runs = 0;
  let tried = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const label = `${next.variable} ${next.point}:${next.hit}`;
        const report = await crashAt(next.variable, `${next.point}:${next.hit}`, next.ms);
        runs += Number(report.figures.runs);
        if (report.figures.crashed === 0) missed.push(label);
        if (++tried % 20 === 0) log(`${tried} points`);
        violations.push(...report.violations.map(({ invariant, what }) => ({ invariant, what: `${label}: ${what}` })));
      }
    }),
  );
  if (missed.length > 0) log(`never reached: ${missed.join(', ')}`);
  if (full) for (const label of missed) violations.push({ invariant: 'points', what: `${label} was never reached` });
  return { violations, figures: { points: chosen.length, 'points reached': chosen.length - missed.length, runs } };
}

/** Points of boot and rescue are reached once or twice, those of runs often. */
function hitOf(point: string, random: () => number): number {
  if (/^(flush|body|delivering|outcome|source|message\.|messages? |wake\.w)/.test(point)) return 1 + Math.floor(random() * 6);
  if (/^(run\.claim|claimed|run handed|settling|result|suspending|wait beginning|attempt)/.test(point))
    return 1 + Math.floor(random() * 2);
  return 1;
}

/** What is looked for at the tick must find runs that are still going on. */
function msOf(point: string, random: () => number): number {
  return point.startsWith('run.listChanged') ? 400 : pick(random, [0, 10, 40]);
}

function crashAt(variable: string, at: string, ms: number): Promise<Report> {
  return withFaultCluster(async (cluster) => {
    const [victim, other] = await Promise.all([
      cluster.startWorker(),
      cluster.startWorker({ module: { maxConcurrentRuns: 50 } }),
    ]);
    // Up, but out of the way until it is needed.
    other.kill('SIGSTOP');
    const load = new GateLoad(cluster, randomNumbers(3));
    await load.fillOnce(1);
    await cluster.start(7, ms);
    await cluster.converse({ sets: 1, ms, random: randomNumbers(1) });
    await eventually(() => {
      if (cluster.ledger.read().length < 10) throw new Error('nothing has begun');
    });
    await cluster.kill(victim);
    const worker = await cluster.startWorker({
      faults: { [variable]: at },
      mortal: true,
      starts: { count: 8, ms, gated: true },
      module: { queues: queueOptions() },
    });
    await load.fillOnce(1);
    await cluster.converse({ sets: 1, ms, random: randomNumbers(2) });
    const over = cluster.untilAllOver(20_000);
    await Promise.race([worker.exit, over]);
    other.kill('SIGCONT');
    await load.stop();
    return ({ ledger }) => ({ figures: { crashed: ledger.filter((line) => line.kind === 'fault').length } });
  });
}
