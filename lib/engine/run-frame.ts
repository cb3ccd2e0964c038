// One claimed run in memory: the operations its code has asked for, the outcomes on their way to it, and what is not durable yet. The code
// runs between deliveries; this class decides in which order it learns what, and when it is at rest.
//
//   running ──code returned or threw──► settled      (terminal status written)
//      ├──only durable waits left─────► suspended    (WAITING written)
//      ├──executor drains, at rest────► released     (ENQUEUED written)
//      └──token not ours, cancelled───► lost
//
// A frame that is not running is dead: what its code awaits never settles, `finally` blocks do not run.
import type { Timer } from '../kernel/clock.js';
import { fromStoredError, parseStoredError } from '../kernel/stored-error.js';
import type { OperationKind, RecordedOperation, RunHistory } from '../model/operation.js';
import type { FlushPart, FlushValue } from '../store/flush/flush-columns.js';
import type { WriteLane, WriteRow } from '../store/flush/write-lane.js';
import type { WriteOwner } from '../store/flush/write-owner.js';
import type { Deliverable } from './delivery-pump.js';
import type { EngineServices } from './engine-services.js';
import type { ExecutorSession } from './executor-session.js';
import { describeOperation, type Operation, type OperationOutcome } from './operation.js';
import { ReplayLog } from './replay-log.js';
import { LeaseLostError, NonDeterministicRunError } from './run.errors.js';

export type FrameState = 'running' | 'settled' | 'suspended' | 'released' | 'lost';

/**
 * How long a recorded outcome may wait for code that does not ask for it but still does something else. Counted in timers of turns that
 * really took place: a process that was stopped for long has had no time to ask.
 */
const STALL_TURNS = 20;
const STALL_TURN_MS = 500;

/** What the executor of this frame does when it comes to rest; see run-executor.ts. */
export interface FrameEnd {
  suspend(frame: RunFrame): void;
  release(frame: RunFrame): void;
  fail(frame: RunFrame, error: unknown): void;
  /** The frame needs its slot no more. */
  drop(frame: RunFrame): void;
}

export class RunFrame implements WriteOwner, Deliverable {
  state: FrameState = 'running';
  readonly log: ReplayLog;
  /** Called once, when an operation that was not in the record is durable. */
  onProgress?: () => void;
  readonly pending = new Map<number, Operation>();
  readonly #ready: Array<{ operation: Operation; outcome: OperationOutcome }> = [];
  readonly #streamOffsets = new Map<string, number>();
  #abort?: AbortController;
  /** Why the run is over here; set when the signal is, or would be, aborted. */
  #over?: () => unknown;
  #nextOrdinal = 0;
  #nextSeq: number;
  /** Counted writes so far, and how many of them, in order, are durable. */
  #written = 0;
  /** Where the first outcome that was not in the record stands among them. */
  #firstOutcomeAt?: number;
  #acked = 0;
  #durableWaiters: Array<{ position: number; resolve: () => void }> = [];
  #stall?: Timer;

  constructor(
    readonly runId: string,
    readonly token: string,
    readonly history: RunHistory,
    readonly session: ExecutorSession,
    readonly services: EngineServices,
    private readonly end: FrameEnd,
    private readonly lane: WriteLane,
  ) {
    this.log = new ReplayLog(history);
    this.#nextSeq = this.log.nextSeq;
  }

  get isRunning(): boolean {
    return this.state === 'running';
  }

  get hasProgressed(): boolean {
    return this.#firstOutcomeAt !== undefined && this.#firstOutcomeAt <= this.#acked;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      // Asked for too late: it has been aborted already.
      if (this.#over !== undefined) this.#abort.abort(this.#over());
    }
    return this.#abort.signal;
  }

  // — what code asks for —

