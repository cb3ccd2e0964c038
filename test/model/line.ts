// What the model of the line of partitions remembers: the runs, the rows of the line, the bells, the claims that are under way, and what each
// process is. A transaction of which nobody sees anything before it commits is one step, however long it is open. Changed only on a copy,
// by gated-claim.ts and doorbells.ts.
import type { DoorbellRules, LineScenario } from './doorbell-rules.js';

export const PARTITION_NAMES = ['a', 'b'] as const;
export const CLAIMERS = ['A', 'B'] as const;
export const NOBODY = -1;

/** Workflow names, and so rows of a partition. */
const NAMES = 2;

export interface QueuedRun {
  readonly label: string;
  readonly partition: number;
  readonly name: number;
  /** `ringing`: only without a rule. `rescued` is enqueued, with its permit; `enqueued` without. */
  status: 'unborn' | 'ringing' | 'enqueued' | 'owned' | 'asleep' | 'rescued' | 'over';
  permit: boolean;
  owner: number;
  /** What the limit is for: it has begun, is not over, and has not been let off while it sleeps. */
  begun: boolean;
  /** The same: what runs of it in the process of its owner. `coming`: the answer to the claim is on its way. */
  body: 'none' | 'coming' | 'here';
  /** Somebody cancels it, and has not committed. */
  isLocked: boolean;
}

/** A row of queue_partitions: with a turn, without one, or none. */
export type Row = 'in' | 'out' | 'none' | 'twice';

export interface Bells {
  /** By place: a run came. */
  came: boolean[];
  /** By partition: a permit came back. */
  freed: boolean[];
}

export interface Claim {
  stage: 'begun' | 'locked' | 'heard' | 'counted' | 'chosen' | 'taken' | 'placed';
  /** What it has deleted; it is there again should the claim be rolled back. */
  heard: Bells;
  /** By place: what it has written. */
  rows: Array<Row | undefined>;
  /** Permits that its partitions have left, as it has counted them. */
  free: Array<number | undefined>;
  /** Runs. */
  chosen: number[];
  taken: number[];
  /** Only without rules: what it saw too early. */
  early: { free: number[]; waiting: number[] } | undefined;
}

export interface LineState {
  runs: QueuedRun[];
  rows: Row[];
  bells: Bells;
  claims: Array<Claim | undefined>;
  processes: Array<'alive' | 'dead' | 'retired' | 'looked' | 'cleared'>;
  left: { cancels: number; crashes: number; naps: number; rollbacks: number };
}

export type LineStep = (action: string, change: (draft: LineState) => void, fault?: boolean) => void;

export function newLine({ runs, cancels, crashes, naps, rollbacks }: LineScenario): LineState {
  return {
    runs: runs.map(([partition, name = 0], i) => ({
      label: `${PARTITION_NAMES[partition]}${runs.slice(0, i).filter(([other]) => other === partition).length + 1}`,
      partition,
      name,
      status: 'unborn',
      permit: false,
      owner: NOBODY,
      begun: false,
      body: 'none',
      isLocked: false,
    })),
    rows: PARTITION_NAMES.flatMap(() => Array<Row>(NAMES).fill('none')),
    bells: noBells(),
    claims: CLAIMERS.map(() => undefined),
    processes: CLAIMERS.map(() => 'alive'),
    left: { cancels, crashes, naps, rollbacks },
  };
}

export const noBells = (): Bells => ({
  came: Array<boolean>(PARTITION_NAMES.length * NAMES).fill(false),
  freed: PARTITION_NAMES.map(() => false),
});

export function copyOfLine(state: LineState): LineState {
  return {
    runs: state.runs.map((run) => ({ ...run })),
    rows: [...state.rows],
    bells: { came: [...state.bells.came], freed: [...state.bells.freed] },
    // the parts of a claim are replaced, not changed
    claims: state.claims.map((claim) => claim && { ...claim }),
    processes: [...state.processes],
    left: { ...state.left },
  };
}

export function keyOfLine({ runs, rows, bells, claims, processes, left }: LineState): string {
  const bits = (...all: boolean[]) => all.map(Number).join('');
  const bell = ({ came, freed }: Bells) => bits(...came, ...freed);
  const claim = (one: Claim | undefined) => {
    if (one === undefined) return '';
    const { stage, heard, rows: written, free, chosen, taken, early } = one;
    const short = written.map((row) => row?.charAt(0) ?? '-').join('');
    // what it has read matters only if it may be rolled back
    const read = left.rollbacks > 0 ? bell(heard) : '';
    return [
      stage,
      read,
      short,
      ...free,
      'of',
      ...chosen,
      'took',
      ...taken,
      ...(early ? ['early', ...early.free, 'w', ...early.waiting] : []),
    ].join();
  };
  return [
    ...runs.map(
      ({ status, permit, owner, begun, body, isLocked }) =>
        `${status.slice(0, 2)}${owner}${body.charAt(0)}${bits(permit, begun, isLocked)}`,
    ),
    rows.map((row) => row.charAt(0)).join(''),
    bell(bells),
    ...claims.map(claim),
    ...processes,
    ...Object.values(left),
  ].join(';');
}

export const placeOf = ({ partition, name }: QueuedRun): number => partition * NAMES + name;

export const placesOf = (partition: number): number[] => Array.from({ length: NAMES }, (_, name) => partition * NAMES + name);

export const permitsOf = ({ runs }: LineState, partition: number): number =>
  runs.filter((run) => run.partition === partition && run.permit).length;

export const waitsInLine = (run: QueuedRun): boolean => run.status === 'enqueued' && !run.permit;

/** Nobody waits for a start, and a bell is an insert: neither waits for a claim. */
export function ringFor({ bells }: LineState, run: QueuedRun): void {
  bells.came[placeOf(run)] = true;
}

export function ringFreed({ bells }: LineState, { partition }: QueuedRun): void {
  bells.freed[partition] = true;
}

/** What a claim makes of bells, in one statement. */
export function afterBells(rows: readonly Row[], { came, freed }: Bells, rules: DoorbellRules): Row[] {
  return rows.map((row, place) => {
    if (came[place] && (row === 'none' || !rules.oneRow)) return row === 'none' ? 'in' : 'twice';
    return row === 'out' && rules.freedReturns && freed.some((is, partition) => is && placesOf(partition).includes(place))
      ? 'in'
      : row;
  });
}
