// What runs wait for, as far as the rows tell: whether it is there, who brings it, and who is still going to wake the run. Reads only;
// used by every file that moves a run or sends a flush.
import type { OperationKind, Rules } from './rules.js';
import { type Executor, type Flush, isOver, type Run, type State } from './state.js';

export function isWait(kind: OperationKind | undefined): boolean {
  return kind === 'timer' || isWokenFor(kind);
}

/** A timer needs nobody: the claim takes what is due. */
export function isWokenFor(kind: OperationKind | undefined): boolean {
  return kind === 'message' || isBroughtByRun(kind);
}

/** Another run brings it, whose flush does not lock the run that waits. */
export function isBroughtByRun(kind: OperationKind | undefined): boolean {
  return kind === 'event' || kind === 'result';
}

/** Of recorded operations without a hole. */
export function countOf(recorded: number): number {
  return 32 - Math.clz32(recorded);
}

/** The operation that a run is at, as recorded. */
export function kindAt({ program, recorded }: Run): OperationKind | undefined {
  return program[countOf(recorded)];
}

export function otherRun(run: number): number {
  return 1 - run;
}

/** Whether an operation of that kind finds what it waits for. Of what is committed. */
export function isThere({ runs }: State, run: number, kind: OperationKind | undefined): boolean {
  if (!isBroughtByRun(kind)) return (runs[run] as Run).hasSource;
  const other = runs[otherRun(run)] as Run;
  return kind === 'result' ? isOver(other) : hasSignalled(other);
}

function hasSignalled({ program, recorded }: Run): boolean {
  return (recorded & (1 << program.indexOf('signal'))) !== 0;
}

/** A run that waits for the signal of one that ended without it. */
export function isHopeless(state: State, run: number): boolean {
  const own = state.runs[run] as Run;
  const other = state.runs[otherRun(run)];
  return other !== undefined && own.program.includes('event') && isOver(other) && !hasSignalled(other);
}

/** Whether a flush writes what the other run may wait for. */
export function brings({ runs }: State, { run, from, to, move }: Flush): boolean {
  const waits = runs[otherRun(run)]?.program;
  if (waits === undefined) return false;
  return (
    (waits.includes('event') && (runs[run] as Run).program.slice(from, to).includes('signal')) ||
    (waits.includes('result') && move === 'success')
  );
}

/** Has a row in `waits`, which tells what another run is to bring. */
export function isWaiter(run: Run): boolean {
  return run.hasWait && isBroughtByRun(kindAt(run));
}

/** Somebody is there who has yet to look at the run, and will. */
export function hasWaker(state: State, run: number, rules: Rules): boolean {
  const { runs, processes, executors, flushes, sender, sweepOwed } = state;
  if (!isBroughtByRun(kindAt(runs[run] as Run))) return sender !== undefined || (rules.markSweep && (runs[run] as Run).isMarked);
  return (
    sweepOwed ||
    processes.some(({ announcement }) => announcement !== 'none') ||
    flushes.some((flush) => flush.awaited && brings(state, flush)) ||
    (rules.markSweep && (runs[otherRun(run)] as Run).isMarked) ||
    (rules.deathSweep && executors.some((executor, id) => executor.hasBrought && isDead(state, executor, id)))
  );
}

/** Its lease will be over some time, and somebody will retire it. */
function isDead({ processes }: State, { isRetired, process }: Executor, id: number): boolean {
  return !isRetired && processes[process].executor !== id;
}
