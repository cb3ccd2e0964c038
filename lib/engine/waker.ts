// Tells whoever waits, here and in other processes, of what is durable: a run ended, an event was set, messages were sent. And wakes the runs
// that wait for it unloaded: after its commit, repeated until it got through, because nobody else would do it before this process is
// retired; see migrations/0005-waking.ts. One statement at a time carries what gathered meanwhile.
import { type Clock, pause } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { EventQuery, FoundEvent } from '../store/history/history.store.js';
import type { InboxMessage, InboxQuery } from '../store/messages/message.store.js';
import type { Topic } from '../store/notifier.js';
import type { RunOutcomeRow } from '../store/runs/run.store.js';
import type { StreamPage, StreamQuery } from '../store/streams/stream.store.js';
import type { SetEvent, WakeStore } from '../store/waking/wake.store.js';
import type { Lookout } from './lookout.js';
import type { RunOutcomes } from './run-outcomes.js';

/** Under load, so many ms between two statements. */
const MIN_GAP_MS = 20;
/** Somebody had a row locked: at first after so long, later less often. */
const RETRY_MS = 5;
const LONGEST_RETRY_MS = 1_000;
const RETRY_AFTER_ERROR_MS = 200;
const MAX_SOURCES = 2_000;
const PENDING_BATCH = 1_000;

/** Who waits in this process, by what they wait for. */
export interface Lookouts {
  outcomes: RunOutcomes;
  events: Lookout<EventQuery, FoundEvent>;
  inboxes: Lookout<InboxQuery, InboxMessage[]>;
  streams: Lookout<StreamQuery, StreamPage>;
}

export interface WakerPorts {
  /** Tells other processes. */
  tell(topic: Topic, runIds?: readonly string[]): void;
  /** Runs are due now. */
  woken(): void;
}

export class Waker {
  #ended = new Set<string>();
  #events = new Map<string, SetEvent>();
  #pending = false;
  #stopping = false;
  #working?: Promise<void>;

  constructor(
    private readonly wakes: WakeStore,
    private readonly lookouts: Lookouts,
    private readonly ports: WakerPorts,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
  ) {}

  /** By a flush of this process. */
  runEnded(outcome: RunOutcomeRow): void {
    this.lookouts.outcomes.publish(outcome);
    this.mayHaveEnded(outcome.runId);
  }

  /** Whatever a flush of this process that was refused may have written before: events, the end. */
  mayHaveEnded(runId: string): void {
    this.#tellOfEnds([runId]);
    this.#ended.add(runId);
    this.#work();
  }

  eventSet(runId: string, key: string): void {
    this.lookouts.events.poke([runId]);
    this.#events.set(`${runId} ${key}`, { runId, key });
    this.ports.tell('event', [runId]);
    this.#work();
  }

  /** Nobody waits unloaded for a chunk: only readers are told. */
  chunksWritten(runId: string): void {
    this.lookouts.streams.poke([runId]);
    this.ports.tell('chunk', [runId]);
  }

  messagesSent(runIds: readonly string[], { woken, pending }: { woken: number; pending: boolean }): void {
    this.lookouts.inboxes.poke(runIds);
    if (woken > 0) this.ports.woken();
    this.ports.tell('mail', runIds);
    if (pending) this.wakeForPending();
  }

  /** A run was ended by somebody else than its owner, with a mark for the sweep. */
  runEndedFromOutside(outcome: RunOutcomeRow): void {
    this.lookouts.outcomes.publish(outcome);
    this.runsEndedFromOutside([outcome.runId]);
  }

  runsEndedFromOutside(runIds: readonly string[]): void {
    if (runIds.length === 0) return;
    this.#tellOfEnds(runIds);
    this.wakeForPending();
  }

  /** There may be messages, or ends of runs, whose authors could not wake who waits for them. */
  wakeForPending(): void {
    this.#pending = true;
    this.#work();
  }

  /** Finishes what is to do, if the database answers. False: something is left, and has to be looked for when this process is retired. */
  async stop(): Promise<boolean> {
    this.#stopping = true;
    await this.#working;
    return this.#ended.size === 0 && this.#events.size === 0;
  }

  #tellOfEnds(runIds: readonly string[]): void {
    this.lookouts.outcomes.poke(runIds);
    this.lookouts.events.poke(runIds);
    this.lookouts.streams.poke(runIds);
    this.ports.tell('done', runIds);
  }

  get #hasWork(): boolean {
    return this.#ended.size > 0 || this.#events.size > 0 || this.#pending;
  }

  #work(): void {
    this.#working ??= this.#loop().finally(() => {
      this.#working = undefined;
      if (this.#hasWork && !this.#stopping) this.#work();
    });
  }

  async #loop(): Promise<void> {
    // What one flush acknowledges comes in one turn.
    await new Promise(setImmediate);
    let failures = 0;
    let retryMs = RETRY_MS;
    while (this.#hasWork) {
      const ended = take(this.#ended);
      const events = take(this.#events.values());
      for (const runId of ended) this.#ended.delete(runId);
      for (const event of events) this.#events.delete(`${event.runId} ${event.key}`);
      const pending = this.#pending;
      this.#pending = false;
      let gap = MIN_GAP_MS;
      try {
        const busy = await this.#wake(ended, events, pending);
        if (busy) gap = retryMs;
        retryMs = busy ? Math.min(retryMs * 2, LONGEST_RETRY_MS) : RETRY_MS;
        failures = 0;
      } catch (error) {
        this.#again(ended, events, pending);
        if (failures === 0) this.logger.warn(`runs that wait not woken, trying again: ${(error as Error).message}`);
        failures++;
        gap = RETRY_AFTER_ERROR_MS;
      }
      if (this.#stopping && (failures > 0 || retryMs > RETRY_MS)) return;
      await pause(this.clock, this.#stopping ? 0 : gap);
    }
  }

  /** True: some row was locked, and is looked at again. */
  async #wake(ended: string[], events: SetEvent[], pending: boolean): Promise<boolean> {
    let woken = 0;
    let busy = false;
    if (ended.length > 0 || events.length > 0) {
      const result = await this.wakes.wakeWaiters(ended, events);
      woken += result.woken;
      if (result.busy) {
        busy = true;
        this.#again(ended, events, false);
      }
    }
    if (pending) {
      const result = await this.wakes.wakeForPending(PENDING_BATCH);
      woken += result.woken;
      if (result.busy) {
        busy = true;
        this.#pending = true;
      }
    }
    if (woken > 0) this.ports.woken();
    return busy;
  }

  #again(ended: readonly string[], events: readonly SetEvent[], pending: boolean): void {
    for (const runId of ended) this.#ended.add(runId);
    for (const event of events) this.#events.set(`${event.runId} ${event.key}`, event);
    this.#pending ||= pending;
  }
}

function take<T>(from: Iterable<T>): T[] {
  const taken: T[] = [];
  for (const item of from) if (taken.push(item) >= MAX_SOURCES) break;
  return taken;
}
