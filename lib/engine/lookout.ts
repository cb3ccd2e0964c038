// Who in this process waits for something that only the database knows: the end of a run, an event, a message. One look for all that
// wait, when something happened (here, or told by another process), and at every tick. Waiting costs no connection and no timer.
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';

const MAX_QUERIES_PER_LOOK = 1_000;
const RETRY_MS = 500;
/** What happens here answers by itself; only what waits longer is asked for at the tick. */
const ASK_AFTER_MS = 500;

export interface Watcher<V> {
  /** It is there. Called again at each later look, until the watcher leaves. */
  found(value: V): void;
  /** Told once, when the first look that began after it came is over and it is still here: what was there was not for it. */
  nothing?(): void;
  /** The process takes no part any more. */
  closed?(reason: Error): void;
}

interface Entry<Q, V> {
  query: Q;
  watchers: Set<Watcher<V>>;
  /** Those who wait for their first look. */
  fresh: Set<Watcher<V>>;
  since: number;
}

export class Lookout<Q extends { readonly runId: string }, V> {
  readonly #entries = new Map<string, Entry<Q, V>>();
  readonly #byRun = new Map<string, Set<Entry<Q, V>>>();
  #due = new Set<Entry<Q, V>>();
  #scheduled = false;
  #looking?: Promise<void>;
  #closed?: Error;

  constructor(
    /** In the order of the queries; undefined: not there yet. */
    private readonly ask: (queries: readonly Q[]) => Promise<ReadonlyArray<V | undefined>>,
    private readonly keyOf: (query: Q) => string,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
  ) {}

  /** `lookNow` false: there is nothing yet, as the caller knows. Never calls back before it returns. @returns leaves; idempotent */
  watch(query: Q, watcher: Watcher<V>, { lookNow = true } = {}): () => void {
    const closed = this.#closed;
    if (closed !== undefined) {
      setImmediate(() => watcher.closed?.(closed));
      return () => undefined;
    }
    const key = this.keyOf(query);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { query, watchers: new Set(), fresh: new Set(), since: this.clock.monotonic() };
      this.#entries.set(key, entry);
      const ofRun = this.#byRun.get(query.runId);
      if (ofRun === undefined) this.#byRun.set(query.runId, new Set([entry]));
      else ofRun.add(entry);
    }
    const watched = entry;
    watched.query = query;
    watched.watchers.add(watcher);
    watched.fresh.add(watcher);
    if (lookNow) this.#look([watched]);
    else setImmediate(() => this.#nothing(watched, [watcher]));
    return () => this.#leave(key, watched, watcher);
  }

  /** Something happened to these runs, or to any. */
  poke(runIds?: Iterable<string>): void {
    if (runIds === undefined) this.#look(this.#entries.values());
    else for (const runId of runIds) this.#look(this.#byRun.get(runId) ?? []);
  }

  /** What is there for whoever watches this, known without a look. */
  tell(query: Q, value: V): void {
    const entry = this.#entries.get(this.keyOf(query));
    if (entry !== undefined) this.#found(entry, value);
  }

  /** Called at the tick: asks for all that wait. Resolves when that look is over; never rejects. */
  poll(): Promise<void> {
    const since = this.clock.monotonic() - ASK_AFTER_MS;
    for (const entry of this.#entries.values()) if (entry.since <= since) this.#due.add(entry);
    return this.#lookNow();
  }

  /** No look begins after this. */
  close(reason: Error): void {
    this.#closed = reason;
    for (const { watchers } of [...this.#entries.values()]) for (const watcher of [...watchers]) watcher.closed?.(reason);
    this.#entries.clear();
    this.#byRun.clear();
    this.#due.clear();
  }

  #leave(key: string, entry: Entry<Q, V>, watcher: Watcher<V>): void {
    entry.watchers.delete(watcher);
    entry.fresh.delete(watcher);
    if (entry.watchers.size > 0 || this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#due.delete(entry);
    const ofRun = this.#byRun.get(entry.query.runId);
    ofRun?.delete(entry);
    if (ofRun?.size === 0) this.#byRun.delete(entry.query.runId);
  }

  #look(entries: Iterable<Entry<Q, V>>): void {
    if (this.#closed) return;
    for (const entry of entries) this.#due.add(entry);
    if (this.#scheduled || this.#looking !== undefined || this.#due.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#lookNow();
    });
  }

  #lookNow(): Promise<void> {
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = undefined;
      this.#look([]);
    });
    return this.#looking;
  }

  async #lookAtAll(): Promise<void> {
    while (this.#due.size > 0 && !this.#closed) {
      const due = [...this.#due];
      this.#due = new Set();
      for (let i = 0; i < due.length; i += MAX_QUERIES_PER_LOOK) await this.#lookAt(due.slice(i, i + MAX_QUERIES_PER_LOOK));
    }
  }

  async #lookAt(entries: ReadonlyArray<Entry<Q, V>>): Promise<void> {
    // Whoever comes during the look may have come too late for it.
    const fresh = entries.map((entry) => [...entry.fresh]);
    let answers: ReadonlyArray<V | undefined>;
    try {
      answers = await this.ask(entries.map((entry) => entry.query));
    } catch (error) {
      this.logger.debug(`not looked up, trying again: ${(error as Error).message}`);
      this.clock.setTimer(RETRY_MS, () => this.#look(entries.filter((entry) => entry.watchers.size > 0)));
      return;
    }
    if (this.#closed) return;
    entries.forEach((entry, i) => {
      const value = answers[i];
      if (value !== undefined) this.#found(entry, value);
      this.#nothing(entry, fresh[i] ?? []);
    });
  }

  #found(entry: Entry<Q, V>, value: V): void {
    for (const watcher of [...entry.watchers]) this.#tell(entry, () => watcher.found(value));
  }

  #nothing(entry: Entry<Q, V>, fresh: ReadonlyArray<Watcher<V>>): void {
    for (const watcher of fresh) if (entry.fresh.delete(watcher)) this.#tell(entry, () => watcher.nothing?.());
  }

  /** One that stumbles keeps it from no other. */
  #tell(entry: Entry<Q, V>, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.logger.error(`run ${entry.query.runId}: ${(error as Error).stack}`);
    }
  }
}
