// Random workflows under random SIGKILLs. `SEED=… npm test -- test/programs` repeats the programs and the cadence of the crashes,
// `PROGRAMS=…` runs another number of them, `LOGS=1` prints the figures.
import { randomBytes } from 'node:crypto';
import { randomNumbers } from '../support/random-numbers.js';
import type { BodyExecution } from './body-ledger.js';
import { interpret } from './interpreter.js';
import { markOf } from './program.js';
import { ProgramCluster } from './program-cluster.js';
import { randomProgram } from './random-program.js';
import { countLateBodies, judge, type RunRecord } from './record-check.js';

const SEED = Number(process.env.SEED ?? randomBytes(3).readUIntBE(0, 3));
const PROGRAMS = Number(process.env.PROGRAMS ?? 1_000);
const TIMEOUT = 150_000 * Math.max(1, PROGRAMS / 1_000);
/** Of the faults, all of which are counted. */
const SHOWN = 3;

/** Which faults tell most. */
const rank = (fault: string) => (fault.includes('NonDeterministic') ? 0 : fault.startsWith('it is not over') ? 2 : 1);

/** What a recorded step is recorded with, and the body that it came from. */
function recordedBody(run: RunRecord): BodyExecution | undefined {
  const step = run.operations.find(({ kind, output }) => kind === 'step' && output !== null);
  return step && run.bodies.find(({ mark }) => mark === markOf(step.output));
}

/** Records made wrong. Undefined where there is nothing to spoil. */
const SPOILT: Record<string, (run: RunRecord) => Partial<RunRecord> | undefined> = {
  'an end that comes twice': ({ moves }) => ({ moves: [...moves, ...moves.slice(-1)] }),
  'another end': ({ output }) => (output === null ? undefined : { output: null, status: 'ERROR', error: '{"message":"no"}' }),
  'an effect that is missing': ({ output }) => {
    const { seen = [], ...result } = JSON.parse(output ?? '{}') as { seen?: string[] };
    return seen.length > 0 ? { output: JSON.stringify({ ...result, seen: seen.slice(1) }) } : undefined;
  },
  'a wait that is left': () => ({ waits: 1 }),
  'an outcome that is lost': ({ operations }) => {
    const lost = operations.findIndex(({ seq }) => seq !== null);
    return lost >= 0 ? { operations: operations.toSpliced(lost, 1) } : undefined;
  },
  'an ordinal that is recorded twice': ({ operations }) => operations[0] && { operations: [...operations, operations[0]] },
  'an event that is lost': ({ events }) => (events.length > 0 ? { events: events.slice(1) } : undefined),
  'a failed attempt that is lost': ({ attempts, operations }) => {
    const lost = attempts.findIndex(({ ordinal }) => operations.some((row) => row.ordinal === ordinal));
    return lost >= 0 ? { attempts: attempts.toSpliced(lost, 1) } : undefined;
  },
  'a body that ran twice under one claim': ({ bodies }) =>
    bodies.length > 0 ? { bodies: [...bodies, { ...(bodies.at(-1) as BodyExecution), mark: 'b' }] } : undefined,
  'a body that ran again when it was recorded': (run) => {
    const body = recordedBody(run);
    const claim = { status: 'PENDING', token: 'later' };
    return body && { moves: [...run.moves, claim], bodies: [...run.bodies, { ...body, token: 'later', mark: 'b' }] };
  },
  'an outcome that no body gave': (run) => {
    const body = recordedBody(run);
    return body && { bodies: run.bodies.filter((other) => other !== body) };
  },
  'a body that did not wait for what led to it': (run) => {
    const first = run.operations.find(({ kind, seq }) => kind === 'step' && seq === 0);
    const next = interpret(run.program, run.operations).asked.find(({ node, knew }) => node?.op === 'step' && knew > 0);
    if (first === undefined || next?.node === undefined) return undefined;
    const early = { run: run.runId, node: next.node.id, attempt: 1, token: 'early', mark: 'b' };
    return { moves: [{ status: 'PENDING', token: 'early' }, ...run.moves], bodies: [early, ...run.bodies] };
  },
  'a body that the record does not lead to': ({ bodies }) =>
    bodies[0] && { bodies: [...bodies, { ...bodies[0], node: 1_000, mark: 'b' }] },
};

