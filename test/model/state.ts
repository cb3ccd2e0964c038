// What the model remembers: the rows of the database, the memory of two processes, and what is on the wire. It is changed only on a copy,
// by database.ts, process.ts, flush.ts, wakeups.ts and surroundings.ts. What nothing can come between is one step; what nobody can tell apart is one
// state.
import type { Program } from './rules.js';

export type ProcessIndex = 0 | 1;
export const PROCESSES: readonly ProcessIndex[] = [0, 1];
export const PROCESS_NAMES = ['A', 'B'] as const;

/** The first executor, and owner of what nobody owns. */
export const NOBODY = 0;

export interface Run {
  readonly name: string;
  readonly program: Program;
  status: 'enqueued' | 'owned' | 'waiting' | 'success' | 'cancelled';
  /** Executor. */
  owner: number;
  token: number;
  /** A bit for each operation that has a checkpoint. */
  recorded: number;
  /** The timer is due, or the message is there. */
  hasSource: boolean;
  /** Its row in `waits`. */
  hasWait: boolean;
  /** A sweep has yet to look who must be woken: this run, for a message, or who waits for its end. */
  isMarked: boolean;
  /** Token of the flush that made it a success. */
  endedBy: number;
}

/** A run in a process's memory, from its claim until WAITING or SUCCESS is on the wire. */
export interface Frame {
  token: number;
  /** Operations in the history that it began with. */
  loaded: number;
  /** Operations whose outcome the code has; of these, how many were put into a flush. */
  position: number;
  sent: number;
  /** The wait that the code is at has its row, or that is on the wire. */
  waitSent: boolean;
  /** What was recorded when this token was given. */
  recordedAtClaim: number;
}

export interface Process {
  executor: number;
  /** Its own deadline is still to come. */
  holdsLease: boolean;
  /** Whether a renewal was committed of which it has not heard; late: the deadline that it would give is over already. */
  renewal: 'none' | 'committed' | 'late';
  frames: Array<Frame | undefined>;
  /** What it has written may wake another run: it has yet to look which, or to wake that. */
  announcement: 'none' | 'look' | 'wake';
  /** Only without rules: an executor that it saw expired; one that it alone has to rescue; histories that it read before it claims. */
  suspect: number;
  duty: number;
  early: number[] | undefined;
}

export type Move = '' | 'running' | 'waiting' | 'success';

export interface Flush {
  process: ProcessIndex;
  executor: number;
  run: number;
  token: number;
  from: number;
  to: number;
  wait: boolean;
  move: Move;
  /** Checked: it holds the fence. Looked: it holds the lock of its run, too. */
  stage: 'sent' | 'checked' | 'looked' | 'accepted';
  /** What the run waits for was there when it looked. */
  found: boolean;
  /** Only without rules: somebody waited for what it brings before it committed. */
  sawWaiter: boolean;
  /** Somebody waits for the answer. Otherwise it is a copy that is late, or its process is gone. */
  awaited: boolean;
}

export interface Executor {
  isRetired: boolean;
  process: ProcessIndex;
  /** It has written what another run may wait for. */
  hasBrought: boolean;
}

export interface State {
  processes: [Process, Process];
  runs: Run[];
  /** By id. */
  executors: Executor[];
  flushes: Flush[];
  /** Executors of which a claim is on its way that nobody waits for. */
  lateClaims: number[];
  /** A rescue has yet to look who must be woken. */
  sweepOwed: boolean;
  /**
   * Only without rules: somebody who cancels has looked whose run it is, or a process (as that executor) has sent a cancel; somebody with
   * a message has looked whether the run waits.
   */
  canceller: { run: number; owner: number; by: number } | undefined;
  sender: { run: number; sawWaiting: boolean } | undefined;
  left: { expiries: number; crashes: number; breaks: number; cancels: number; nudges: number };
  lastToken: number;
}

/** Works on a copy; may name the invariant that it breaks. */
export type Change = ((draft: State) => string | undefined) | ((draft: State) => void);

/** How a transition is described. A fault need not happen. */
export type Step = (action: string, change: Change, fault?: boolean) => void;

export function newProcess(executor: number, runs: number): Process {
  return {
    executor,
    holdsLease: true,
    renewal: 'none',
    frames: new Array(runs).fill(undefined),
    announcement: 'none',
    suspect: 0,
    duty: 0,
    early: undefined,
  };
}

/** A process under a new id and with nothing in memory; what is on the wire stays there. */
export function beginNewLife(draft: State, index: ProcessIndex): void {
  const { frames, suspect, duty } = draft.processes[index];
  for (const flush of draft.flushes) if (flush.process === index) flush.awaited = false;
  draft.executors.push({ isRetired: false, process: index, hasBrought: false });
  draft.processes[index] = { ...newProcess(draft.executors.length - 1, frames.length), suspect, duty };
}

export function copyOf(state: State): State {
  const [a, b] = state.processes;
  return {
    ...state,
    processes: [copyOfProcess(a), copyOfProcess(b)],
    runs: state.runs.map((run) => ({ ...run })),
    executors: state.executors.slice(),
    flushes: state.flushes.map((flush) => ({ ...flush })),
    lateClaims: state.lateClaims.slice(),
    left: { ...state.left },
  };
}

