// What one process does when nothing goes wrong: renew its lease, claim, run code, rescue others, give strays back. All of it may be
// delayed for as long as one likes, so a process that was stopped and goes on needs no step of its own.
import { claim, isClaimable, isFenceFree, isRetired, orphanOf, release, requeue, retire } from './database.js';
import { acknowledged, sendSteps } from './flush.js';
import { INVARIANTS, type Rules } from './rules.js';
import {
  beginNewLife,
  type Executor,
  executorName,
  type Frame,
  isOwned,
  isReferredTo,
  isRowFree,
  NOBODY,
  PROCESS_NAMES,
  type ProcessIndex,
  type Run,
  type State,
  type Step,
} from './state.js';
import { countOf, isThere } from './waits.js';
import { announcementSteps } from './wakeups.js';

export function processSteps(state: State, index: ProcessIndex, rules: Rules, step: Step): void {
  leaseSteps(state, index, rules, step);
  claimSteps(state, index, rules, step);
  state.processes[index].frames.forEach((frame, run) => {
    if (frame === undefined) return;
    codeSteps(state, index, run, frame, rules, step);
    sendSteps(state, index, run, frame, rules, step);
  });
  strayStep(state, index, rules, step);
  rescueSteps(state, index, rules, step);
  announcementSteps(state, index, rules, step);
}

// — lease —

function leaseSteps(state: State, index: ProcessIndex, rules: Rules, step: Step): void {
  const { executor, holdsLease, renewal } = state.processes[index];
  const name = PROCESS_NAMES[index];
  // Renewing a lease that is held would change nothing here.
  if (renewal === 'none' && !holdsLease) {
    if (isRetired(state, executor) && rules.renewalFence)
      step(`${name} hears that it is retired`, (draft) => beginNewLife(draft, index));
    else
      step(`${name} renews its lease`, ({ processes }) => {
        processes[index].renewal = 'committed';
      });
  }
  if (renewal !== 'none')
    step(`${name} hears of its renewal`, ({ processes }) => {
      processes[index].renewal = 'none';
      if (renewal === 'committed' || !rules.deadlineFromSend) processes[index].holdsLease = true;
    });
}

// — claim —

function claimSteps(state: State, index: ProcessIndex, rules: Rules, step: Step): void {
  const { executor, holdsLease, frames, early } = state.processes[index];
  const name = PROCESS_NAMES[index];
  if (!rules.historyAfterClaim && early === undefined) {
    if (holdsLease && frames.includes(undefined))
      step(`${name} reads histories`, (draft) => {
        draft.processes[index].early = draft.runs.map(({ recorded }) => recorded);
      });
    return;
  }
  if (!holdsLease || (rules.claimFence && isRetired(state, executor))) return;
  state.runs.forEach((run, i) => {
    if (!isClaimable(state, i)) return;
    step(`${name} claims ${run.name}`, (draft) => {
      const row = draft.runs[i] as Run;
      const broken = claim(draft, executor, row, rules);
      const loaded = countOf(early?.[i] ?? row.recorded);
      draft.processes[index].early = undefined;
      draft.processes[index].frames[i] = {
        token: row.token,
        loaded,
        position: loaded,
        sent: loaded,
        waitSent: row.hasWait,
        recordedAtClaim: row.recorded,
      };
      return broken;
    });
  });
}

// — the run in memory —

function codeSteps(state: State, index: ProcessIndex, run: number, frame: Frame, rules: Rules, step: Step): void {
  const { name: r, program } = state.runs[run] as Run;
  const { position } = frame;
  const kind = program[position];
  const goOn = (draft: State) => {
    const own = draft.processes[index].frames[run] as Frame;
    own.position++;
    own.waitSent = false;
  };
  if (kind === 'step') {
    const isDurable = acknowledged(state, index, run, frame) >= position;
    if ((isDurable || !rules.barrier) && (state.processes[index].holdsLease || !rules.deadlineCheck))
      step(`${PROCESS_NAMES[index]} runs operation ${position + 1} of ${r}`, (draft) => {
        goOn(draft);
        return brokenByBody(draft, index, run, position);
      });
  } else if (kind === 'signal') step(`${PROCESS_NAMES[index]} signals for ${r}`, goOn);
  else if (kind !== undefined && isThere(state, run, kind) && (kind !== 'timer' || frame.waitSent))
    step(`${PROCESS_NAMES[index]} completes the ${kind} of ${r}`, goOn);
}

function brokenByBody(draft: State, index: ProcessIndex, runIndex: number, operation: number): string | undefined {
  const { executor, frames } = draft.processes[index];
  const { token, recordedAtClaim } = frames[runIndex] as Frame;
  const run = draft.runs[runIndex] as Run;
  if ((recordedAtClaim & (1 << operation)) !== 0) return INVARIANTS.notAgain;
  // A cancelled run has no owner who could be hurt; its process hears of it a little later.
  if (run.status !== 'cancelled' && (run.owner !== executor || run.token !== token)) return INVARIANTS.onlyOwner;
  return countOf(run.recorded) < operation ? INVARIANTS.durableBefore : undefined;
}

// — strays, and the runs of others —

function strayStep(state: State, index: ProcessIndex, rules: Rules, step: Step): void {
  const { executor, frames } = state.processes[index];
  if (!rules.strayRelease || !isFenceFree(state, executor, rules)) return;
  state.runs.forEach((run, i) => {
    const isHeld = frames[i]?.token === run.token || state.flushes.some(({ token, awaited }) => awaited && token === run.token);
    if (!isOwned(run, executor) || isHeld || !isRowFree(state, i)) return;
    step(`${PROCESS_NAMES[index]} gives ${run.name} back, which it does not hold`, (draft) =>
      release(draft, draft.runs[i] as Run),
    );
  });
}

/** In the database the lease outlives the deadline of its process; that of a process that is gone is over at some time. */
function mayBeExpired({ executors, processes }: State, executor: number): boolean {
  const { isRetired: isDone, process: index } = executors[executor] as Executor;
  const process = processes[index];
  return !isDone && (process.executor !== executor || (!process.holdsLease && process.renewal !== 'committed'));
}

function rescueSteps(state: State, index: ProcessIndex, rules: Rules, step: Step): void {
  const { executor: own, suspect, duty } = state.processes[index];
  const name = PROCESS_NAMES[index];
  const retireStep = (executor: number) => {
    if (!isFenceFree(state, executor, rules)) return;
    step(`${name} retires ${executorName(state, executor)}`, (draft) => {
      draft.processes[index].suspect = 0;
      if (isRetired(draft, executor)) return;
      retire(draft, executor, rules);
      if (!rules.rescueRepetition) draft.processes[index].duty = executor;
    });
  };
  if (suspect !== 0) retireStep(suspect);
  state.executors.forEach((_, executor) => {
    if (executor === NOBODY || executor === own || !isReferredTo(state, executor) || !mayBeExpired(state, executor)) return;
    // Under the lock it looks again, so what it saw before does not matter.
    if (rules.rescuerReread) retireStep(executor);
    else if (suspect === 0)
      step(`${name} sees the lease of ${executorName(state, executor)} expired`, ({ processes }) => {
        processes[index].suspect = executor;
      });
  });
  if (duty === 0) return;
  step(`${name} re-queues what ${executorName(state, duty)} had`, (draft) => {
    for (let orphan = orphanOf(draft, duty); orphan !== undefined; orphan = orphanOf(draft, duty)) requeue(draft, orphan, rules);
    draft.processes[index].duty = 0;
  });
}
