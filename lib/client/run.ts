// The handle of one run. Holds only the id; every property asks when it is read.

import type { Observable } from 'rxjs';
import type { MessageSender } from '../durable/message-sender.js';
import type { StreamFeeds } from '../durable/stream-feeds.js';
import type { RunOutcomes } from '../engine/run-outcomes.js';
import { failureOf } from '../engine/run-result.js';
import { uuidv7 } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { Serializer } from '../kernel/serializer.js';
import type { StoredError } from '../kernel/stored-error.js';
import type { DoneBy } from '../model/audit.js';
import type { RunStatus } from '../model/run.js';
import type { CancelOptions } from '../operations/cancel-options.js';
import type { CommandOptions } from '../operations/commands/command-options.js';
import type { CommandReceipt } from '../operations/commands/run-commander.js';
import { OPERATOR_ACTION_KEYS, type OperatorAction, resolveOperatorAction } from '../operations/operator-action.js';
import type { RunOutcomeRow } from '../store/runs/run.store.js';
import type { EventReader } from './event-reader.js';
import { resolveSend, resolveTimeout, type SendFromOutsideOptions, type WaitOptions } from './message-options.js';
import type { RunEvent, RunStep } from './run-history.js';
import type { RunDetails, RunReader } from './run-reader.js';
import { checkPriority } from './start-options.js';
import type { StreamRange, StreamRangeOptions, StreamRanges, StreamSummary } from './stream-ranges.js';
import {
  type ObserveOptions,
  type ReadableOptions,
  resolveObserve,
  type StreamMessage,
  type StreamOptions,
  StreamReader,
} from './stream-reader.js';
import { transactionOf } from './transaction-of.js';

export interface RunServices {
  reader: RunReader;
  outcomes: RunOutcomes;
  eventReader: EventReader;
  messages: MessageSender;
  streams: StreamFeeds;
  streamRanges: StreamRanges;
  serializer: Serializer;
  /** Of a run that was accepted in memory: resolves when it is durable, or will never be. Undefined: it is not in memory. */
  departure(runId: string): Promise<void> | undefined;
  cancel(runId: string, options?: CancelOptions): Promise<boolean>;
  sendCommand(runId: string, command: string, options?: CommandOptions): Promise<CommandReceipt>;
  setPriority(runId: string, priority: number, by: DoneBy): Promise<boolean>;
  /** Tells all processes, when that transaction commits, that there may be messages. */
  announceMailWithin(transaction: ReturnType<typeof transactionOf>): Promise<void>;
}

export class Run<T = unknown> {
  /** Private at run time too: a handle in a log or an HTTP answer must not give away the connection. */
  readonly #services: RunServices;

  /** @internal Made by WorkflowService. */
  constructor(
    readonly runId: string,
    services: RunServices,
  ) {
    this.#services = services;
  }

  /** The status now, as the database has it. @throws RunNotFoundError */
  get status(): Promise<RunStatus> {
    return this.#details().then((run) => run.status);
  }

  /** @throws RunNotFoundError */
  get workflowName(): Promise<string> {
    return this.#details().then((run) => run.workflowName);
  }

  /** The arguments it was started with, after continueAsNew those it goes on with. @throws RunNotFoundError */
  get input(): Promise<unknown[]> {
    return this.#details().then(({ input }) => (Array.isArray(input) ? input : []));
  }

  /** What it failed with, or why it was cancelled; null if neither. @throws RunNotFoundError */
  get error(): Promise<StoredError | null> {
    return this.#details().then((run) => run.error);
  }

  /** @throws RunNotFoundError */
  get queue(): Promise<string> {
    return this.#details().then((run) => run.queue);
  }

  /** @throws RunNotFoundError */
  get createdAt(): Promise<Date> {
    return this.#details().then((run) => run.createdAt);
  }

  /** When its first line ran; null: not yet. @throws RunNotFoundError */
  get startedAt(): Promise<Date | null> {
    return this.#details().then((run) => run.startedAt);
  }

  /** When it ended; null: not yet. @throws RunNotFoundError */
  get completedAt(): Promise<Date | null> {
    return this.#details().then((run) => run.completedAt);
  }

  /**
   * The workflow's result, once its terminal status is durable. Waiting costs no connection, in this process or another than the one
   * that runs it.
   *
   * @throws what the workflow threw, as an `Error` of that name; RunCancelledError (also for a timeout, `code = 'RUN_TIMEOUT'`);
   * RunNotFoundError
   */
  get returnValue(): Promise<T> {
    return this.#outOfMemory(() => this.#services.outcomes.wait(this.runId)).then((outcome) => this.#valueOf(outcome));
  }

  /** What it recorded, in the order in which its code asked for it. */
  steps(): Promise<RunStep[]> {
    return this.#outOfMemory(() => this.#services.reader.listSteps(this.runId));
  }

  /** The last value under each key, by key. */
  events(): Promise<RunEvent[]> {
    return this.#outOfMemory(() => this.#services.reader.listEvents(this.runId));
  }

  /** Every value that was set, in order. */
  eventHistory(): Promise<RunEvent[]> {
    return this.#outOfMemory(() => this.#services.reader.listEventHistory(this.runId));
  }

  /**
   * The value under a key; waits until the run sets one. Null when that is not in time, or the run is over and did not set it.
   *
   * @throws InvalidIdError, InvalidDurationError, UnknownOptionError, RunNotFoundError, ShuttingDownError
   */
  async getEvent<V = unknown>(key: string, options?: WaitOptions): Promise<V | null> {
    const timeoutMs = resolveTimeout(options, 'getEvent');
    return this.#services.eventReader.get<V>(this.runId, key, timeoutMs, this.#services.departure(this.runId));
  }

