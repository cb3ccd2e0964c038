// Everything that no process does of its own accord: time that passes, crashes, broken connections, what arrives late, the sweeps that
// any process may do, and the clients who cancel a run.
import { bringsSomething, cancel, claim, isClaimable, isFenceFree, isRetired, orphanOf, requeue } from './database.js';
import { flushSteps } from './flush.js';
import type { Rules } from './rules.js';
import {
  beginNewLife,
  executorName,
  type Flush,
  isOver,
  isRowFree,
  NOBODY,
  PROCESS_NAMES,
  PROCESSES,
  type ProcessIndex,
  type Run,
  type State,
  type Step,
} from './state.js';
import { otherRun } from './waits.js';
import { wakeUpSteps } from './wakeups.js';

export function surroundingSteps(state: State, rules: Rules, step: Step): void {
  for (const index of PROCESSES) {
    timeStep(state, index, step);
    crashStep(state, index, step);
    breakClaim(state, index, step);
  }
  for (let at = 0; at < state.flushes.length; at++) {
    flushSteps(state, at, rules, step);
    breakFlush(state, at, step);
  }
  lateClaimSteps(state, rules, step);
  if (rules.rescueRepetition) sweepSteps(state, rules, step);
  cancelSteps(state, rules, step);
  wakeUpSteps(state, rules, step);
}

/** The deadline of a process, or the one that its renewal would give, passes before the process hears of the next renewal. */
function timeStep({ processes, left }: State, index: ProcessIndex, step: Step): void {
  const { holdsLease, renewal } = processes[index];
  if (left.expiries === 0 || (!holdsLease && renewal !== 'committed')) return;
  step(
    `${PROCESS_NAMES[index]}'s ${holdsLease ? '' : 'renewed '}deadline passes`,
    (draft) => {
      draft.left.expiries--;
      if (holdsLease) draft.processes[index].holdsLease = false;
      else draft.processes[index].renewal = 'late';
    },
    true,
  );
}

/** And starts again at once: that it does so later is the same as that it does nothing for a while. */
function crashStep({ left }: State, index: ProcessIndex, step: Step): void {
  if (left.crashes === 0) return;
  step(
    `${PROCESS_NAMES[index]} crashes`,
    (draft) => {
      draft.left.crashes--;
      Object.assign(draft.processes[index], { suspect: 0, duty: 0 });
      beginNewLife(draft, index);
    },
    true,
  );
}

/** The lane repeats what it has no answer to. What it had sent may be done, in the midst of it, or not even there yet. */
function breakFlush({ flushes, left }: State, at: number, step: Step): void {
  const { awaited, process, stage } = flushes[at] as Flush;
  if (left.breaks === 0 || !awaited) return;
  const repeat = (why: string, first: Flush['stage']) =>
    step(
      `${why}, and ${PROCESS_NAMES[process]} repeats it`,
      (draft) => {
        draft.left.breaks--;
        const flush = draft.flushes[at] as Flush;
        if (first !== 'accepted') draft.flushes.push({ ...flush, stage: first, awaited: false });
        flush.stage = 'sent';
      },
      true,
    );
  if (stage === 'accepted') repeat('the answer is lost', 'accepted');
  else if (stage !== 'looked') repeat('that flush gets delayed', 'sent');
  if (stage === 'checked' || stage === 'looked') repeat('that flush gets stuck', stage);
}

/** Nobody will hear of this claim, whenever it arrives. */
function breakClaim({ processes, left }: State, index: ProcessIndex, step: Step): void {
  const { executor, holdsLease, frames } = processes[index];
  if (left.breaks === 0 || !holdsLease || !frames.includes(undefined)) return;
  step(
    `${PROCESS_NAMES[index]} sends a claim and loses the connection`,
    (draft) => {
      draft.left.breaks--;
      draft.lateClaims.push(executor);
    },
    true,
  );
}

function lateClaimSteps(state: State, rules: Rules, step: Step): void {
  state.lateClaims.forEach((executor, at) => {
    if (rules.claimFence && isRetired(state, executor)) return;
    state.runs.forEach((run, i) => {
      if (!isClaimable(state, i)) return;
      step(`the late claim of ${executorName(state, executor)} takes ${run.name}`, (draft) => {
        draft.lateClaims.splice(at, 1);
        return claim(draft, executor, draft.runs[i] as Run, rules);
      });
    });
  });
}

function sweepSteps(state: State, rules: Rules, step: Step): void {
  state.executors.forEach(({ isRetired: isDone }, executor) => {
    const orphan = isDone && executor !== NOBODY ? orphanOf(state, executor) : undefined;
    if (orphan === undefined || !isRowFree(state, state.runs.indexOf(orphan))) return;
    step(`a sweep re-queues ${orphan.name} of ${executorName(state, executor)}`, (draft) =>
      requeue(draft, orphanOf(draft, executor) as Run, rules),
    );
  });
}

// — clients —

function cancelSteps(state: State, rules: Rules, step: Step): void {
  const { canceller, left } = state;
  const cancelStep = (run: Run, i: number, owner: number, by: number) => {
    if ((owner !== NOBODY && !isFenceFree(state, owner, rules)) || !isRowFree(state, i)) return;
    const change = (draft: State) => {
      draft.canceller = undefined;
      if (isOver(run)) return;
      draft.left.cancels--;
      cancel(draft, i, rules);
      if (by !== NOBODY) announceAs(draft, by);
    };
    if (by === NOBODY) step(`somebody cancels ${run.name}`, change, true);
    else step(`the cancel of ${run.name} from ${executorName(state, by)} commits`, change);
  };
  if (canceller !== undefined) {
    const { run, owner, by } = canceller;
    cancelStep(state.runs[run] as Run, run, rules.cancelReread ? ownerOf(state.runs[run] as Run) : owner, by);
    return;
  }
  if (left.cancels === 0) return;
  state.runs.forEach((run, i) => {
    if (isOver(run)) return;
    const owner = ownerOf(run);
    const later = (action: string, by: number) =>
      step(
        action,
        (draft) => {
          draft.canceller = { run: i, owner, by };
        },
        true,
      );
    if (!rules.endMark && state.runs[otherRun(i)]?.program.includes('result'))
      for (const index of PROCESSES)
        later(`${PROCESS_NAMES[index]} sends a cancel of ${run.name}`, state.processes[index].executor);
    // Under the lock it looks again, so what it saw before does not matter.
    else if (rules.cancelReread) cancelStep(run, i, owner, NOBODY);
    else later(`somebody who will cancel ${run.name} looks whose it is`, NOBODY);
  });
}

function ownerOf({ status, owner }: Run): number {
  return status === 'owned' ? owner : NOBODY;
}

/** Only without rules: who cancelled looks who waits for that; if it is gone, so does whoever rescues it, if that is still to come. */
function announceAs(draft: State, executor: number): void {
  bringsSomething(draft, executor);
  for (const process of draft.processes) if (process.executor === executor) process.announcement = 'look';
}
