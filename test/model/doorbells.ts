// The line of partitions and its doorbells (migrations/0006-queues.ts) as a model that explorer.ts can search: claims, statement by
// statement, and between those whatever starts, ends, cancels, suspends or rescues a run. With all rules no partition has more runs that have
// begun than its limit, and a run that waits in a partition with a free permit is found by the next claim. Used by doorbells.spec.ts.

import { type DoorbellRules, LINE_INVARIANTS, type LineScenario } from './doorbell-rules.js';
import type { Model, Transition } from './explorer.js';
import { claimSteps } from './gated-claim.js';
import {
  afterBells,
  CLAIMERS,
  copyOfLine,
  keyOfLine,
  type LineState,
  type LineStep,
  NOBODY,
  newLine,
  PARTITION_NAMES,
  permitsOf,
  placeOf,
  type QueuedRun,
  ringFor,
  ringFreed,
  waitsInLine,
} from './line.js';

export function doorbells(scenario: LineScenario, rules: DoorbellRules): Model<LineState> {
  return {
    initial: newLine(scenario),
    key: keyOfLine,
    transitions(state) {
      const found: Transition<LineState>[] = [];
      const step: LineStep = (action, change, fault = false) => {
        const next = copyOfLine(state);
        change(next);
        found.push({ action, next, fault });
      };
      for (const claimer of CLAIMERS.keys()) {
        claimSteps(state, claimer, scenario, rules, step);
        processSteps(state, claimer, scenario, rules, step);
      }
      for (const i of state.runs.keys()) runSteps(state, i, rules, step);
      return found;
    },
    breach: (state) => brokenIn(state, scenario, rules),
    isOver: ({ runs }) => runs.every(({ status, permit }) => status === 'over' && !permit),
    liveness: LINE_INVARIANTS.everybodyServed,
  };
}

function brokenIn(state: LineState, { limit }: LineScenario, rules: DoorbellRules): string | undefined {
  const { runs, rows, bells } = state;
  const occupants = (p: number) =>
    runs.filter(({ partition, begun, body }) => partition === p && (begun || body === 'here')).length;
  if (PARTITION_NAMES.some((_, p) => occupants(p) > limit)) return LINE_INVARIANTS.limit;
  if (rows.includes('twice')) return LINE_INVARIANTS.onceInLine;
  // A claim that is under way keeps what it has read to itself.
  if (state.claims.some((claim) => claim !== undefined)) return undefined;
  const heard = afterBells(rows, bells, rules);
  const isLost = (run: QueuedRun) =>
    waitsInLine(run) && permitsOf(state, run.partition) < limit && ['none', 'out'].includes(heard[placeOf(run)] as string);
  return runs.some(isLost) ? LINE_INVARIANTS.noLostPartition : undefined;
}

// — what anybody may do —

function runSteps(state: LineState, i: number, rules: DoorbellRules, step: LineStep): void {
  const run = state.runs[i] as QueuedRun;
  const { label, status } = run;
  const next = (action: string, change: (run: QueuedRun, draft: LineState) => void, fault?: boolean) =>
    step(action, (draft) => change(draft.runs[i] as QueuedRun, draft), fault);
  if (status === 'unborn' && !rules.startBell)
    next(`the start of ${label} rings`, (row, draft) => {
      row.status = 'ringing';
      ringFor(draft, row);
    });
  else if (status === 'unborn' || status === 'ringing')
    next(`the start of ${label} commits`, (row, draft) => {
      row.status = 'enqueued';
      if (rules.startBell) ringFor(draft, row);
    });
  const isTaken = run.isLocked || state.claims.some((claim) => claim?.taken.includes(i));
  if (status === 'asleep' && !run.permit && !isTaken)
    next(`${label} is due`, (row, draft) => {
      row.status = 'enqueued';
      if (rules.dueBell) ringFor(draft, row);
    });
  cancelSteps(state, run, isTaken, rules, next);
}

/** Of what somebody owns, under the owner's fence, which it does not have to wait for long; of the others, under the lock of the run. */
function cancelSteps(
  { left }: LineState,
  run: QueuedRun,
  isTaken: boolean,
  rules: DoorbellRules,
  next: (action: string, change: (run: QueuedRun, draft: LineState) => void, fault?: boolean) => void,
): void {
  const { label, status } = run;
  if (run.isLocked) {
    next(
      `the cancel of ${label} commits`,
      (row, draft) => {
        if (row.permit && rules.cancelBell) ringFreed(draft, row);
        Object.assign(row, { status: 'over', permit: false, begun: false, isLocked: false } satisfies Partial<QueuedRun>);
      },
      true,
    );
    next(`the cancel of ${label} is rolled back`, (row) => {
      row.isLocked = false;
    });
  } else if (left.cancels > 0 && !isTaken && ['enqueued', 'rescued', 'asleep'].includes(status))
    next(
      `somebody locks ${label} to cancel it`,
      (row, draft) => {
        draft.left.cancels--;
        row.isLocked = true;
      },
      true,
    );
  else if (left.cancels > 0 && status === 'owned')
    next(
      `somebody cancels ${label}`,
      (row, draft) => {
        draft.left.cancels--;
        row.status = 'over';
        row.begun = false;
        if (rules.permitUntilLetGo) return;
        row.permit = false;
        ringFreed(draft, row);
      },
      true,
    );
}