function copyOfProcess(process: Process): Process {
  return { ...process, frames: process.frames.map((frame) => frame && { ...frame }) };
}

export function isOver({ status }: Run): boolean {
  return status === 'success' || status === 'cancelled';
}

export function isOwned(run: Run, executor: number): boolean {
  return run.status === 'owned' && run.owner === executor;
}

/** Whether anything can still come of an executor. */
export function isReferredTo({ processes, runs, executors, flushes, lateClaims, canceller }: State, executor: number): boolean {
  return (
    (executors[executor] as Executor).hasBrought ||
    canceller?.by === executor ||
    processes[0].executor === executor ||
    processes[1].executor === executor ||
    runs.some((run) => isOwned(run, executor)) ||
    flushes.some((flush) => flush.executor === executor) ||
    lateClaims.includes(executor)
  );
}

/** An executor as a trace tells of it. */
export function executorName({ processes, executors }: State, id: number): string {
  const { process } = executors[id] as Executor;
  return `${processes[process].executor === id ? '' : 'the former '}${PROCESS_NAMES[process]}`;
}

/** Nobody else has its row locked. */
export function isRowFree({ flushes }: State, run: number): boolean {
  return !flushes.some((flush) => flush.run === run && flush.stage === 'looked');
}

/** Two states have one key if they differ only in which process is which, in the names of ids, or in what nothing refers to. */
export function keyOf(state: State): string {
  const [a, b] = state.processes;
  const difference = rank(a) - rank(b);
  // Writing both is needed only where a glance does not tell the two apart.
  if (difference !== 0) return difference < 0 ? written(state, 0, 1) : written(state, 1, 0);
  const straight = written(state, 0, 1);
  const swapped = written(state, 1, 0);
  return straight < swapped ? straight : swapped;
}

function rank({ holdsLease, renewal, frames }: Process): number {
  let number = Number(holdsLease) * 256 + renewal.charCodeAt(0);
  for (const frame of frames) number = number * 128 + (frame === undefined ? 0 : 1 + frame.position * 16 + frame.sent * 2);
  return number;
}

const FIRST = 0x100;

/** Every field is one character, so that equal texts mean equal states; ids are named in the order of their appearance. */
function written(state: State, first: ProcessIndex, second: ProcessIndex): string {
  const executors: number[] = [];
  const tokens: number[] = [];
  const codes: number[] = [];
  const put = (value: number) => codes.push(FIRST + value);
  const named = (id: number, names: number[]) => {
    if (id === 0) return put(0);
    const at = names.indexOf(id);
    return put(at < 0 ? names.push(id) : at + 1);
  };
  for (const run of state.runs) {
    codes.push(run.status.charCodeAt(0));
    named(run.owner, executors);
    named(run.token, tokens);
    named(run.endedBy, tokens);
    put(run.recorded * 8 + Number(run.hasSource) * 4 + Number(run.hasWait) * 2 + Number(run.isMarked));
  }
  for (const index of [first, second]) {
    const process = state.processes[index];
    named(process.executor, executors);
    codes.push(process.renewal.charCodeAt(0), process.announcement.charCodeAt(0));
    put(Number(process.holdsLease));
    named(process.suspect, executors);
    named(process.duty, executors);
    for (const known of process.early ?? []) put(known);
    for (const frame of process.frames) {
      named(frame?.token ?? 0, tokens);
      if (frame === undefined) continue;
      put(frame.loaded * 64 + frame.position * 8 + frame.sent);
      put(frame.recordedAtClaim * 2 + Number(frame.waitSent));
    }
    for (const flush of state.flushes) {
      if (flush.process !== index) continue;
      codes.push(flush.stage.charCodeAt(0), (flush.move || '-').charCodeAt(0));
      named(flush.executor, executors);
      named(flush.token, tokens);
      put(flush.run * 256 + flush.from * 32 + flush.to * 4 + Number(flush.wait) * 2 + Number(flush.awaited));
      put(Number(flush.found) * 2 + Number(flush.sawWaiter));
    }
    put(-1);
  }
  for (const id of state.lateClaims) named(id, executors);
  put(-1);
  const { canceller, sender, left } = state;
  put(canceller === undefined ? 0 : canceller.run + 1);
  named(canceller?.owner ?? 0, executors);
  put(sender === undefined ? 0 : 1 + sender.run * 2 + Number(sender.sawWaiting));
  named(canceller?.by ?? 0, executors);
  put(Number(state.sweepOwed));
  put(left.expiries * 256 + left.crashes * 64 + left.breaks * 16 + left.cancels * 4 + left.nudges);
  state.executors.forEach(({ hasBrought }, id) => {
    if (hasBrought) named(id, executors);
  });
  for (const id of executors) {
    const { isRetired, hasBrought } = state.executors[id] as Executor;
    put(Number(isRetired) * 2 + Number(hasBrought));
  }
  return String.fromCharCode(...codes);
}
