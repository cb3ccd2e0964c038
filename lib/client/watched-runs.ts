// The runs that subscribers of the change feed look at, and how each of them was when it was seen last. One that nobody looks at any more is
// remembered for a while: whoever comes back is told what changed meanwhile, though nobody looked.
import { isTerminal } from '../model/run-transitions.js';
import type { MarkedDigest, RunDigest } from '../store/feed/feed.store.js';

interface WatchedRun {
  watchers: number;
  /** Undefined: it was not seen yet. */
  seen?: { as: string; isOver: boolean; since: number };
  leftAt: number;
}

const REMEMBERED_MS = 5 * 60_000;
const MOST_REMEMBERED = 2_000;

export class WatchedRuns {
  readonly #runs = new Map<string, WatchedRun>();
  #size = 0;

  /** Those that somebody looks at. */
  get size(): number {
    return this.#size;
  }

  get ids(): string[] {
    return [...this.#watched()].map(([runId]) => runId);
  }

  isWatched(runId: string): boolean {
    return (this.#runs.get(runId)?.watchers ?? 0) > 0;
  }

  /** How many of these nobody looks at yet. */
  countNew(runIds: readonly string[]): number {
    return runIds.filter((runId) => !this.isWatched(runId)).length;
  }

  watch(runId: string): void {
    const run = this.#runs.get(runId) ?? { watchers: 0, leftAt: 0 };
    if (run.watchers === 0) this.#size++;
    run.watchers++;
    this.#runs.set(runId, run);
  }

  leave(runId: string, now: number): void {
    const run = this.#runs.get(runId);
    if (run === undefined) return;
    run.watchers--;
    if (run.watchers > 0) return;
    this.#size--;
    run.leftAt = now;
    // At the end: the first of those that nobody looks at is the one that was left first.
    this.#runs.delete(runId);
    if (run.seen !== undefined) this.#runs.set(runId, run);
    this.#forget(now);
  }

  /** The place in the journal from which on all that happened to it is there; undefined: it was not seen yet. */
  seenSince(runId: string): number | undefined {
    return this.#runs.get(runId)?.seen?.since;
  }

  get hasUnseen(): boolean {
    for (const [, run] of this.#watched()) if (run.seen === undefined) return true;
    return false;
  }

  /** Some of them may still change by themselves. */
  get hasLive(): boolean {
    for (const [, run] of this.#watched()) if (run.seen?.isOver !== true) return true;
    return false;
  }

  /** Takes what was seen at that place in the journal. @returns those that differ from what was seen before */
  see(digests: readonly MarkedDigest[], position: number): RunDigest[] {
    const changed: RunDigest[] = [];
    for (const { digest, mark } of digests) {
      const run = this.#runs.get(digest.runId);
      if (run === undefined) continue;
      const as = `${JSON.stringify(digest)} ${mark}`;
      if (run.seen !== undefined && run.seen.as !== as) changed.push(digest);
      const over = digest.status !== null && isTerminal(digest.status);
      run.seen = { as, isOver: over, since: run.seen?.since ?? position };
    }
    return changed;
  }

  *#watched(): Iterable<[string, WatchedRun]> {
    for (const entry of this.#runs) if (entry[1].watchers > 0) yield entry;
  }

  #forget(now: number): void {
    let tooMany = this.#runs.size - this.#size - MOST_REMEMBERED;
    for (const [runId, run] of this.#runs) {
      if (run.watchers > 0) continue;
      if (tooMany-- <= 0 && now - run.leftAt < REMEMBERED_MS) return;
      this.#runs.delete(runId);
    }
  }
}