// — what a process does, and what is done about it —

function processSteps(state: LineState, me: number, scenario: LineScenario, rules: DoorbellRules, step: LineStep): void {
  const phase = state.processes[me];
  const name = CLAIMERS[me];
  if (phase === 'alive') {
    for (const i of state.runs.keys()) aliveSteps(state, me, i, scenario, rules, step);
    if (state.left.crashes > 0)
      step(
        `${name} crashes`,
        (draft) => {
          draft.left.crashes--;
          draft.processes[me] = 'dead';
          for (const run of draft.runs) if (run.owner === me) run.body = 'none';
        },
        true,
      );
  }
  // Its fence: a claim of it that is under way is waited for.
  if (phase === 'dead' && state.claims[me] === undefined)
    step(`${name} is retired`, (draft) => {
      draft.processes[me] = 'retired';
    });
  if (phase === 'retired') {
    for (const i of state.runs.keys()) rescueSteps(state, me, i, rules, step);
    step(`what ${name} has not let go of is let go`, (draft) => {
      draft.processes[me] = 'looked';
      for (const run of draft.runs) if (run.owner === me && run.status === 'over') letGo(draft, run, rules);
    });
  }
  if (phase === 'looked') {
    const isLeft = (run: QueuedRun) => run.owner === me && (run.status === 'owned' || (rules.clearLooksAgain && run.permit));
    step(`${name} is ${state.runs.some(isLeft) ? 'not yet ' : ''}cleared`, (draft) => {
      draft.processes[me] = state.runs.some(isLeft) ? 'retired' : 'cleared';
    });
  }
}

function aliveSteps(
  state: LineState,
  me: number,
  i: number,
  { serves, release }: LineScenario,
  rules: DoorbellRules,
  step: LineStep,
): void {
  const { label, status, permit, owner, body, isLocked, name } = state.runs[i] as QueuedRun;
  const next = (action: string, change: (run: QueuedRun, draft: LineState) => void) =>
    step(`${CLAIMERS[me]} ${action}`, (draft) => change(draft.runs[i] as QueuedRun, draft));
  // Those keep their permit: they are claimed past the line.
  if ((status === 'rescued' || (status === 'asleep' && permit)) && !isLocked && serves[me]?.includes(name))
    next(`takes ${label}, which has its permit`, (row) => Object.assign(row, { status: 'owned', owner: me, body: 'coming' }));
  if (owner !== me) return;
  if (body === 'coming')
    next(`hears that it has claimed ${label}`, (row) => {
      row.body = 'here';
    });
  if (status === 'owned' && body === 'here') {
    next(`ends ${label}`, (row, draft) => {
      Object.assign(row, {
        status: 'over',
        permit: false,
        begun: false,
        body: 'none',
        owner: NOBODY,
      } satisfies Partial<QueuedRun>);
      if (rules.endBell) ringFreed(draft, row);
    });
    if (state.left.naps > 0)
      next(`suspends ${label}`, (row, draft) => {
        draft.left.naps--;
        Object.assign(row, {
          status: 'asleep',
          permit: !release,
          begun: !release,
          body: 'none',
          owner: NOBODY,
        } satisfies Partial<QueuedRun>);
        if (release && rules.releaseBell) ringFreed(draft, row);
      });
  }
  if (status === 'over' && body === 'here')
    next(`stops the body of ${label}`, (row) => {
      row.body = 'none';
      if (!row.permit) row.owner = NOBODY;
    });
  if (status === 'over' && permit && (body === 'none' || (body === 'coming' && !rules.letGoAfterAnswer)))
    next(`lets go of ${label}`, (row, draft) => letGo(draft, row, rules));
}

function letGo(draft: LineState, run: QueuedRun, rules: DoorbellRules): void {
  if (!run.permit) return;
  run.permit = false;
  if (run.body === 'none') run.owner = NOBODY;
  if (rules.letGoBell) ringFreed(draft, run);
}

function rescueSteps(state: LineState, who: number, i: number, rules: DoorbellRules, step: LineStep): void {
  const { label, owner, status } = state.runs[i] as QueuedRun;
  if (owner !== who || status !== 'owned') return;
  step(`${label} is rescued`, (draft) => {
    const row = draft.runs[i] as QueuedRun;
    row.owner = NOBODY;
    row.status = rules.rescueKeepsPermit ? 'rescued' : 'enqueued';
    if (rules.rescueKeepsPermit) return;
    row.permit = false;
    ringFor(draft, row);
    ringFreed(draft, row);
  });
  step(
    `${label} is rescued once too often`,
    (draft) => {
      const row = draft.runs[i] as QueuedRun;
      Object.assign(row, { status: 'over', permit: false, begun: false, owner: NOBODY } satisfies Partial<QueuedRun>);
      if (rules.deadBell) ringFreed(draft, row);
    },
    true,
  );
}
