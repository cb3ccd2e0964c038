// One life of this process as an executor: its id, its lease as known here, its write lanes and the runs it holds. When the lease is lost
// the session is over for good, and a new one with a new id takes its place; nothing of the old one is ever written again.
import type { Clock } from '../kernel/clock.js';
import { LEASE_SAFETY_MARGIN_MS } from '../model/executor.js';
import type { WriteLane } from '../store/flush/write-lane.js';
import type { CommandOrder } from '../store/runs/claimed-run.js';

/** A run in this process's memory, as the session sees it. */
export interface HeldRun {
  readonly runId: string;
  readonly token: string;
  readonly isRunning: boolean;
  /** It has recorded something since it was claimed, durably. */
  readonly hasProgressed: boolean;
  /** Something changed that decides whether it stays in memory: the session drains, or others need its slot. */
  reconsider(): void;
  /** What an operator asks of it; null: nothing, or not any more. Idempotent. */
  order(command: CommandOrder | null): void;
  readonly isHolding: boolean;
  /** The run is not ours any more. Idempotent. */
  lost(): void;
}

export class ExecutorSession {
  readonly frames = new Map<string, HeldRun>();
  /** Runs that are ours but have no frame yet: claimed and waiting for their history, or an eager insert on the wire. */
  readonly handingOver = new Set<string>();
  /** Runs that are over here while a step body of theirs still runs. */
  readonly lingering = new Set<string>();
  /** Claims that may still answer: what they took looks like a stray until then. */
  readonly #claims = new Set<{ began: number }>();
  lanes: readonly WriteLane[] = [];
  #deadlineMonotonic = Number.NEGATIVE_INFINITY;
  #deadlineWall = Number.NEGATIVE_INFINITY;
  #retired = false;
  #draining = false;
  #waiting: Array<() => void> = [];
  #onEmpty: Array<() => void> = [];

  constructor(
    readonly executorId: string,
    private readonly clock: Clock,
  ) {}

  get isRetired(): boolean {
    return this.#retired;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** Both clocks must agree: the monotonic one may stand still while the machine sleeps, the wall clock may be set back. */
  get holdsLease(): boolean {
    return !this.#retired && this.clock.monotonic() < this.#deadlineMonotonic && this.clock.now() < this.#deadlineWall;
  }

  /** The lease runs for `leaseMs` from before the renewal was sent, minus a margin. */
  renewed(sentMonotonic: number, sentWall: number, leaseMs: number): void {
    this.#deadlineMonotonic = sentMonotonic + leaseMs - LEASE_SAFETY_MARGIN_MS;
    this.#deadlineWall = sentWall + leaseMs - LEASE_SAFETY_MARGIN_MS;
    if (!this.holdsLease) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }

  /** Resolves while the lease is held; never, once it is lost. */
  leaseHeld(): Promise<void> | undefined {
    if (this.holdsLease) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** A run keeps to one lane: two lanes may commit out of order. */
  laneOf(runId: string): WriteLane {
    return this.lanes[runId.charCodeAt(runId.length - 1) % this.lanes.length] as WriteLane;
  }

  /** A claim is sent; to be called when it is answered, or failed. */
  claimBegins(): () => void {
    const claim = { began: this.clock.monotonic() };
    this.#claims.add(claim);
    return () => void this.#claims.delete(claim);
  }

  /** A claim may still answer. */
  get isClaiming(): boolean {
    return this.#claims.size > 0;
  }

  /** How long the oldest claim that may still answer is under way: what was claimed before is none of theirs. */
  oldestClaimMs(): number {
    let oldest = this.clock.monotonic();
    for (const { began } of this.#claims) oldest = Math.min(oldest, began);
    return this.clock.monotonic() - oldest;
  }

  /** The run occupies this process no more. Idempotent. */
  drop(run: HeldRun): void {
    if (this.frames.get(run.runId) !== run) return;
    this.frames.delete(run.runId);
    if (this.frames.size > 0) return;
    for (const callback of this.#onEmpty.splice(0)) callback();
  }

  /** Resolves when no run is held. */
  empty(): Promise<void> {
    if (this.frames.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
    });
  }

  /** No step body starts any more; runs are released as they come to rest. */
  drain(): void {
    this.#draining = true;
    this.reconsider();
  }

  /** Runs that could be unloaded are. */
  reconsider(): void {
    for (const frame of [...this.frames.values()]) frame.reconsider();
  }

  /** Everything held is lost. Idempotent. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#waiting = [];
    for (const lane of this.lanes) lane.abandon();
    for (const frame of [...this.frames.values()]) frame.lost();
  }
}