  /**
   * Sends a message to the run's mailbox: durable when this resolves, kept until the run receives it, received once, and after those that
   * this process sent before.
   *
   * @throws RunNotFoundError, RunFinishedError, SendFailedError; InvalidIdError, PayloadInvalidError, PayloadTooLargeError,
   * UnknownOptionError, InvalidStartOptionError before any SQL
   */
  async send(topic: string, payload?: unknown, options?: SendFromOutsideOptions): Promise<void> {
    const { messages, serializer } = this.#services;
    const resolved = resolveSend(serializer, topic, payload, options, ['idempotencyKey', 'manager', ...OPERATOR_ACTION_KEYS]);
    const { manager, idempotencyKey, by } = resolved;
    const message = { runId: this.runId, topic, payload: resolved.payload, key: idempotencyKey ?? uuidv7(), by };
    const departure = this.#services.departure(this.runId);
    if (departure !== undefined) await departure;
    if (manager !== undefined) {
      const transaction = transactionOf(manager);
      await messages.sendWithin(transaction, message);
      await this.#services.announceMailWithin(transaction);
    } else if (idempotencyKey !== undefined || by !== undefined) await messages.sendWithKey(message);
    else await messages.send(message);
  }

  /** The stream `default`, as getReadable gives it. `new Response(run.readable)` sends one of bytes. */
  get readable(): ReadableStream<unknown> {
    return this.getReadable();
  }

  /**
   * A stream of the run as a standard ReadableStream, from chunk `startIndex` on, live, in any process; closed when the run closes it or is
   * over. Reads only as much as is asked for; cancel it to stop.
   *
   * @throws InvalidIdError, InvalidStreamOptionError, UnknownOptionError; reads reject with RunNotFoundError, ShuttingDownError
   */
  getReadable<V = unknown>(options: ReadableOptions = {}): ReadableStream<V> {
    refuseUnknownKeys(options, ['namespace', 'startIndex'], [], 'option of getReadable');
    const { namespace, startIndex } = options;
    return this.stream<V>(namespace, { startIndex }).toReadable();
  }

  /**
   * A stream of the run, default `'default'`, to iterate over: `for await (const value of run.stream('log'))`. In order, without gap or
   * double, from chunk `startIndex` on; live, in any process; ends when the run closes it or is over. `break` stops it.
   *
   * @throws as getReadable
   */
  stream<V = unknown>(name?: string, options?: StreamOptions): StreamReader<V> {
    return new StreamReader<V>(this.#services, this.runId, name, options);
  }

  /**
   * A stream of the run as an Observable of `{ id, data }`, for a controller's `@Sse()`: a client that reconnects names the last id, and
   * `startIndex` is that + 1. `id` is the offset. Nest sends texts and objects as data: map what else a stream holds. An Observable has no
   * back-pressure: to slow clients send much by `getReadable`. Unsubscribing stops it.
   *
   * With `endEvent` a last message of that type says that the stream is over; when the process shuts down there is none, and the client
   * comes back to another.
   *
   * @throws as getReadable; the Observable fails with RunNotFoundError
   */
  observe<V = unknown>(name?: string, options: ObserveOptions = {}): Observable<StreamMessage<V>> {
    const { reading, endEvent } = resolveObserve(options);
    return this.stream<V>(name, reading).observe(endEvent);
  }

  /** The streams that it has written to, by name; the first 200. @throws RunNotFoundError */
  listStreams(): Promise<StreamSummary[]> {
    return this.#outOfMemory(() => this.#services.streamRanges.list(this.runId));
  }

  /**
   * Some chunks of a stream as it is now, at most 500 and about 1 MiB; waits for nothing. A value that can't be decoded is shown as
   * `{ unreadable }`.
   *
   * @throws InvalidIdError, InvalidStreamOptionError, UnknownOptionError before any SQL; RunNotFoundError
   */
  readStream<V = unknown>(options?: StreamRangeOptions): Promise<StreamRange<V>> {
    return this.#outOfMemory(() => this.#services.streamRanges.read<V>(this.runId, options));
  }

  /** As WorkflowService.setPriority. */
  async setPriority(priority: number, action?: OperatorAction): Promise<boolean> {
    checkPriority(priority);
    const by = resolveOperatorAction('Priority', action);
    if (await this.#outOfMemory(() => this.#services.setPriority(this.runId, priority, by))) return true;
    await this.#details();
    return false;
  }

  /** As WorkflowService.cancel. */
  cancel(options?: CancelOptions): Promise<boolean> {
    return this.#outOfMemory(() => this.#services.cancel(this.runId, options));
  }

  /** As WorkflowService.sendCommand. */
  sendCommand(command: string, options?: CommandOptions): Promise<CommandReceipt> {
    return this.#outOfMemory(() => this.#services.sendCommand(this.runId, command, options));
  }

  /** What a controller that returns the handle sends. */
  toJSON(): { runId: string } {
    return { runId: this.runId };
  }

  async #details(): Promise<RunDetails> {
    return this.#outOfMemory(() => this.#services.reader.find(this.runId));
  }

  /** A run that was accepted in memory is asked for once it is durable; of any other nothing is waited for. */
  #outOfMemory<V>(ask: () => Promise<V>): Promise<V> {
    const departure = this.#services.departure(this.runId);
    return departure === undefined ? ask() : departure.then(ask);
  }

  #valueOf(outcome: RunOutcomeRow): T {
    const failure = failureOf(outcome);
    if (failure !== undefined) throw failure;
    return this.#services.serializer.deserialize(outcome.output) as T;
  }
}
