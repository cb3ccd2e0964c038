// claim_gated (migrations/0007-claim-gated.ts), statement by statement: each sees what was committed when it begins, and what its own
// transaction has written. Which of the partitions in line it takes is left open, so nothing here depends on whose turn it is.
import type { DoorbellRules, LineScenario } from './doorbell-rules.js';
import {
  afterBells,
  CLAIMERS,
  type Claim,
  type LineState,
  type LineStep,
  noBells,
  PARTITION_NAMES,
  permitsOf,
  placeOf,
  placesOf,
  type QueuedRun,
  type Row,
  waitsInLine,
} from './line.js';

export function claimSteps(
  state: LineState,
  claimer: number,
  scenario: LineScenario,
  rules: DoorbellRules,
  step: LineStep,
): void {
  const claim = state.claims[claimer];
  const next = (action: string, change: (claim: Claim, draft: LineState) => void, fault?: boolean) =>
    step(`${CLAIMERS[claimer]} ${action}`, (draft) => change(draft.claims[claimer] as Claim, draft), fault);
  if (claim === undefined) {
    beginStep(state, claimer, scenario, rules, step);
    return;
  }
  if (state.left.rollbacks > 0)
    next(
      'is rolled back',
      (_, draft) => {
        draft.left.rollbacks--;
        draft.bells = both(draft.bells, claim.heard);
        draft.claims[claimer] = undefined;
      },
      true,
    );
  switch (claim.stage) {
    case 'begun':
      if (canLock(state, rules))
        next('locks the queue', (mine) => {
          mine.stage = 'locked';
        });
      break;
    case 'locked':
      next('reads the bells', (mine, draft) => {
        mine.stage = 'heard';
        mine.heard = draft.bells;
        const before = rowsFor(draft, mine);
        mine.rows = afterBells(before, draft.bells, rules).map((row, place) => (row === before[place] ? mine.rows[place] : row));
        draft.bells = noBells();
      });
      break;
    case 'heard':
      countSteps(state, claim, claimer, scenario, rules, next);
      break;
    case 'counted':
      next('chooses heads', (mine, draft) => {
        mine.chosen = heads(draft, mine, claimer, scenario);
        mine.stage = mine.chosen.length > 0 ? 'chosen' : 'taken';
      });
      break;
    case 'chosen': {
      const taken = claim.chosen.filter((i) => canTake(state, i));
      next(`takes ${taken.map((i) => state.runs[i]?.label).join() || 'nobody: locked'}`, (mine) => {
        mine.stage = 'taken';
        mine.taken = taken;
      });
      break;
    }
    case 'taken':
      next(`gives ${PARTITION_NAMES.filter((_, p) => claim.free[p] !== undefined).join('+')} its place`, (mine, draft) => {
        mine.stage = 'placed';
        mine.rows = places(draft, mine, rules);
        mine.free = [];
        mine.chosen = [];
      });
      break;
    case 'placed':
      next('commits', (mine, draft) => commit(draft, mine, claimer));
      break;
  }
}

/** Only where there may be something. A process that is retired meanwhile waits for it, see doorbells.ts. */
function beginStep(
  state: LineState,
  claimer: number,
  { serves, limit }: LineScenario,
  rules: DoorbellRules,
  step: LineStep,
): void {
  const { bells, rows, runs } = state;
  const mayFind = [...bells.came, ...bells.freed].includes(true) || serves[claimer]?.some((name) => isInLine(rows, name));
  if (state.processes[claimer] !== 'alive' || !mayFind) return;
  const isEarly = !rules.countUnderLock;
  if (!isEarly && !canLock(state, rules)) return;
  step(`${CLAIMERS[claimer]} ${isEarly ? 'counts the permits' : 'locks the queue'}`, (draft) => {
    draft.claims[claimer] = {
      stage: isEarly ? 'begun' : 'locked',
      heard: noBells(),
      rows: rows.map(() => undefined),
      free: [],
      chosen: [],
      taken: [],
      early:
        isEarly || !rules.countAfterBells || !rules.lookAfterBells
          ? {
              free: PARTITION_NAMES.map((_, partition) => limit - permitsOf(state, partition)),
              waiting: runs.flatMap((run, i) => (waitsInLine(run) ? [i] : [])),
            }
          : undefined,
    };
  });
}

