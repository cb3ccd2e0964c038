// One claimed run in memory: the operations its code has asked for, the outcomes on their way to it, and what is not durable yet. The code
// runs between deliveries; this class decides in which order it learns what, and when it is at rest.
//
//   running ──code returned or threw──► settled      (terminal status written)
//      ├──only durable waits left─────► suspended    (WAITING written)
//      ├──held by an operator, at rest► held         (HELD written)
//      ├──executor drains, at rest────► released     (ENQUEUED written)
//      ├──continueAsNew───────────────► continued    (ENQUEUED with new arguments written)
//      └──token not ours, cancelled───► lost
//
// A frame that is not running is dead: what its code awaits never settles, `finally` blocks do not run.
import type { Timer } from '../kernel/clock.js';
import { fromStoredError, parseStoredError } from '../kernel/stored-error.js';
import { MANY_OPERATIONS, type OperationKind, type RecordedOperation, type RunHistory } from '../model/operation.js';
import type { FlushPart, FlushValue } from '../store/flush/flush-columns.js';
import type { WriteLane, WriteRow } from '../store/flush/write-lane.js';
import type { WriteOwner } from '../store/flush/write-owner.js';
import type { CommandOrder, StopRecord } from '../store/runs/claimed-run.js';
import { BodyCount } from './body-count.js';
import { nameInBranch } from './branch-name.js';
import type { Deliverable } from './delivery-pump.js';
import type { EngineServices } from './engine-services.js';
import type { ExecutorSession } from './executor-session.js';
import { FrameOrders } from './frame-orders.js';
import { FrameRest } from './frame-rest.js';
import { describeOperation, type Operation, type OperationOutcome, rejectOperation } from './operation.js';
import { ReplayLog } from './replay-log.js';
import { LeaseLostError, NonDeterministicRunError } from './run.errors.js';
import { RunSignal } from './run-signal.js';
import { StreamHeads } from './stream-heads.js';
import { WriteLedger } from './write-ledger.js';

export type FrameState = 'running' | 'settled' | 'suspended' | 'held' | 'released' | 'continued' | 'lost';

/**
 * How long a recorded outcome may wait for code that does not ask for it but still does something else. Counted in timers of turns that
 * really took place: a process that was stopped for long has had no time to ask.
 */
const STALL_TURNS = 20;
const STALL_TURN_MS = 500;
/** A step body that only writes would keep the process to itself. */
const CHUNKS_PER_TURN = 256;

/** What the executor of this frame does when it comes to rest; see run-executor.ts. */
export interface FrameEnd {
  suspend(frame: RunFrame): void;
  hold(frame: RunFrame): void;
  /** It is to stop. Gives the ms that it has for that; null: as long as it takes. */
  stopAsked(frame: RunFrame, limitMs: number | null): number | null;
  continueAsNew(frame: RunFrame, input: string | null): void;
  release(frame: RunFrame): void;
  fail(frame: RunFrame, error: unknown): void;
  /** The run is somebody else's, or over. */
  lost(frame: RunFrame): void;
}

export class RunFrame implements WriteOwner, Deliverable {
  state: FrameState = 'running';
  readonly log: ReplayLog;
  /** Called once, when an operation that was not in the record is durable. */
  onProgress?: () => void;
  /** Of the run; set by whoever makes the frame. */
  queue = '';
  readonly pending = new Map<number, Operation>();
  readonly streams: StreamHeads;
  readonly #ready: Array<{ operation: Operation; outcome: OperationOutcome }> = [];
  /** Of writes that are not recorded operations: told before any outcome, live and on replay alike. */
  #unrecorded: Array<() => void> = [];
  readonly bodies = new BodyCount();
  readonly #rest: FrameRest;
  readonly #orders: FrameOrders;
  #stopLimitMs: number | null = null;
  readonly #signal = new RunSignal();
  #nextOrdinal: number;
  #nextSeq: number;
  readonly #writes = new WriteLedger();
  #sinceTurn = 0;
  #stall?: Timer;

