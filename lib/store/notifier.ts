// Tells other processes sooner what their tick would show them anyway: that there is work, that runs are over, that one has got a message.
// NOTIFY serialises commits, so it goes out apart from them: one at a time, at most one per 10 ms whatever happened
// meanwhile, and none while nobody else listens.
import { createHash } from 'node:crypto';
import { type Clock, pause } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Database, Listener, Queryable } from './database.js';

/**
 * `work`: something can be claimed · `permits`: something that waited for a permit · `lost`: a run changed owner or was cancelled · `hello`: a process arrived; of named runs, `done`: it
 * ended · `event`: it set one · `mail`: it got a message · `chunk`: it wrote to a stream.
 */
export type Topic = 'work' | 'lost' | 'hello' | 'done' | 'event' | 'mail' | 'chunk' | 'queues' | 'permits';

/** Undefined: any run. */
export type TopicHandler = (runIds: readonly string[] | undefined) => void;

const TOPICS: readonly Topic[] = ['work', 'lost', 'hello', 'done', 'event', 'mail', 'chunk', 'queues', 'permits'];
const MIN_GAP_MS = 10;
/** Of one topic in one notification, which has room for 8,000 bytes. Beyond, it is said of all runs. */
const MAX_NAMED_RUNS = 40;

export interface NotifierOptions {
  database: Database;
  /** Unquoted schema. */
  schema: string;
  /** False: send and hear nothing, polling does it all. */
  enabled: boolean;
  clock: Clock;
  logger: WorkflowsLogger;
}

export class Notifier {
  readonly channel: string;
  #others = 0;
  /** What nobody was told because no other process was known. One that arrived just then may have looked before it happened. */
  #untold = new Set<Topic>();
  #listener?: Listener;
  #pending = new Map<Topic, Set<string> | undefined>();
  #sending = false;
  #handlers = new Map<Topic, TopicHandler[]>();
  #watchers: Array<(topic: Topic, runIds: readonly string[] | undefined) => void> = [];
  #isListening = false;
  #stopped = false;

  constructor(private readonly options: NotifierOptions) {
    // Derived by hash: a channel name is cut at 63 bytes.
    this.channel = `workflows_${createHash('sha1').update(options.schema).digest('hex').slice(0, 16)}`;
  }

  /** Other processes that may listen, as the last heartbeat saw them. */
  get others(): number {
    return this.#others;
  }

  set others(others: number) {
    this.#others = others;
    if (others === 0) return;
    for (const topic of this.#untold) this.tell(topic);
    this.#untold.clear();
  }

  get isEnabled(): boolean {
    return this.options.enabled;
  }

  /** The connection that hears the others stands. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** For whoever only looks on: called with what is heard, and with what this process would say to others if there were any. */
  watch(watcher: (topic: Topic, runIds: readonly string[] | undefined) => void): void {
    this.#watchers.push(watcher);
  }

  on(topic: Topic, handler: TopicHandler): void {
    const handlers = this.#handlers.get(topic);
    if (handlers === undefined) this.#handlers.set(topic, [handler]);
    else handlers.push(handler);
  }

  start(): void {
    if (!this.options.enabled) return;
    this.#listener = this.options.database.listen(this.channel, {
      onMessage: (payload) => {
        for (const said of payload.split(' ')) {
          const [topic, runIds] = said.split('=');
          this.#dispatch(topic as Topic, runIds?.split(','));
        }
      },
      // What was said while nobody listened is not repeated.
      onConnected: () => {
        this.#isListening = true;
        for (const topic of TOPICS) if (topic !== 'hello') this.#dispatch(topic);
      },
      onLost: () => {
        this.#isListening = false;
      },
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#isListening = false;
    await this.#listener?.close();
  }

  /** Best effort. `runIds`: of these runs; left out, of any. `always`: also when no other process is known, as for a new arrival. */
  tell(topic: Topic, { runIds, always = false }: { runIds?: readonly string[]; always?: boolean } = {}): void {
    if (this.#stopped) return;
    // What goes out comes back to the listener of this process too.
    if (!this.options.enabled) {
      this.#lookOn(topic, runIds);
      return;
    }
    if (this.#others === 0 && !always) {
      this.#untold.add(topic);
      this.#lookOn(topic, runIds);
      return;
    }
    const named = this.#pending.has(topic) ? this.#pending.get(topic) : new Set<string>();
    for (const runId of runIds ?? []) named?.add(runId);
    this.#pending.set(topic, runIds === undefined || named === undefined || named.size > MAX_NAMED_RUNS ? undefined : named);
    if (!this.#sending) void this.#send();
  }

  /** Sent when that transaction commits; the only notification that is part of somebody's commit. */
  async tellWithin(transaction: Queryable, topic: Topic): Promise<void> {
    if (this.options.enabled) await transaction.query('/* notify */ select pg_notify($1, $2)', [this.channel, topic]);
  }

  async #send(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#pending.size > 0 && !this.#stopped) {
        const payload = [...this.#pending]
          .map(([topic, named]) => (named === undefined ? topic : `${topic}=${[...named]}`))
          .join(' ');
        this.#pending.clear();
        await this.options.database.query('/* notify */ select pg_notify($1, $2)', [this.channel, payload], { name: 'notify' });
        await pause(this.options.clock, MIN_GAP_MS);
      }
    } catch (error) {
      this.options.logger.debug(`notification not sent, polling covers it: ${(error as Error).message}`);
    } finally {
      this.#sending = false;
    }
  }

  #dispatch(topic: Topic, runIds?: readonly string[]): void {
    if (this.#stopped) return;
    for (const handler of this.#handlers.get(topic) ?? []) handler(runIds);
    this.#lookOn(topic, runIds);
  }

  #lookOn(topic: Topic, runIds?: readonly string[]): void {
    for (const watcher of this.#watchers) watcher(topic, runIds);
  }
}