const isInLine = (rows: readonly Row[], name: number): boolean =>
  PARTITION_NAMES.some((_, partition) => rows[placesOf(partition)[name] as number] === 'in');

const canLock = ({ claims }: LineState, rules: DoorbellRules): boolean =>
  !rules.queueLock || claims.every((claim) => claim === undefined || claim.stage === 'begun');

const rowsFor = ({ rows }: LineState, claim: Claim): Row[] => rows.map((row, place) => claim.rows[place] ?? row);

const both = (some: LineState['bells'], others: LineState['bells']): LineState['bells'] => ({
  came: some.came.map((is, i) => is || (others.came[i] as boolean)),
  freed: some.freed.map((is, i) => is || (others.freed[i] as boolean)),
});

/** Chooses partitions, and counts the permits of each, in one snapshot. */
function countSteps(
  state: LineState,
  claim: Claim,
  claimer: number,
  { serves, limit, room }: LineScenario,
  rules: DoorbellRules,
  next: (action: string, change: (claim: Claim) => void) => void,
): void {
  const rows = rowsFor(state, claim);
  const inLine = PARTITION_NAMES.flatMap((_, p) =>
    serves[claimer]?.some((name) => rows[placesOf(p)[name] as number] === 'in') ? [p] : [],
  );
  if (inLine.length === 0)
    next('finds no partition in line', (mine) => {
      mine.stage = 'placed';
    });
  const isEarly = !rules.countUnderLock || !rules.countAfterBells;
  const count = (p: number) => (isEarly ? (claim.early?.free[p] as number) : limit - permitsOf(state, p));
  for (const some of inLine.length > room ? inLine.map((p) => [p]) : inLine.length > 0 ? [inLine] : [])
    next(`finds ${some.map((p) => `${count(p)} free in ${PARTITION_NAMES[p]}`).join()}`, (mine) => {
      mine.stage = 'counted';
      mine.free = PARTITION_NAMES.map((_, p) => (some.includes(p) ? count(p) : undefined));
    });
}

/** The oldest of each; of a run whose name has no row here yet the bell is still to be read. */
function heads(state: LineState, claim: Claim, claimer: number, { serves, room }: LineScenario): number[] {
  const rows = rowsFor(state, claim);
  return claim.free
    .flatMap((free, partition) => {
      if (free === undefined) return [];
      const isCandidate = (run: QueuedRun) =>
        run.partition === partition && waitsInLine(run) && serves[claimer]?.includes(run.name) && rows[placeOf(run)] !== 'none';
      return state.runs.flatMap((run, i) => (isCandidate(run) ? [i] : [])).slice(0, Math.max(free, 0));
    })
    .slice(0, room);
}

/** Of those that nobody has locked, in their newest version. */
const canTake = ({ runs, claims }: LineState, i: number): boolean => {
  const run = runs[i] as QueuedRun;
  return waitsInLine(run) && !run.isLocked && !claims.some((claim) => claim?.taken.includes(i));
};

/** Gone when nothing waits, without a turn when no permit is left, else as it was: at the end of the line, or where it stood. */
function places(state: LineState, claim: Claim, rules: DoorbellRules): Claim['rows'] {
  return rowsFor(state, claim).map((row, place) => {
    const partition = PARTITION_NAMES.findIndex((_, p) => placesOf(p).includes(place));
    const before = claim.free[partition];
    if (before === undefined || row === 'none') return claim.rows[place];
    const taken = claim.taken.filter((i) => state.runs[i]?.partition === partition).length;
    const waits = state.runs.some(
      (run, i) =>
        placeOf(run) === place &&
        !claim.taken.includes(i) &&
        (rules.lookAfterBells ? waitsInLine(run) : claim.early?.waiting.includes(i)) &&
        (rules.lockedStays || !claim.chosen.includes(i)),
    );
    if (!waits) return 'none';
    return before - taken <= 0 ? 'out' : row;
  });
}

function commit(draft: LineState, claim: Claim, claimer: number): void {
  draft.rows = rowsFor(draft, claim);
  draft.claims[claimer] = undefined;
  const body = draft.processes[claimer] === 'alive' ? 'coming' : 'none';
  for (const i of claim.taken)
    Object.assign(draft.runs[i] as QueuedRun, {
      status: 'owned',
      permit: true,
      owner: claimer,
      begun: true,
      body,
    } satisfies Partial<QueuedRun>);
}
