// Keeps this process an executor: registers it under a fresh id, and under another one when the first is retired. Everything that ran
// under the old id is lost here at that moment; others have re-queued it. A process keeps the generation of its first id; when that was
// swapped for a newer one, it is refused, and is an executor no more.
import { hostname } from 'node:os';
import { ExecutorSession } from '../engine/executor-session.js';
import { type Clock, pause } from '../kernel/clock.js';
import { uuidv4 } from '../kernel/ids.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { ExecutorRole } from '../model/executor.js';
import type { DatabaseClock } from '../store/database-clock.js';
import type { ExecutorReport, ExecutorStore, Renewal } from '../store/executors/executor.store.js';
import type { FlushStore } from '../store/flush/flush.store.js';
import { WriteLane } from '../store/flush/write-lane.js';
import type { Notifier } from '../store/notifier.js';

export interface ExecutorHostOptions {
  role: ExecutorRole;
  /** Workflow names this process serves; read when it registers. */
  servedNames(): string[];
  leaseMs: number;
  lanes: number;
  version?: string | null;
  /** What goes out with each renewal. */
  report(): ExecutorReport;
  /** A renewal has seen that the settings of the database are these. */
  onEpoch(epoch: string): void;
}

const REOPEN_MS = 500;

export class ExecutorHost {
  #session?: ExecutorSession;
  #reopening = false;
  #closed = false;
  /** Of this process, from its first registration on. */
  #generation: string | null = null;
  #isOver = false;
  #reported?: ExecutorReport;

  constructor(
    private readonly options: ExecutorHostOptions,
    private readonly executors: ExecutorStore,
    private readonly flushes: FlushStore,
    private readonly notifier: Notifier,
    private readonly databaseClock: DatabaseClock,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
    private readonly onOpened: () => void,
    /** A run that was suspended here is due. */
    private readonly onDue: () => void,
  ) {}

  /** The present life; undefined between two. */
  get session(): ExecutorSession | undefined {
    return this.#session;
  }

  /** Its generation was swapped for a newer one: it will never have another life. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The others do not know what it would report now. */
  get hasNews(): boolean {
    const { heardEpoch, inMemoryDepth } = this.options.report();
    return this.#reported?.heardEpoch !== heardEpoch || this.#reported.inMemoryDepth !== inMemoryDepth;
  }

  /** @throws GenerationOverError; the database's error */
  async open(): Promise<void> {
    const session = new ExecutorSession(uuidv4(), this.clock);
    session.lanes = Array.from({ length: this.options.lanes }, () => this.#lane(session));
    const { role, leaseMs, version } = this.options;
    await this.#renewed(session, async () => {
      const registration = await this.executors.insert(
        {
          executorId: session.executorId,
          role,
          hostname: hostname(),
          pid: process.pid,
          workflows: role === 'client' ? [] : this.options.servedNames(),
          version,
        },
        leaseMs,
        this.#generation,
      );
      this.#generation = registration.generation;
      return registration;
    });
    this.#reported = undefined;
    this.#session = session;
    this.notifier.tell('hello', { always: true });
    this.onOpened();
  }

  /** Renews the lease once. A retired executor is replaced. @throws the database's error; the lease then runs on as it was */
  async renew(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    const report = this.options.report();
    const held = await this.#renewed(session, () => this.executors.renew(session.executorId, this.options.leaseMs, report));
    this.#reported = report;
    if (!held) this.#replace(session);
  }

  /** No new life after this. */
  close(): void {
    this.#closed = true;
  }

  #lane(session: ExecutorSession): WriteLane {
    return new WriteLane(
      {
        flush: (batch) => this.flushes.record(session.executorId, batch),
        onRetired: () => this.#replace(session),
        onFlushed: ({ flushedAt, foundDue }) => {
          this.databaseClock.observe(flushedAt);
          if (foundDue) this.onDue();
        },
      },
      this.clock,
      this.logger,
    );
  }

  async #renewed(session: ExecutorSession, send: () => Promise<Renewal>): Promise<boolean> {
    // The lease counts from before it was asked for: the answer may travel for long.
    const sentMonotonic = this.clock.monotonic();
    const sentWall = this.clock.now();
    const { held, others, databaseNow, epoch } = await send();
    if (!held) return false;
    session.renewed(sentMonotonic, sentWall, this.options.leaseMs);
    this.notifier.others = others;
    this.databaseClock.observe(databaseNow);
    // At the first registration everything is read anyway.
    if (this.#session === session) this.options.onEpoch(epoch);
    return true;
  }

  #replace(session: ExecutorSession): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    this.logger.warn(`executor ${session.executorId} was retired; its ${session.frames.size} runs go on elsewhere`);
    session.retire();
    if (!this.#closed && !this.#reopening) void this.#reopen();
  }

  async #reopen(): Promise<void> {
    this.#reopening = true;
    while (!this.#closed && this.#session === undefined) {
      try {
        await this.open();
      } catch (error) {
        if (WorkflowsError.is(error, 'GENERATION_OVER')) {
          this.#end(error);
          break;
        }
        this.logger.warn(`executor could not register again: ${(error as Error).message}`);
        await pause(this.clock, REOPEN_MS);
      }
    }
    this.#reopening = false;
  }

  #end({ message }: WorkflowsError): void {
    this.#isOver = true;
    // No renewal will say any more whether there are others.
    this.notifier.others = Math.max(1, this.notifier.others);
    this.logger.warn(message);
  }
}
