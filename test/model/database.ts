// The transactions of the protocol as the functions in migrations/ do them, on a copy of the state. Each is one step, because what it
// reads it reads under the locks that it needs; but for the flush, which checks in one statement and writes in later ones, and one that
// suspends looks once more before it commits: between these others may commit. Those that may break an invariant return its name.
import { INVARIANTS, type Rules } from './rules.js';
import { type Executor, type Flush, isOver, isOwned, isRowFree, NOBODY, type Run, type State } from './state.js';
import { brings, countOf, isThere, isWait, isWokenFor, kindAt, otherRun } from './waits.js';

/** May a change of ownership take the executor's fence? Not while one of its flushes holds it. */
export function isFenceFree(state: State, executor: number, rules: Rules): boolean {
  return !rules.fenceLock || !state.flushes.some((flush) => flush.executor === executor && holdsFence(flush));
}

export function holdsFence({ stage }: Flush): boolean {
  return stage === 'checked' || stage === 'looked';
}

export function isRetired(state: State, executor: number): boolean {
  return (state.executors[executor] as Executor).isRetired;
}

function newToken(state: State): number {
  state.lastToken++;
  return state.lastToken;
}

// — flush —

/** Takes the fence, shared, and looks whether the executor lives and whether the token is the run's. */
export function checkFlush(state: State, { executor, run, token }: Flush, rules: Rules): 'ok' | 'retired' | 'refused' {
  if (rules.aliveCheck && isRetired(state, executor)) return 'retired';
  return rules.tokenCheck && (state.runs[run] as Run).token !== token ? 'refused' : 'ok';
}

/** Whether its status will be written, for which it needs the lock of the run. */
export function movesRun(state: State, { run, executor, token, move }: Flush, rules: Rules): boolean {
  const row = state.runs[run] as Run;
  if (move === '' || (rules.ownerGuard && row.owner !== executor) || (rules.terminalGuard && isOver(row))) return false;
  return !rules.moveToken || row.token === token;
}

/** What it waits for decides whether there is anything to look for while the lock is held. */
export function looksAgain({ runs }: State, { run, to, move }: Flush): boolean {
  return move === 'waiting' && isWokenFor((runs[run] as Run).program[to]);
}

export function findsSource(state: State, { run, to }: Flush, rules: Rules): boolean {
  return rules.suspendRecheck && isThere(state, run, (state.runs[run] as Run).program[to]);
}

/** Writes checkpoints and status, commits, lets the fence and the lock go. */
export function writeFlush(state: State, flush: Flush, rules: Rules): string | undefined {
  const run = state.runs[flush.run] as Run;
  const moves = movesRun(state, flush, rules);
  const broken = record(run, flush, rules);
  if (flush.wait) recordWait(run, flush, rules);
  if (brings(state, flush)) bringsSomething(state, flush.executor);
  return broken ?? (moves ? move(state, run, flush, rules) : undefined);
}

/** Whoever rescues that executor has to look who waits for it. */
export function bringsSomething(state: State, executor: number): void {
  if (!isRetired(state, executor)) state.executors[executor] = { ...(state.executors[executor] as Executor), hasBrought: true };
}

function record(run: Run, { from, to, token }: Flush, rules: Rules): string | undefined {
  for (let operation = from; operation < to; operation++) {
    const bit = 1 << operation;
    if ((run.recorded & bit) === 0) {
      if (run.token !== token) return INVARIANTS.currentToken;
      run.recorded |= bit;
      if (isWait(run.program[operation])) run.hasWait = false;
    } else if (!rules.keyedWrites) return INVARIANTS.acceptedOnce;
  }
  return (run.recorded & (run.recorded + 1)) === 0 ? undefined : INVARIANTS.noHole;
}

function recordWait(run: Run, { to, token }: Flush, rules: Rules): void {
  if (rules.waitDone && (run.recorded & (1 << to)) !== 0) return;
  if (!rules.waitToken || run.token === token) run.hasWait = true;
}

function move(state: State, run: Run, flush: Flush, rules: Rules): string | undefined {
  if (isOver(run)) return INVARIANTS.endsOnce;
  if (flush.move === 'running') run.status = 'owned';
  if (flush.move === 'waiting') {
    run.status = flush.found ? 'enqueued' : 'waiting';
    run.owner = NOBODY;
  }
  if (flush.move === 'success') {
    run.status = 'success';
    run.endedBy = flush.token;
    run.hasWait = false;
    if (countOf(run.recorded) < run.program.length) return INVARIANTS.noHole;
  }
  if (!rules.acknowledgementRule && flush.move !== 'running') run.token = newToken(state);
  return undefined;
}

// — who has a run —

/** A timer wakes by the claim, which takes what is due; all else wakes by the status. */
export function isClaimable(state: State, index: number): boolean {
  const run = state.runs[index] as Run;
  if (!isRowFree(state, index)) return false;
  if (run.status === 'waiting') return run.hasSource && kindAt(run) === 'timer';
  return run.status === 'enqueued';
}

export function claim(state: State, executor: number, run: Run, rules: Rules): string | undefined {
  run.status = 'owned';
  run.owner = executor;
  if (rules.claimToken) run.token = newToken(state);
  return isRetired(state, executor) ? INVARIANTS.notToRetired : undefined;
}

export function retire(state: State, executor: number, rules: Rules): void {
  const { process, hasBrought } = state.executors[executor] as Executor;
  state.executors[executor] = { process, isRetired: true, hasBrought: false };
  if (hasBrought && rules.deathSweep) state.sweepOwed = true;
}

export function requeue(state: State, run: Run, rules: Rules): void {
  run.status = 'enqueued';
  run.owner = NOBODY;
  if (rules.rescueToken) run.token = newToken(state);
}

/** By its own executor, which knows nothing of it. */
export function release(state: State, run: Run): void {
  run.status = 'enqueued';
  run.owner = NOBODY;
  run.token = newToken(state);
}

export function cancel(state: State, index: number, rules: Rules): void {
  const run = state.runs[index] as Run;
  run.status = 'cancelled';
  run.hasWait = false;
  if (rules.endMark && state.runs[otherRun(index)]?.program.includes('result')) run.isMarked = true;
  if (rules.cancelToken) run.token = newToken(state);
}

/** Makes it due, if it waits. That it then has to wait again does no harm. */
export function wake(run: Run): void {
  if (run.status === 'waiting') run.status = 'enqueued';
}

export function orphanOf(state: State, executor: number): Run | undefined {
  return state.runs.find((run) => isOwned(run, executor));
}
