// The engine without a database: a clock that is moved by hand, and lanes whose flushes the spec answers. For what the engine does between
// two writes, which no row shows.

import { DeliveryPump } from '../../../lib/engine/delivery-pump.js';
import type { EngineServices } from '../../../lib/engine/engine-services.js';
import { ExecutorSession } from '../../../lib/engine/executor-session.js';
import { QueueDirectory } from '../../../lib/engine/queue-directory.js';
import { RunExecutor } from '../../../lib/engine/run-executor.js';
import type { RunFrame } from '../../../lib/engine/run-frame.js';
import { RunOutcomes } from '../../../lib/engine/run-outcomes.js';
import { currentScope } from '../../../lib/engine/run-scope.js';
import { runStep } from '../../../lib/engine/step-runner.js';
import { WorkflowRegistry } from '../../../lib/engine/workflow-registry.js';
import { Deferred } from '../../../lib/kernel/deferred.js';
import { Serializer } from '../../../lib/kernel/serializer.js';
import { EMPTY_HISTORY, type RecordedOperation, type RunHistory } from '../../../lib/model/operation.js';
import { DatabaseClock } from '../../../lib/store/database-clock.js';
import type { FlushResult } from '../../../lib/store/flush/flush.store.js';
import type { FlushBatch } from '../../../lib/store/flush/flush-batch.js';
import { FLUSH_COLUMNS, FLUSH_PARTS, type FlushPart } from '../../../lib/store/flush/flush-columns.js';
import { WriteLane } from '../../../lib/store/flush/write-lane.js';
import type { RunStore } from '../../../lib/store/runs/run.store.js';
import { ManualClock, silent, turnsPass } from '../manual-clock.js';

export const LEASE_MS = 15_000;
export const RUN_ID = '00000000-0000-4000-8000-000000000001';

/** One flush on the wire of a lane. */
export interface SentFlush {
  lane: number;
  /** `op 0`, `wait 1`, `move SUCCESS`: the part, and what tells its rows apart. */
  rows: string[];
  batch: FlushBatch;
  answer: Deferred<FlushResult>;
}

/** One column of one part, as the array literal that goes to the database. */
export function columnOf(batch: FlushBatch, part: FlushPart, column: string): string {
  const before = FLUSH_PARTS.slice(0, FLUSH_PARTS.indexOf(part)).reduce((sum, other) => sum + FLUSH_COLUMNS[other].length, 0);
  return batch.parameters()[before + (FLUSH_COLUMNS[part] as readonly string[]).indexOf(column)] ?? '{}';
}

/** What a flush carries, but for the tokens. */
export function rowsOf(batch: FlushBatch): string[] {
  return FLUSH_PARTS.filter((part) => part !== 'frame').flatMap((part) => {
    const telling = FLUSH_COLUMNS[part][part === 'new' ? 0 : 1] ?? 'run';
    const values = columnOf(batch, part, telling).slice(1, -1);
    return values === '' ? [] : values.split(',').map((value) => `${part} ${value}`);
  });
}

/** What these specs do not ask for. */
const OUTSIDE = {
  waker: { mayHaveEnded: () => undefined, eventSet: () => undefined, chunksWritten: () => undefined },
  ports: { isCrowded: () => false },
} as unknown as Pick<EngineServices, 'lookouts' | 'waker' | 'ports'>;

export function noQueues(): QueueDirectory {
  const listing = { epoch: '1', queues: [], maintained: new Map(), hasExpired: false };
  const store = { list: async () => listing, declare: async () => false };
  return new QueueDirectory(
    store,
    () => [],
    () => undefined,
  );
}

export class EngineRoom {
  readonly clock = new ManualClock();
  readonly session = new ExecutorSession('e', this.clock);
  readonly registry = new WorkflowRegistry();
  /** Of all lanes, in the order in which they were sent. */
  readonly flushes: SentFlush[] = [];
  /** Answer each flush as soon as it is sent. */
  answering = true;
  /** How many runs have left this process, and how many have recorded something here. */
  dropped = 0;
  progressed = 0;
  /** Runs whose permits this process has told to give back. */
  readonly letGone: string[] = [];
  readonly outcomes: RunOutcomes;
  readonly executor: RunExecutor;

