// Everything that no process does of its own accord: time that passes, crashes, broken connections, what arrives late, the sweeps that
// any process may do, and the clients who cancel a run or send it a message.
import { bringSource, cancel, claim, countOf, isClaimable, isFenceFree, isRetired, orphanOf, requeue } from './database.js';
import { flushSteps } from './flush.js';
import type { Rules, Scenario } from './rules.js';
import {
  beginNewLife,
  executorName,
  type Flush,
  isOver,
  NOBODY,
  PROCESS_NAMES,
  PROCESSES,
  type ProcessIndex,
  type Run,
  type State,
  type Step,
} from './state.js';

export function surroundingSteps(state: State, scenario: Scenario, rules: Rules, step: Step): void {
  for (const index of PROCESSES) {
    timeStep(state, index, step);
    crashStep(state, index, step);
    breakClaim(state, index, step);
  }
  for (let at = 0; at < state.flushes.length; at++) {
    flushSteps(state, at, scenario, rules, step);
    breakFlush(state, at, step);
  }
  lateClaimSteps(state, scenario, rules, step);
  if (rules.rescueRepetition) sweepSteps(state, rules, step);
  cancelSteps(state, rules, step);
  sourceSteps(state, scenario, rules, step);
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
  else repeat('that flush gets delayed', 'sent');
  if (stage === 'checked') repeat('that flush gets stuck', 'checked');
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

function lateClaimSteps(state: State, { program }: Scenario, rules: Rules, step: Step): void {
  state.lateClaims.forEach((executor, at) => {
    if (rules.claimFence && isRetired(state, executor)) return;
    state.runs.forEach((run, i) => {
      if (!isClaimable(run, program)) return;
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
    if (orphan === undefined) return;
    step(`a sweep re-queues ${orphan.name} of ${executorName(state, executor)}`, (draft) =>
      requeue(draft, orphanOf(draft, executor) as Run, rules),
    );
  });
}

// — clients —

function cancelSteps(state: State, rules: Rules, step: Step): void {
  const { canceller, left } = state;
  const cancelStep = (run: Run, i: number, owner: number) => {
    if (owner !== NOBODY && !isFenceFree(state, owner, rules)) return;
    const change = (draft: State) => {
      draft.canceller = undefined;
      if (isOver(run)) return;
      draft.left.cancels--;
      cancel(draft, draft.runs[i] as Run, rules);
    };
    step(`somebody cancels ${run.name}`, change, true);
  };
  if (canceller !== undefined) {
    cancelStep(state.runs[canceller.run] as Run, canceller.run, canceller.owner);
    return;
  }
  if (left.cancels === 0) return;
  state.runs.forEach((run, i) => {
    if (isOver(run)) return;
    const owner = run.status === 'owned' ? run.owner : NOBODY;
    // Under the lock it looks again, so what it saw before does not matter.
    if (rules.cancelReread) cancelStep(run, i, owner);
    else {
      const look = (draft: State) => {
        draft.canceller = { run: i, owner };
      };
      step(`somebody who will cancel ${run.name} looks whose it is`, look, true);
    }
  });
}

/** What a run waits for comes some time, but it may come at any time. */
function sourceSteps(state: State, { program }: Scenario, rules: Rules, step: Step): void {
  state.runs.forEach((run, i) => {
    if (run.hasSource || isOver(run)) return;
    const bring = (draft: State, seen: Run['status']) => bringSource(draft.runs[i] as Run, seen, program);
    if (program.includes('timer') && isAtTimer(state, i, program))
      step(`the timer of ${run.name} is due`, (draft) => bring(draft, run.status));
    if (!program.includes('message')) return;
    if (rules.wakeAfterWrite)
      step(`a message for ${run.name} commits${run.status === 'waiting' ? ' and wakes it' : ''}`, (draft) =>
        bring(draft, run.status),
      );
    else if (state.sender === undefined)
      step(`who has a message for ${run.name} looks whether it waits`, (draft) => {
        draft.sender = { run: i, sawWaiting: run.status === 'waiting' };
      });
    else if (state.sender.run === i) {
      const { sawWaiting } = state.sender;
      step(`the message for ${run.name} commits${sawWaiting ? ' and wakes it' : ''}`, (draft) => {
        draft.sender = undefined;
        bring(draft, sawWaiting ? 'waiting' : 'owned');
      });
    }
  });
}

function isAtTimer({ runs, processes }: State, run: number, program: Scenario['program']): boolean {
  return (
    program[countOf((runs[run] as Run).recorded)] === 'timer' ||
    processes.some(({ frames }) => program[frames[run]?.position ?? -1] === 'timer')
  );
}
