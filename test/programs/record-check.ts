// Everything that must be true of a run that is over, whatever was done to the processes that executed it: its end and its order of effects
// are those of the interpreter, its record is that of its program, and the bodies ran as often as they may. Called by the spec.
import type { BodyExecution } from './body-ledger.js';
import { differsFrom, evaluateFreely } from './free-evaluation.js';
import { type Asked, type Interpretation, interpret, Mismatch, type Recorded } from './interpreter.js';
import { compact, eventValue, markOf, type Program, stepFailure } from './program.js';

/** All that the database and the ledger know of one run. */
export interface RunRecord {
  runId: string;
  program: Program;
  status: string;
  output: string | null;
  error: string | null;
  /** The statuses it came to, but for RUNNING, in order. Each PENDING is a claim, with a token of its own. */
  moves: Array<{ status: string; token: string }>;
  operations: Recorded[];
  attempts: Array<{ ordinal: number; attempt: number; error: string }>;
  events: Array<{ ordinal: number; key: string; value: string }>;
  /** What stands under the keys now. */
  lastEvents: Array<{ ordinal: number; key: string; value: string }>;
  chunks: Array<{ ordinal: number; offset: number; value: string }>;
  waits: number;
  /** In the order in which they began. */
  bodies: BodyExecution[];
}

export interface Verdict {
  fault?: string;
  /** It was judged without its record, too. */
  freely: boolean;
}

const LAST_MESSAGE = 'phase.last_message';

export function judge(run: RunRecord): Verdict {
  const free = evaluateFreely(run.program);
  try {
    if (endsOf(run).length === 0) throw new Mismatch('it is not over');
    const told = interpret(run.program, run.operations);
    checkEnd(run, told);
    checkRecord(run, told.asked);
    checkBodies(run, told.asked);
    checkEvents(run, told.asked);
    const difference = free && differsFrom(free, told.end);
    if (difference !== undefined) throw new Mismatch(difference);
    return { freely: free !== undefined };
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return { fault: `${error.message}\n${description(run)}`, freely: free !== undefined };
  }
}

function endsOf({ moves }: RunRecord): unknown[] {
  return moves.filter(({ status }) => ['SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD'].includes(status));
}

function checkEnd(run: RunRecord, { end }: Interpretation): void {
  const expected = 'message' in end ? `ERROR ${end.message}` : `SUCCESS ${JSON.stringify(end)}`;
  const error = run.error === null ? undefined : (JSON.parse(run.error) as { message: string }).message;
  const actual = `${run.status} ${error ?? JSON.stringify(JSON.parse(run.output ?? 'null'))}`;
  if (actual !== expected)
    throw new Mismatch(`the run and its interpretation differ:\n  run:         ${actual}\n  interpreter: ${expected}`);
  if (endsOf(run).length !== 1) throw new Mismatch(`it ended ${endsOf(run).length} times`);
  if (run.waits > 0) throw new Mismatch(`it is over, and ${run.waits} waits are left`);
}

function checkRecord(run: RunRecord, asked: readonly Asked[]): void {
  for (const row of run.operations)
    if ((row.seq === null) !== (row.kind === 'value'))
      throw new Mismatch(`operation ${row.ordinal} (${row.kind}) has seq ${row.seq}`);
  const recorded = new Map<number, number[]>();
  for (const { ordinal, attempt, error } of run.attempts) {
    const node = asked[ordinal]?.node;
    if (node?.op !== 'step') throw new Mismatch(`operation ${ordinal} is no step, but has an attempt ${attempt}`);
    const { message } = JSON.parse(error) as { message: string };
    if (!message.startsWith(`${stepFailure(run.program, node, attempt)}#`))
      throw new Mismatch(`attempt ${attempt} of operation ${ordinal} is recorded with ${message}`);
    recorded.set(ordinal, [...(recorded.get(ordinal) ?? []), attempt]);
  }
  asked.forEach(({ node, delivered }, ordinal) => {
    if (node?.op !== 'step') return;
    const failed = (recorded.get(ordinal) ?? []).sort((a, b) => a - b);
    if (
      failed.some((attempt, i) => attempt !== i + 1) ||
      failed.length > node.failures ||
      (delivered && failed.length < node.failures)
    )
      throw new Mismatch(
        `operation ${ordinal} fails ${node.failures} times; recorded are the attempts ${failed.join(', ') || 'none'}`,
      );
  });
}

function checkBodies(run: RunRecord, asked: readonly Asked[]): void {
  const stepAt = new Map(asked.flatMap(({ node }, ordinal) => (node?.op === 'step' ? [[node.id, ordinal] as const] : [])));
  const once = new Set<string>();
  /** Of every attempt, the execution under the last claim: if anything is recorded of that attempt, then what came of this one. */
  const last = new Map<string, BodyExecution>();
  for (const body of byClaim(run)) {
    const ordinal = stepAt.get(body.node);
    // A body begins only when all that led to it is durable: no later life of the run may go another way.
    if (ordinal === undefined) throw new Mismatch(`step ${body.node} was executed, but this record does not lead to it`);
    const execution = `attempt ${body.attempt} of operation ${ordinal} (step ${body.node})`;
    if (once.has(`${execution} ${body.token}`))
      throw new Mismatch(`${execution} was executed twice under one claim, ${body.token}`);
    once.add(`${execution} ${body.token}`);
    last.set(`${ordinal}/${body.attempt}`, body);
    for (const later of last.values())
      if (later.node === body.node && later.attempt > body.attempt)
        throw new Mismatch(`${execution} was executed after attempt ${later.attempt}`);
  }
  const check = (ordinal: number, attempt: number, text: string | null) => {
    const body = last.get(`${ordinal}/${attempt}`);
    const recorded = markOf(text);
    if (body?.mark === recorded) return;
    const real = run.bodies.find(({ mark }) => mark === recorded);
    const what = `attempt ${attempt} of operation ${ordinal}, recorded with the mark ${recorded},`;
    if (real === undefined) throw new Mismatch(`${what} was never executed`);
    throw new Mismatch(`${what} was executed under claim ${real.token} and again under ${body?.token}`);
  };
  for (const { ordinal, kind, attempts, output, error } of run.operations)
    if (kind === 'step') check(ordinal, attempts, output ?? error);
  for (const { ordinal, attempt, error } of run.attempts) check(ordinal, attempt, error);
  checkBarrier(run, asked, stepAt);
}

