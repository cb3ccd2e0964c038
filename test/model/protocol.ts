// The execution protocol as a model that explorer.ts can search: two processes, one or two runs, the transactions of migrations/ and
// what goes wrong between them. Used by protocol.spec.ts, with all rules and without single ones.
import { checkFlush, countOf, isAtMessage, isRetired } from './database.js';
import type { Model, Transition } from './explorer.js';
import { processSteps } from './process.js';
import { INVARIANTS, type Rules, type Scenario } from './rules.js';
import { copyOf, isOver, isReferredTo, keyOf, NOBODY, newProcess, PROCESSES, type State, type Step } from './state.js';
import { surroundingSteps } from './surroundings.js';

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
      for (const index of PROCESSES) processSteps(state, index, scenario, rules, step);
      surroundingSteps(state, scenario, rules, step);
      return found;
    },
    breach: (state) => brokenIn(state, scenario),
    isOver: ({ runs }) => runs.every(isOver),
    liveness: INVARIANTS.noLostRun,
  };
}

function initialState({ runs, expiries, crashes, breaks, cancels }: Scenario): State {
  return {
    processes: [newProcess(1, runs), newProcess(2, runs)],
    runs: RUN_NAMES.slice(0, runs).map((name, i) => ({
      name,
      status: 'enqueued',
      owner: NOBODY,
      token: i + 1,
      recorded: 0,
      hasSource: false,
      hasWait: false,
      endedBy: 0,
    })),
    executors: [
      { isRetired: true, process: 0 },
      { isRetired: false, process: 0 },
      { isRetired: false, process: 1 },
    ],
    flushes: [],
    lateClaims: [],
    canceller: undefined,
    sender: undefined,
    left: { expiries, crashes, breaks, cancels },
    lastToken: runs,
  };
}

/** What arrives late and will do nothing, now or ever; looks at executors of which nothing can come any more. */
function forgetTheGone(state: State, rules: Rules): void {
  if (state.flushes.some(({ awaited }) => !awaited))
    state.flushes = state.flushes.filter(
      (flush) =>
        flush.awaited || flush.stage === 'checked' || (flush.stage === 'sent' && checkFlush(state, flush, rules) === 'ok'),
    );
  if (rules.claimFence) state.lateClaims = state.lateClaims.filter((executor) => !isRetired(state, executor));
  for (const process of state.processes) {
    if (process.suspect !== 0 && !isReferredTo(state, process.suspect)) process.suspect = 0;
    if (process.duty !== 0 && !isReferredTo(state, process.duty)) process.duty = 0;
  }
}

function brokenIn(state: State, { program }: Scenario): string | undefined {
  const { runs, processes, sender } = state;
  for (const [i, run] of runs.entries()) {
    const holders = processes.filter(({ frames }) => frames[i]?.token === run.token);
    if (holders.length > 1) return INVARIANTS.oneOwner;
    if (!isOver(run) && holders.some(({ executor }) => !isRetired(state, executor) && run.owner !== executor))
      return INVARIANTS.notTaken;
    if (run.hasWait && (isOver(run) || program[countOf(run.recorded)] !== 'timer')) return INVARIANTS.noDeadWait;
    if (run.status === 'waiting' && run.hasSource && isAtMessage(run, program) && sender === undefined)
      return INVARIANTS.noLostWakeUp;
  }
  return undefined;
}