  /** The outcome of the next operation, from the record or from `begin`, which may start something and must call `complete` once. */
  operation<T>(kind: OperationKind, name: string, begin: (operation: Operation) => void): Promise<T> {
    let asked: Operation | undefined;
    const promise = new Promise<T>((resolve, reject) => {
      if (!this.isRunning) return;
      const operation: Operation = {
        ordinal: this.#nextOrdinal++,
        kind,
        name,
        state: 'held',
        wakeAt: 0,
        hasWait: false,
        begin,
        resolve: resolve as (value: unknown) => void,
        reject,
      };
      asked = operation;
      if (!this.#matchesRecord(operation)) return;
      this.pending.set(operation.ordinal, operation);
      if (!this.log.isExhausted) this.services.pump.add(this);
      else this.#begin(operation);
    });
    if (asked !== undefined) asked.promise = promise;
    return promise;
  }

  /** A value made once and recorded; handed over synchronously. */
  value<T>(name: string, make: () => T): T {
    const ordinal = this.#nextOrdinal++;
    const matches = this.#matchesRecord({ ordinal, kind: 'value', name });
    const recorded = this.log.at(ordinal);
    if (matches && recorded !== undefined) return this.#readRecord(recorded.output) as T;
    const value = make();
    if (matches && this.isRunning)
      this.write('op', [ordinal, null, 'value', name, this.services.serializer.serialize(value), null, 1, 0]);
    return value;
  }

  // — what comes back —

  /** Puts an outcome in line for delivery. Ignored when the frame is dead. */
  complete(operation: Operation, outcome: OperationOutcome): void {
    if (!this.isRunning) return;
    this.#ready.push({ operation, outcome });
    this.services.pump.add(this);
  }

  deliverNext(): boolean {
    if (!this.isRunning) return false;
    if (!this.log.isExhausted) return this.#deliverRecorded();
    if (this.#ready.length === 0) {
      this.comeToRest();
      return false;
    }
    if (this.lane.isSaturated) {
      this.lane.whenDrained(() => this.services.pump.add(this));
      return false;
    }
    const next = this.#ready.shift();
    if (next !== undefined) this.#deliver(next.operation, next.outcome);
    return true;
  }

  /** The engine itself stumbled over this run: end it, and no other. */
  failDelivery(error: unknown): void {
    if (this.isRunning) this.end.fail(this, error);
  }

  // — durability —

  write(part: FlushPart, values: FlushValue[], onDurable?: () => void): void {
    this.#written++;
    this.lane.write(this, part, values, onDurable);
  }

  /** Rows that are durable together or not at all. */
  writeTogether(rows: WriteRow[], onDurable?: () => void): void {
    this.#written += rows.length;
    this.lane.writeTogether(this, rows, onDurable);
  }

  /** For a write that no barrier waits for. */
  writeLazily(part: FlushPart, values: () => FlushValue[]): void {
    this.lane.writeLazily(this, part, values);
  }

  /** Resolves when all writes of this run so far are durable; never, when the run is lost first. Undefined: they are. */
  durable(): Promise<void> | undefined {
    const position = this.#written;
    if (this.#acked >= position) return undefined;
    return new Promise((resolve) => {
      this.#durableWaiters.push({ position, resolve });
    });
  }

  acked(count: number): void {
    this.#acked += count;
    if (this.onProgress !== undefined && this.hasProgressed) {
      this.onProgress();
      this.onProgress = undefined;
    }
    while (this.#durableWaiters.length > 0 && (this.#durableWaiters[0]?.position ?? 0) <= this.#acked)
      this.#durableWaiters.shift()?.resolve();
  }

  refused(error: unknown): void {
    this.end.fail(this, error);
  }

  lost(): void {
    if (this.state === 'lost') return;
    this.#die('lost', () => new LeaseLostError(this.runId));
    this.end.drop(this);
  }

  // — ends —

  /** The frame is dead from here on; the caller writes the status. What `reason` gives aborts the signal, if somebody holds it. */
  leave(state: Exclude<FrameState, 'running'>, reason: () => unknown): void {
    this.#die(state, reason);
  }

  drain(): void {
    this.services.pump.add(this);
  }

  /** Nothing to deliver, microtasks drained: unload the run if only durable waits are left. */
  comeToRest(): void {
    if (!this.isRunning || this.pending.size === 0 || this.#ready.length > 0 || !this.log.isExhausted) return;
    let nearest = Number.POSITIVE_INFINITY;
    let parked = false;
    for (const operation of this.pending.values()) {
      if (operation.state === 'busy') return;
      if (operation.state === 'waiting') nearest = Math.min(nearest, operation.wakeAt);
      else parked = true;
    }
    if (parked) this.end.release(this);
    else if (this.session.isDraining || nearest - this.services.databaseClock.now() > this.services.suspendAfterMs)
      this.end.suspend(this);
  }

  nextStreamOffset(stream: string): number {
    const offset = this.#streamOffsets.get(stream) ?? 0;
    this.#streamOffsets.set(stream, offset + 1);
    return offset;
  }

  #begin(operation: Operation): void {
    operation.state = 'busy';
    operation.begin(operation);
  }

  #deliverRecorded(): boolean {
    const recorded = this.log.next;
    if (recorded === undefined) return false;
    const operation = this.pending.get(recorded.ordinal);
    if (operation === undefined) {
      if (this.#stall === undefined) this.#waitForCode(recorded, STALL_TURNS);
      return false;
    }
    this.#stall?.cancel();
    this.#stall = undefined;
    const value = this.#readRecord(recorded.output);
    if (!this.isRunning) return false;
    this.pending.delete(operation.ordinal);
    this.log.advance();
    if (this.log.isExhausted) for (const held of [...this.pending.values()]) this.#begin(held);
    if (recorded.error !== null) reject(operation, recorded.error);
    else operation.resolve(value);
    return true;
  }

  /** A record that can't be read (a damaged row, a newer release's tag) ends this run, and no other. */
  #readRecord(text: string | null): unknown {
    try {
      return this.services.serializer.deserialize(text);
    } catch (error) {
      if (this.isRunning) this.end.fail(this, error);
      return undefined;
    }
  }

  #waitForCode(recorded: RecordedOperation, turns: number): void {
    this.#stall = this.services.clock.setTimer(STALL_TURN_MS, () => {
      if (turns > 0) this.#waitForCode(recorded, turns - 1);
      else this.#diverge(recorded.ordinal, describeOperation(recorded), 'something that never asks for it');
    });
  }

  #deliver(operation: Operation, outcome: OperationOutcome): void {
    this.pending.delete(operation.ordinal);
    const elapsed = this.services.clock.monotonic() - outcome.beganAt;
    const { ordinal, kind, name } = operation;
    const { output, error, attempts, writes = [] } = outcome;
    // One without the other would be wrong on replay: an event lost, or a wait that is over and still wakes the run.
    const rows: WriteRow[] = [
      ...writes,
      { part: 'op', values: [ordinal, this.#nextSeq++, kind, name, output, error, attempts, elapsed] },
    ];
    if (operation.hasWait) rows.push({ part: 'woken', values: [ordinal] });
    this.writeTogether(rows);
    this.#firstOutcomeAt ??= this.#written;
    if (outcome.error !== null) reject(operation, outcome.error);
    else operation.resolve(outcome.value);
  }

  #matchesRecord({ ordinal, kind, name }: Pick<Operation, 'ordinal' | 'kind' | 'name'>): boolean {
    const recorded = this.log.at(ordinal) ?? begunAt(this.history, ordinal);
    if (recorded === undefined || (recorded.kind === kind && recorded.name === name)) return true;
    this.#diverge(ordinal, describeOperation(recorded), describeOperation({ kind, name }));
    return false;
  }

  #diverge(ordinal: number, recorded: string, asked: string): void {
    if (this.isRunning) this.end.fail(this, new NonDeterministicRunError(this.runId, ordinal, recorded, asked));
  }

  #die(state: FrameState, reason: () => unknown): void {
    this.state = state;
    this.#stall?.cancel();
    for (const operation of this.pending.values()) operation.timer?.cancel();
    this.#durableWaiters = [];
    this.#ready.length = 0;
    // A run that is only unloaded goes on: aborting would run the catch blocks of code that is to be replayed. An error costs a stack
    // trace, and most runs end without anybody looking at the signal.
    if (state === 'suspended' || state === 'released') return;
    this.#over ??= reason;
    this.#abort?.abort(reason());
  }
}

/** What is under way at an ordinal without an outcome: a sleep, or a step between two attempts. */
function begunAt({ waits, failedAttempts }: RunHistory, ordinal: number): { kind: OperationKind; name: string } | undefined {
  const wait = waits.find((recorded) => recorded.ordinal === ordinal);
  if (wait !== undefined) return { kind: wait.kind === 'retry' ? 'step' : 'sleep', name: wait.name };
  const failed = failedAttempts.get(ordinal);
  return failed === undefined ? undefined : { kind: 'step', name: failed.name };
}

function reject(operation: Operation, error: string): void {
  // Code may ask for several operations and await them later: a failure that nobody awaits yet must not end the process.
  operation.promise?.catch(() => undefined);
  operation.reject(fromStoredError(parseStoredError(error)));
}