  constructor({ lanes = 1, suspendAfterMs = 10_000 } = {}) {
    const { clock } = this;
    const nothing = { listOutcomes: async () => [] } as unknown as RunStore;
    this.outcomes = new RunOutcomes(nothing, clock, silent, () => true);
    const services = {
      clock,
      databaseClock: new DatabaseClock(clock),
      serializer: new Serializer(),
      logger: silent,
      pump: new DeliveryPump(),
      suspendAfterMs,
      registry: this.registry,
      queues: noQueues(),
      ...OUTSIDE,
    };
    this.executor = new RunExecutor(services, this.registry, {
      outside: (work) => work(),
      suspended: () => undefined,
      continued: () => undefined,
      ended: (outcome) => this.outcomes.publish(outcome),
      permitReturned: () => undefined,
      letGo: (_session, runId) => void this.letGone.push(runId),
    });
    this.session.lanes = Array.from({ length: lanes }, (_, lane) => this.#lane(lane));
    this.renew();
  }

  renew(): void {
    this.session.renewed(this.clock.monotonic(), this.clock.now(), LEASE_MS);
  }

  define(name: string, code: (frame: RunFrame) => unknown): void {
    const invoke = () => code((currentScope() as { frame: RunFrame }).frame);
    this.registry.register({ name, origin: name, invoke, maxRecoveryAttempts: 50 });
  }

  /** Executes a claimed run of this code, with what it recorded before. */
  run(code: (frame: RunFrame) => unknown, history: Partial<RunHistory> = {}): void {
    this.define('flow', code);
    const now = this.clock.now();
    this.executor.execute(
      this.session,
      {
        runId: RUN_ID,
        token: 't',
        workflowName: 'flow',
        queue: 'default',
        partitionKey: null,
        input: null,
        recoveryAttempts: 0,
        firstOrdinal: 0,
        timeoutMs: null,
        createdAt: now,
        startedAt: null,
        deadlineAt: null,
        claimedAt: now,
      },
      { ...EMPTY_HISTORY, ...history },
      () => {
        this.dropped++;
      },
      () => {
        this.progressed++;
      },
    );
  }

  /** Everything that waits for neither a timer nor an answer has happened. */
  settle(): Promise<void> {
    return turnsPass();
  }

  /** Answers the flush with this number, the first is 0: all of it is durable, but for the runs in `lost`. */
  async answer(index: number, lost: string[] = []): Promise<void> {
    this.flushes[index]?.answer.resolve({ lost, flushedAt: this.clock.now() });
    await this.settle();
  }

  /** All rows sent so far. */
  get sent(): string[] {
    return this.flushes.flatMap((flush) => flush.rows);
  }

  #lane(lane: number): WriteLane {
    const ports = {
      flush: (batch: FlushBatch) => {
        const answer = new Deferred<FlushResult>();
        this.flushes.push({ lane, rows: rowsOf(batch), batch, answer });
        if (this.answering) answer.resolve({ lost: [], flushedAt: this.clock.now() });
        return answer.promise;
      },
      onRetired: () => undefined,
      onFlushed: () => undefined,
    };
    return new WriteLane(ports, this.clock, silent);
  }
}

/** A step that is tried once. */
export function step<T>(frame: RunFrame, name: string, body: () => T | Promise<T>): Promise<T> {
  const retry = { maxAttempts: 1, initialMs: 0, backoff: 1, maxMs: 0, jitter: 0 };
  return runStep(frame, name, { retry }, body);
}

/** A recorded step: its place in the order of delivery is `seq`. */
export function recorded(ordinal: number, name: string, seq = ordinal, output = `"${name}"`): RecordedOperation {
  return { ordinal, seq, kind: 'step', name, output, error: null, attempts: 1 };
}
