// The execution protocol as a model that explorer.ts can search: two processes, one or two runs, the transactions of migrations/ and
// what goes wrong between them. Used by protocol.spec.ts, with all rules and without single ones.
import { checkFlush, holdsFence, isRetired } from './database.js';
import type { Model, Transition } from './explorer.js';
import { processSteps } from './process.js';
import { INVARIANTS, type Rules, type Scenario } from './rules.js';
import { copyOf, isOver, isReferredTo, keyOf, NOBODY, newProcess, PROCESSES, type State, type Step } from './state.js';
import { surroundingSteps } from './surroundings.js';
import { hasWaker, isHopeless, isThere, isWait, isWokenFor, kindAt } from './waits.js';

const RUN_NAMES = ['r', 's'];

export function protocol(scenario: Scenario, rules: Rules): Model<State> {
  return {
    initial: initialState(scenario),
    key: keyOf,
    transitions(state) {
      const found: Transition<State>[] = [];
      const step: Step = (action, change, fault = false) => {
        const next = copyOf(state);
        const breach = change(next) ?? undefined;
        forgetTheGone(next, rules);
        found.push({ action, next, fault, breach });
      };
      for (const index of PROCESSES) processSteps(state, index, rules, step);
      surroundingSteps(state, rules, step);
      return found;
    },
    breach: (state) => brokenIn(state, rules),
    isOver: (state) => state.runs.every((run, i) => isOver(run) || isHopeless(state, i)),
    liveness: INVARIANTS.noLostRun,
  };
}

function initialState({ programs, expiries, crashes, breaks, cancels, nudges }: Scenario): State {
  return {
    processes: [newProcess(1, programs.length), newProcess(2, programs.length)],
    runs: programs.map((program, i) => ({
      name: RUN_NAMES[i] as string,
      program,
      status: 'enqueued',
      owner: NOBODY,
      token: i + 1,
      recorded: 0,
      hasSource: false,
      hasWait: false,
      isMarked: false,
      endedBy: 0,
    })),
    executors: [
      { isRetired: true, process: 0, hasBrought: false },
      { isRetired: false, process: 0, hasBrought: false },
      { isRetired: false, process: 1, hasBrought: false },
    ],
    flushes: [],
    lateClaims: [],
    sweepOwed: false,
    canceller: undefined,
    sender: undefined,
    left: { expiries, crashes, breaks, cancels, nudges },
    lastToken: programs.length,
  };
}

/** What arrives late and will do nothing, now or ever; looks at executors of which nothing can come any more. */
function forgetTheGone(state: State, rules: Rules): void {
  if (state.flushes.some(({ awaited }) => !awaited))
    state.flushes = state.flushes.filter(
      (flush) => flush.awaited || holdsFence(flush) || (flush.stage === 'sent' && checkFlush(state, flush, rules) === 'ok'),
    );
  if (rules.claimFence) state.lateClaims = state.lateClaims.filter((executor) => !isRetired(state, executor));
  forgetTheWoken(state);
  for (const process of state.processes) {
    if (process.suspect !== 0 && !isReferredTo(state, process.suspect)) process.suspect = 0;
    if (process.duty !== 0 && !isReferredTo(state, process.duty)) process.duty = 0;
  }
}

/** Whoever was going to wake a run that is over. */
function forgetTheWoken(state: State): void {
  if (!state.runs.every((run) => isOver(run) || !run.program.some(isWokenFor))) return;
  state.sweepOwed = false;
  for (const run of state.runs) run.isMarked = false;
  for (const process of state.processes) process.announcement = 'none';
  if (state.executors.some(({ hasBrought }) => hasBrought))
    state.executors = state.executors.map((executor) => ({ ...executor, hasBrought: false }));
}

function brokenIn(state: State, rules: Rules): string | undefined {
  const { runs, processes } = state;
  for (const [i, run] of runs.entries()) {
    const holders = processes.filter(({ frames }) => frames[i]?.token === run.token);
    if (holders.length > 1) return INVARIANTS.oneOwner;
    if (!isOver(run) && holders.some(({ executor }) => !isRetired(state, executor) && run.owner !== executor))
      return INVARIANTS.notTaken;
    const kind = kindAt(run);
    if (run.hasWait && (isOver(run) || !isWait(kind))) return INVARIANTS.noDeadWait;
    if (run.status === 'waiting' && isWokenFor(kind) && isThere(state, i, kind) && !hasWaker(state, i, rules))
      return INVARIANTS.noLostWakeUp;
  }
  return undefined;
}