/** A body begins only when all that led to it is durable: what came of an earlier step can't be recorded under a later claim. */
function checkBarrier(run: RunRecord, asked: readonly Asked[], stepAt: ReadonlyMap<number, number>): void {
  const claims = claimsOf(run);
  const claimOf = new Map(run.bodies.map(({ mark, token }) => [mark, claims.indexOf(token)]));
  const claimBehind = (text: string | null = null) => claimOf.get(markOf(text)) ?? -1;
  /** By number of outcomes: the latest claim that any of them was recorded under. */
  const latest = [-1];
  for (const { seq, output, error } of run.operations.toSorted((a, b) => (a.seq ?? -1) - (b.seq ?? -1)))
    if (seq !== null) latest.push(Math.max(latest[seq] as number, claimBehind(output ?? error)));
  for (const { node, attempt, token } of run.bodies) {
    const ordinal = stepAt.get(node) as number;
    const before = run.attempts.find((row) => row.ordinal === ordinal && row.attempt === attempt - 1);
    const led = Math.max(latest[asked[ordinal]?.knew as number] as number, claimBehind(before?.error));
    if (led > claims.indexOf(token))
      throw new Mismatch(
        `step ${node}, attempt ${attempt}, began under claim ${token}; what led to it was recorded under ${claims[led]}`,
      );
  }
}

/** The lives of the run one after another, each in its own order. */
function byClaim(run: RunRecord): BodyExecution[] {
  const claims = claimsOf(run);
  const stranger = run.bodies.find(({ token }) => !claims.includes(token));
  if (stranger !== undefined)
    throw new Mismatch(`step ${stranger.node} was executed under ${stranger.token}, which is no claim of this run`);
  return claims.flatMap((claim) => run.bodies.filter(({ token }) => token === claim));
}

function claimsOf({ moves }: RunRecord): string[] {
  return moves.filter(({ status }) => status === 'PENDING').map(({ token }) => token);
}

/**
 * Bodies that began when a later claim had begun some already. Between the look at the lease and the first line of a body no time passes,
 * unless the process stands still just there; what it does then it can't know. That is one body for each time that it stands still.
 */
export function countLateBodies(run: RunRecord): number {
  const claims = claimsOf(run);
  let latest = 0;
  return run.bodies.filter(({ token }) => {
    const claim = claims.indexOf(token);
    latest = Math.max(latest, claim);
    return claim < latest;
  }).length;
}

function checkEvents(run: RunRecord, asked: readonly Asked[]): void {
  const events: RunRecord['events'] = [];
  const chunks: RunRecord['chunks'] = [];
  let offset = 0;
  asked.forEach(({ node, delivered }, ordinal) => {
    if (node?.op === 'progress') {
      const value = JSON.stringify({ message: eventValue(run.program, node) });
      if (delivered) events.push({ ordinal, key: LAST_MESSAGE, value });
      if (delivered) chunks.push({ ordinal, offset, value });
      offset++;
    } else if (node?.op === 'event' && delivered)
      events.push({ ordinal, key: node.key, value: JSON.stringify(eventValue(run.program, node)) });
  });
  same('events', run.events, events);
  same('lines of progress', run.chunks, chunks);
  const lastEvents = [...new Map(events.map((event) => [event.key, event])).values()];
  same('last events', run.lastEvents, lastEvents);
}

function same(what: string, stored: readonly { ordinal: number }[], expected: readonly { ordinal: number }[]): void {
  const [is, must] = [stored, expected].map((rows) => JSON.stringify([...rows].sort((a, b) => a.ordinal - b.ordinal)));
  if (is !== must) throw new Mismatch(`${what} are ${is}, must be ${must}`);
}

function description({ runId, program, status, output, error, operations, attempts, bodies }: RunRecord): string {
  const message = error === null ? null : (JSON.parse(error) as { name: string; message: string });
  return [
    `  seed ${program.seed}, run ${runId}: ${status} ${message === null ? output : `${message.name}: ${message.message}`}`,
    `  program: ${compact(program.root)}`,
    `  record:  ${[...operations]
      .sort((a, b) => (a.seq ?? -1) - (b.seq ?? -1))
      .map((row) => `${row.seq ?? '-'}=${row.ordinal} ${row.name} ${row.output ?? JSON.parse(row.error ?? '{}').message ?? ''}`)
      .join(' | ')}`,
    `  failed:  ${attempts.map(({ ordinal, attempt }) => `${ordinal}/${attempt}`).join(' ')}`,
    `  bodies:  ${bodies.map(({ node, attempt, token, mark }) => `${node}/${attempt}@${token.slice(0, 8)}#${mark}`).join(' ')}`,
  ].join('\n');
}
