// The transactions of the protocol as the functions in migrations/ do them, on a copy of the state. Each is one step, because what it
// reads it reads under the locks that it needs; but for the flush, which checks in one statement and writes in later ones: between the
// two others may commit. Those that may break an invariant return its name.
import { INVARIANTS, type Rules, type Scenario } from './rules.js';
import { type Executor, type Flush, isOver, isOwned, NOBODY, type Run, type State } from './state.js';

type Program = Scenario['program'];

/** May a change of ownership take the executor's fence? Not while one of its flushes holds it. */
export function isFenceFree(state: State, executor: number, rules: Rules): boolean {
  return !rules.fenceLock || !state.flushes.some((flush) => flush.executor === executor && flush.stage === 'checked');
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

/** Writes checkpoints and status, commits, lets the fence go. */
export function writeFlush(state: State, flush: Flush, program: Program, rules: Rules): string | undefined {
  const run = state.runs[flush.run] as Run;
  const broken = record(run, flush, program, rules);
  if (flush.wait) recordWait(run, flush, rules);
  return broken ?? move(state, run, flush, program, rules);
}

function record(run: Run, { from, to, token }: Flush, program: Program, rules: Rules): string | undefined {
  for (let operation = from; operation < to; operation++) {
    const bit = 1 << operation;
    if ((run.recorded & bit) === 0) {
      if (run.token !== token) return INVARIANTS.currentToken;
      run.recorded |= bit;
      if (program[operation] === 'timer') run.hasWait = false;
    } else if (!rules.keyedWrites) return INVARIANTS.acceptedOnce;
  }
  return (run.recorded & (run.recorded + 1)) === 0 ? undefined : INVARIANTS.noHole;
}

function recordWait(run: Run, { to, token }: Flush, rules: Rules): void {
  if (rules.waitDone && (run.recorded & (1 << to)) !== 0) return;
  if (!rules.waitToken || run.token === token) run.hasWait = true;
}

function move(state: State, run: Run, flush: Flush, program: Program, rules: Rules): string | undefined {
  if (flush.move === '') return undefined;
  if (rules.ownerGuard && run.owner !== flush.executor) return undefined;
  if (rules.terminalGuard && isOver(run)) return undefined;
  if (rules.moveToken && run.token !== flush.token) return undefined;
  if (isOver(run)) return INVARIANTS.endsOnce;
  if (flush.move === 'running') run.status = 'owned';
  if (flush.move === 'waiting') {
    // Its row is locked by now, so who brings a message later finds it waiting.
    const arrived = rules.suspendRecheck && run.hasSource && isAtMessage(run, program);
    run.status = arrived ? 'enqueued' : 'waiting';
    run.owner = NOBODY;
  }
  if (flush.move === 'success') {
    run.status = 'success';
    run.endedBy = flush.token;
    run.hasWait = false;
    if (countOf(run.recorded) < program.length) return INVARIANTS.noHole;
  }
  if (!rules.acknowledgementRule && flush.move !== 'running') run.token = newToken(state);
  return undefined;
}

/** Of recorded operations without a hole. */
export function countOf(recorded: number): number {
  return 32 - Math.clz32(recorded);
}

// — who has a run —

export function isAtMessage({ recorded }: Run, program: Program): boolean {
  return program[countOf(recorded)] === 'message';
}

/** A timer wakes by the claim, which takes what is due; a message wakes by the status. */
export function isClaimable(run: Run, program: Program): boolean {
  if (run.status === 'waiting') return run.hasSource && program[countOf(run.recorded)] === 'timer';
  return run.status === 'enqueued';
}

export function claim(state: State, executor: number, run: Run, rules: Rules): string | undefined {
  run.status = 'owned';
  run.owner = executor;
  if (rules.claimToken) run.token = newToken(state);
  return isRetired(state, executor) ? INVARIANTS.notToRetired : undefined;
}

export function retire(state: State, executor: number): void {
  state.executors[executor] = { ...(state.executors[executor] as Executor), isRetired: true };
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

export function cancel(state: State, run: Run, rules: Rules): void {
  run.status = 'cancelled';
  run.hasWait = false;
  if (rules.cancelToken) run.token = newToken(state);
}

/** What a run waits for is there. `seen`: the status that whoever brings it believes in. */
export function bringSource(run: Run, seen: Run['status'], program: Program): void {
  run.hasSource = true;
  if (seen === 'waiting' && run.status === 'waiting' && isAtMessage(run, program)) run.status = 'enqueued';
}

export function orphanOf(state: State, executor: number): Run | undefined {
  return state.runs.find((run) => isOwned(run, executor));
}
