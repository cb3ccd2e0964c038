// How a run that waits is woken: by time, by who sends it a message, by the process that wrote what it waits for, and by the sweeps that
// do what those could not. A message is committed under the lock of the run, or with a mark; what another run brings is committed by a
// flush that does not lock this one, so its process has to look afterwards.
import { wake } from './database.js';
import type { Rules } from './rules.js';
import { isOver, isRowFree, PROCESS_NAMES, type Process, type ProcessIndex, type Run, type State, type Step } from './state.js';
import { isBroughtByRun, isThere, isWaiter, isWokenFor, kindAt, otherRun } from './waits.js';

export function wakeUpSteps(state: State, rules: Rules, step: Step): void {
  for (let run = 0; run < state.runs.length; run++) {
    timerStep(state, run, step);
    messageSteps(state, run, rules, step);
    if (rules.markSweep) markStep(state, run, step);
    nudgeStep(state, run, step);
  }
  if (state.sweepOwed) deathStep(state, step);
}

function timerStep({ runs, processes }: State, i: number, step: Step): void {
  const run = runs[i] as Run;
  const isAtTimer = kindAt(run) === 'timer' || processes.some(({ frames }) => run.program[frames[i]?.position ?? -1] === 'timer');
  if (run.hasSource || isOver(run) || !isAtTimer) return;
  step(`the timer of ${run.name} is due`, (draft) => {
    (draft.runs[i] as Run).hasSource = true;
  });
}

// — messages —

/** It comes some time, but it may come at any time. */
function messageSteps(state: State, i: number, rules: Rules, step: Step): void {
  const run = state.runs[i] as Run;
  if (!run.program.includes('message') || run.hasSource || isOver(run)) return;
  const isFree = isRowFree(state, i);
  const commit = (how: string, change: (row: Run) => void) =>
    step(`a message for ${run.name} commits${how}`, (draft) => {
      const row = draft.runs[i] as Run;
      row.hasSource = true;
      draft.sender = undefined;
      change(row);
    });
  if (!rules.senderLocksOrMarks) {
    const { sender } = state;
    if (sender === undefined)
      step(`who has a message for ${run.name} looks whether it waits`, (draft) => {
        draft.sender = { run: i, sawWaiting: run.status === 'waiting' };
      });
    else if (!sender.sawWaiting) commit('', () => undefined);
    else if (isFree) commit(' and wakes it', wake);
    return;
  }
  if (isFree) commit(run.status === 'waiting' ? ' and wakes it' : '', wake);
  // Another sender may have the lock, and a transaction of the application does not even try to get it.
  commit(' with a mark', (row) => {
    row.isMarked = true;
  });
}

// — what another run brings —

/** In a transaction after the answer to its flush: first who waits for that, then, under the lock of that run, whether it is to be woken. */
export function announcementSteps(state: State, index: ProcessIndex, rules: Rules, step: Step): void {
  const { announcement } = state.processes[index];
  if (announcement === 'none') return;
  state.runs.forEach((waiter, i) => {
    if (!waiter.program.some(isBroughtByRun)) return;
    const next = (action: string, then: Process['announcement'], change?: (row: Run) => void) =>
      step(`${PROCESS_NAMES[index]} ${action}`, (draft) => {
        draft.processes[index].announcement = then;
        change?.(draft.runs[i] as Run);
      });
    if (announcement === 'look') {
      const isSeen = isWaiter(waiter);
      next(`looks who waits and finds ${isSeen ? waiter.name : 'nobody'}`, isSeen ? 'wake' : 'none');
    } else if (isRowFree(state, i))
      next(waiter.status === 'waiting' ? `wakes ${waiter.name}` : `need not wake ${waiter.name}`, 'none', wake);
    else if (!rules.announceUnderLock) next(`need not wake ${waiter.name}`, 'none');
  });
}

// — sweeps —

/** A mark on a message wakes its run, one on an end the run that waits for that. It is taken away under the lock. */
function markStep(state: State, i: number, step: Step): void {
  const run = state.runs[i] as Run;
  if (!run.isMarked) return;
  const woken = run.program.includes('message') ? i : otherRun(i);
  sweepStep(state, woken, `takes the mark of ${run.name}`, step, (draft) => {
    (draft.runs[i] as Run).isMarked = false;
  });
}

/** After a death: for whatever is there. */
function deathStep(state: State, step: Step): void {
  const woken = state.runs.findIndex(({ program }) => program.some(isBroughtByRun));
  sweepStep(state, woken, 'looks for all who wait', step, (draft) => {
    draft.sweepOwed = false;
  });
}

function sweepStep(state: State, i: number, action: string, step: Step, change: (draft: State) => void): void {
  const run = state.runs[i] as Run;
  const isSeen = !isBroughtByRun(kindAt(run)) || (isWaiter(run) && isThere(state, i, kindAt(run)));
  if (isSeen && !isRowFree(state, i)) return;
  const wakes = isSeen && run.status === 'waiting';
  step(`a sweep ${action}${wakes ? ` and wakes ${run.name}` : ''}`, (draft) => {
    change(draft);
    if (wakes) wake(draft.runs[i] as Run);
  });
}

/** Its time-out, a message on another topic, somebody who was late. */
function nudgeStep({ runs, left }: State, i: number, step: Step): void {
  const run = runs[i] as Run;
  if (left.nudges === 0 || run.status !== 'waiting' || !isWokenFor(kindAt(run))) return;
  step(
    `${run.name} is woken for something else`,
    (draft) => {
      draft.left.nudges--;
      wake(draft.runs[i] as Run);
    },
    true,
  );
}