  constructor(
    readonly runId: string,
    readonly token: string,
    /** Of this execution: continueAsNew begins a new one, whose operations follow those before. */
    readonly firstOrdinal: number,
    readonly history: RunHistory,
    readonly session: ExecutorSession,
    readonly services: EngineServices,
    private readonly end: FrameEnd,
    private readonly lane: WriteLane,
    stop?: StopRecord | null,
    private readonly cut: { resets?: number; resetFrontier?: number | null } = {},
  ) {
    this.#orders = new FrameOrders(stop);
    this.log = new ReplayLog(history);
    this.#nextOrdinal = firstOrdinal;
    this.#nextSeq = this.log.nextSeq;
    this.streams = new StreamHeads(history.streams, firstOrdinal);
    this.#rest = new FrameRest(services, () => services.pump.add(this));
  }

  get isRunning(): boolean {
    return this.state === 'running';
  }

  get hasProgressed(): boolean {
    return this.#writes.hasProgressed;
  }

  get signal(): AbortSignal {
    return this.#signal.signal;
  }

  // — what code asks for —

  /** The outcome of the next operation, from the record or from `begin`, which may start something and must call `complete` once. */
  operation<T>(kind: OperationKind, ownName: string, begin: (operation: Operation) => void): Promise<T> {
    let asked: Operation | undefined;
    const name = nameInBranch(ownName);
    const promise = new Promise<T>((resolve, reject) => {
      if (!this.isRunning) return;
      const operation: Operation = {
        ordinal: this.#takeOrdinal(),
        kind,
        name,
        state: 'held',
        wakeAt: 0,
        hasWait: false,
        isWaitDurable: false,
        hasSource: false,
        begin,
        resolve: resolve as (value: unknown) => void,
        reject,
      };
      asked = operation;
      if (!this.#matchesRecord(operation)) return;
      this.pending.set(operation.ordinal, operation);
      if (this.#orders.failsAsked() && this.log.at(operation.ordinal) === undefined) this.failByStop(operation);
      else if (!this.log.isExhausted) this.services.pump.add(this);
      else this.#begin(operation);
    });
    if (asked !== undefined) asked.promise = promise;
    return promise;
  }

  /** A value made once and recorded; handed over synchronously. */
  value<T>(ownName: string, make: () => T): T {
    const name = nameInBranch(ownName);
    const ordinal = this.#takeOrdinal();
    const matches = this.#matchesRecord({ ordinal, kind: 'value', name });
    const recorded = this.log.at(ordinal);
    if (matches && recorded !== undefined) return this.#readRecord(recorded.output) as T;
    const value = make();
    if (matches && this.isRunning)
      this.write('op', [ordinal, null, 'value', name, this.services.serializer.serialize(value), null, 1, 0]);
    return value;
  }

  /** Of an operation, for keys that others see: the same on a replay, another one when a RESET has made it another operation. */
  keyOf(ordinal: number): string {
    const { resets = 0, resetFrontier } = this.cut;
    const isAnother = resets > 0 && typeof resetFrontier === 'number' && ordinal >= resetFrontier;
    return isAnother ? `${ordinal}.${resets}` : String(ordinal);
  }

  /** The place that the next operation will have. */
  get nextOrdinal(): number {
    return this.#nextOrdinal;
  }

  /**
   * For code that writes something without recording an operation. Resolves before any outcome is delivered, once there is room for more
   * writes: at the same point of the code whenever it is replayed.
   */
  unrecorded(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.isRunning) return;
      this.#unrecorded.push(resolve);
      this.services.pump.add(this);
    });
  }

  // — what comes back —

  /** Puts an outcome in line for delivery. Ignored when the frame is dead. */
  complete(operation: Operation, outcome: OperationOutcome): void {
    if (!this.isRunning || operation.isComplete) return;
    operation.isComplete = true;
    this.#ready.push({ operation, outcome });
    this.services.pump.add(this);
  }

  deliverNext(): boolean {
    if (!this.isRunning) return false;
    const hasUnrecorded = this.#unrecorded.length > 0;
    if (!hasUnrecorded && !this.log.isExhausted) return this.#deliverRecorded();
    // Code that waits for room goes on first: a stop meets it at an operation.
    if (!hasUnrecorded && this.#orders.hasStopAhead && this.pending.size > 0 && this.log.isExhausted) this.#stop();
    if (!hasUnrecorded && this.#ready.length === 0) {
      this.comeToRest();
      return false;
    }
    if (this.lane.isSaturated) {
      this.lane.whenDrained(() => this.services.pump.add(this));
      return false;
    }
    if (hasUnrecorded) {
      for (const resolve of this.#unrecorded.splice(0)) resolve();
      return true;
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
    this.#writes.wrote(1);
    this.lane.write(this, part, values, onDurable);
  }

  /** Rows that are durable together or not at all. */
  writeTogether(rows: WriteRow[], onDurable?: () => void): void {
    this.#writes.wrote(rows.length);
    this.lane.writeTogether(this, rows, onDurable);
  }

  /** A row of one of its streams, as `streams` gives it. */
  writeChunk({ part, values }: WriteRow): void {
    this.write(part, [...values, this.#nextSeq], this.#chunksDurable);
  }

  /** For a step body that writes much. Resolves when there is room for more, and now and then lets others have a turn. Undefined: go on. */
  room(): Promise<void> | undefined {
    if (this.lane.isSaturated) return new Promise((resolve) => this.lane.whenDrained(resolve));
    this.#sinceTurn = (this.#sinceTurn + 1) % CHUNKS_PER_TURN;
    return this.#sinceTurn === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined;
  }

  /** For a write that no barrier waits for. */
  writeLazily(part: FlushPart, values: () => FlushValue[]): void {
    this.lane.writeLazily(this, part, values);
  }

  /** Resolves when all writes of this run so far are durable; never, when the run is lost first. Undefined: they are. */
  durable(): Promise<void> | undefined {
    return this.#writes.durable();
  }

  acked(count: number): void {
    this.#writes.acked(count);
    if (this.onProgress !== undefined && this.hasProgressed) {
      this.onProgress();
      this.onProgress = undefined;
    }
  }

  refused(error: unknown): void {
    this.end.fail(this, error);
  }

  lost(): void {
    // A flush that is refused may be the repetition of one that was not: what it wrote has to be told all the same.
    this.services.waker.mayHaveEnded(this.runId);
    if (this.state === 'lost') return;
    this.#die('lost', () => new LeaseLostError(this.runId));
    this.end.lost(this);
  }

  // — orders of operators —

  /** Null: none, or not any more. */
  order(command: CommandOrder | null): void {
    if (!this.isRunning || !this.#orders.hear(command)) return;
    if (command?.name === 'STOP') this.#stopLimitMs = this.end.stopAsked(this, command.limit);
    if (!this.#orders.isHolding)
      for (const operation of [...this.pending.values()]) if (operation.state === 'parked') this.#begin(operation);
    this.services.pump.add(this);
  }

  get isHolding(): boolean {
    return this.#orders.isHolding;
  }

  /** What `work` does is not interrupted by a stop: it is met by what the code does next. */
  shield<T>(work: () => Promise<T>): Promise<T> {
    return this.#orders.shield(work, () => this.services.pump.add(this));
  }

  /** Where it was stopped. */
  get stopped(): StopRecord | undefined {
    return this.#orders.stop;
  }

  /** True: the run was stopped while it waited for this operation, which fails by that. */
  stopsBefore(operation: Operation): boolean {
    return this.#orders.failsBefore(operation);
  }

  failByStop(operation: Operation): void {
    operation.leave?.();
    operation.leave = undefined;
    operation.timer?.cancel();
    operation.state = 'busy';
    const error = this.stopped?.error ?? null;
    this.complete(operation, { output: null, value: undefined, error, attempts: 1, beganAt: this.services.clock.monotonic() });
  }

  // — ends —

  /** The run goes on with other arguments and an empty record. */
  continueAsNew(input: string | null): void {
    if (this.isRunning) this.end.continueAsNew(this, input);
  }

  /** The frame is dead from here on; the caller writes the status. What `reason` gives aborts the signal, if somebody holds it. */
  leave(state: Exclude<FrameState, 'running'>, reason: () => unknown): void {
    this.#die(state, reason);
  }

  reconsider(): void {
    this.services.pump.add(this);
  }

  /** Nothing to deliver, microtasks drained: unload the run if only durable waits are left. */
  comeToRest(): void {
    if (!this.isRunning || this.pending.size === 0 || this.#ready.length > 0 || !this.log.isExhausted) return;
    // Unloaded, it would be due at once.
    if (this.#orders.isStopShielded && !this.session.isDraining) return;
    const rest = this.#rest.decide(this.pending.values(), this.session.isDraining, this.isHolding, this.queue);
    if (rest === 'release') this.end.release(this);
    else if (rest === 'suspend') this.end.suspend(this);
    else if (rest === 'hold') this.end.hold(this);
  }

  /** When it wakes by itself, ms since the epoch, database clock; infinite: never. */
  get nextWakeAt(): number {
    let nearest = Number.POSITIVE_INFINITY;
    for (const { wakeAt } of this.pending.values()) nearest = Math.min(nearest, wakeAt);
    return nearest;
  }

  /** One function, so that a flush calls it once for many chunks. */
  readonly #chunksDurable = () => this.services.waker.chunksWritten(this.runId);

  #begin(operation: Operation): void {
    if (operation.isComplete) return;
    if (this.stopsBefore(operation)) {
      this.failByStop(operation);
    } else if (this.isHolding || this.#orders.hasStopAhead) {
      operation.state = 'parked';
      this.services.pump.add(this);
    } else {
      operation.state = 'busy';
      if (operation.goOn === undefined) operation.begin(operation);
      else operation.goOn();
    }
  }

  /** What waits fails at once; a step that runs goes on to its end. Whoever watches the signal is told; what winds down gets one of its own. */
  #stop(): void {
    const delivered = new Set(this.#ready.map(({ operation }) => operation));
    const stop = this.#orders.apply(this.#nextOrdinal, this.#nextSeq);
    this.write('stop', [stop.ordinal, stop.seq, stop.error, this.#stopLimitMs]);
    const abort = this.#signal.renew();
    for (const operation of [...this.pending.values()])
      if (!delivered.has(operation) && (operation.state !== 'busy' || operation.hasSource)) this.failByStop(operation);
    abort(fromStoredError(parseStoredError(stop.error)));
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
    this.#orders.delivers(recorded.ordinal, recorded.seq ?? 0, recorded.error === null);
    if (this.log.isExhausted) for (const held of [...this.pending.values()]) this.#begin(held);
    if (recorded.error !== null) rejectOperation(operation, recorded.error);
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
    this.#rest.interrupt();
    const elapsed = this.services.clock.monotonic() - outcome.beganAt;
    const { ordinal, kind, name } = operation;
    const { output, error, attempts, onDurable } = outcome;
    this.#orders.delivers(ordinal, this.#nextSeq, error === null);
    const writes = typeof outcome.writes === 'function' ? outcome.writes() : (outcome.writes ?? []);
    // One without the other would be wrong on replay: an event lost, or a wait that is over and still wakes the run.
    const rows: WriteRow[] = [
      ...writes,
      { part: 'op', values: [ordinal, this.#nextSeq++, kind, name, output, error, attempts, elapsed, this.#nextOrdinal] },
    ];
    if (operation.hasWait) rows.push({ part: 'woken', values: [ordinal] });
    this.writeTogether(rows, onDurable);
    this.#writes.wroteOutcome();
    if (outcome.error !== null) rejectOperation(operation, outcome.error);
    else operation.resolve(outcome.value);
  }

  #matchesRecord({ ordinal, kind, name }: Pick<Operation, 'ordinal' | 'kind' | 'name'>): boolean {
    const recorded = this.log.knownAt(ordinal);
    if (recorded === undefined || (recorded.kind === kind && recorded.name === name)) return true;
    this.#diverge(ordinal, describeOperation(recorded), describeOperation({ kind, name }));
    return false;
  }

  /** Warns at one place of the record only, and only whoever comes there first. */
  #takeOrdinal(): number {
    const ordinal = this.#nextOrdinal++;
    if (ordinal - this.firstOrdinal !== MANY_OPERATIONS || !this.isRunning) return ordinal;
    if (this.log.isExhausted && this.log.knownAt(ordinal) === undefined)
      this.services.logger.warn(
        `run ${this.runId} has recorded ${MANY_OPERATIONS} operations, each of which every replay reads; let it continueAsNew()`,
      );
    return ordinal;
  }

  #diverge(ordinal: number, recorded: string, asked: string): void {
    if (this.isRunning) this.end.fail(this, new NonDeterministicRunError(this.runId, ordinal, recorded, asked));
  }

  #die(state: FrameState, reason: () => unknown): void {
    this.state = state;
    this.#stall?.cancel();
    this.#rest.interrupt();
    for (const { timer, leave } of this.pending.values()) {
      timer?.cancel();
      leave?.();
    }
    this.#writes.forget();
    this.#unrecorded = [];
    this.#ready.length = 0;
    // A run that is only unloaded goes on: aborting would run the catch blocks of code that is to be replayed.
    if (state === 'suspended' || state === 'held' || state === 'released') return;
    this.#signal.end(reason);
  }
}