describe(`random programs under SIGKILL (SEED=${SEED})`, () => {
  let cluster: ProgramCluster;
  let records: RunRecord[];
  beforeAll(async () => {
    cluster = await ProgramCluster.create();
    const programs = Array.from({ length: PROGRAMS }, (_, i) => randomProgram(SEED + i));
    const runIds = await cluster.start(programs);
    cluster.spawnWorkers();
    await cluster.crashUntilOver(runIds, randomNumbers(SEED), { most: PROGRAMS / 30, timeout: TIMEOUT });
    records = await cluster.records(programs, runIds);
  }, 1.2 * TIMEOUT);
  afterAll(() => cluster?.close());

  it(`end as an interpreter says that they must, ${PROGRAMS} of them, however often their processes are killed`, () => {
    const faults = records.flatMap((run) => judge(run).fault ?? []).sort((a, b) => rank(a) - rank(b));
    expect([cluster.trouble, `${faults.length} faults`, ...faults.slice(0, SHOWN)].join('\n')).toBe('\n0 faults');
    expect(records.filter(({ error }) => error?.includes('NON_DETERMINISTIC'))).toEqual([]);
  });

  // Fewer than that may be over before much has happened.
  (PROGRAMS < 1_000 ? it.skip : it)('are really interrupted, suspended, retried and failed', () => {
    const bodies = records.reduce((n, run) => n + run.bodies.length, 0);
    const distinct = records.reduce((n, run) => n + new Set(run.bodies.map(({ node, attempt }) => `${node}/${attempt}`)).size, 0);
    const moved = (to: string) => records.reduce((n, { moves }) => n + moves.filter(({ status }) => status === to).length, 0);
    const figures = {
      operations: records.reduce((n, { operations }) => n + operations.length, 0),
      kills: cluster.kills,
      freezes: cluster.freezes,
      failedBoots: cluster.failedBoots,
      rescued: records.filter((run) => run.moves.some(({ status }) => status === 'ENQUEUED')).length,
      rescues: moved('ENQUEUED'),
      suspensions: moved('WAITING'),
      bodies,
      bodiesAgain: bodies - distinct,
      lateBodies: records.reduce((n, run) => n + countLateBodies(run), 0),
      failedAttempts: records.reduce((n, { attempts }) => n + attempts.length, 0),
      succeeded: moved('SUCCESS'),
      failed: moved('ERROR'),
      judgedFreely: records.filter((run) => judge(run).freely).length,
    };
    if (process.env.LOGS) console.log(figures);
    expect(figures.kills).toBeGreaterThanOrEqual(PROGRAMS / 200);
    expect(figures.freezes).toBeGreaterThan(0);
    expect(figures.rescued).toBeGreaterThan(PROGRAMS / 5);
    expect(figures.bodiesAgain).toBeGreaterThan(PROGRAMS / 20);
    expect(figures.lateBodies).toBeLessThanOrEqual(figures.freezes);
    expect(figures.suspensions).toBeGreaterThan(PROGRAMS / 20);
    expect(figures.failedAttempts).toBeGreaterThan(PROGRAMS / 2);
    expect(figures.succeeded).toBeGreaterThan(PROGRAMS / 2);
    expect(figures.failed).toBeGreaterThan(PROGRAMS / 20);
    expect(figures.judgedFreely).toBeGreaterThan(PROGRAMS / 10);
  });

  it.each(Object.entries(SPOILT))('would not be accepted with %s', (_, spoil) => {
    const spoilt = records.flatMap((run) => {
      const change = spoil(run);
      return change === undefined ? [] : { ...run, ...change };
    });
    expect(spoilt.length).toBeGreaterThan(PROGRAMS / 10);
    expect(spoilt.filter((run) => judge(run).fault === undefined).map(({ program }) => program.seed)).toEqual([]);
  });
});
