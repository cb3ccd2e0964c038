// Pages and counts of runs, newest first, whatever is asked for: from an index where one tells, else window after window into the past, until
// the page is full or the time of a call is over. Then it says how far it came. Used by RunReader.
import type { Clock } from '../kernel/clock.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { isCovered, probesOf, type RunCriteria, type RunProbe, sourceOf, statusesOf } from '../store/runs/run-criteria.js';
import type { ListedRun, RunSearchStore, SearchWindow } from '../store/runs/run-search.store.js';
import { isStatementTimeout } from '../store/sql-errors.js';
import { markAt, type PageMark } from './page-cursor.js';
import type { CheckedFilter } from './run-filter.js';
import { SearchPace } from './search-pace.js';

export interface FoundPage {
  runs: ListedRun[];
  /** Where to go on; absent: there is no more. */
  next?: PageMark;
  /** Runs created before that were not looked at yet: the time was over first. */
  searchedTo?: Date;
}

export interface FoundCount {
  count: number;
  /** There are more. */
  capped: boolean;
  /** Runs created before that were not looked at. */
  searchedTo?: Date;
}

/** What a caller makes of the windows of a search. */
interface Taker {
  /** Matching runs that the next window should give. */
  wanted(): number;
  /** True: it is enough. */
  take(found: SearchWindow): boolean;
}

/** Where texts of times cease to have four digits for the year. */
const LAST_MS = Date.UTC(9999, 11, 31);
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** Candidates up to which the index of a probe is better than windows; and up to which it is when half of the time has not sufficed for them. */
const FEW_PROBED = 2_000;
const MANY_PROBED = 10_000;
/** Rows of the first window. */
const FIRST = 500;
/** The same where inputs are looked into, of which each may be 2 MiB. */
const FIRST_INPUTS = 20;
/** Where indexes are merged each of them gives as many, until it is known how close together runs are: a glance at the newest tells. */
const GLANCE = 20;
/** Where the database's clock was set back by less than this, a run may be over before it was created. */
const CLOCK_STEP_MS = 3_600_000;

export class SearchTooHeavyError extends WorkflowsError {
  constructor() {
    super(
      'SearchTooHeavyError',
      'SEARCH_TOO_HEAVY',
      'The database took too long to look into these runs. Narrow the search: by name, status or time.',
    );
  }
}

export class RunSearch {
  constructor(
    private readonly store: RunSearchStore,
    private readonly clock: Clock,
    /** No window is begun that would be over later than this. One at least is. */
    private readonly budgetMs = 200,
  ) {}

  async page(filter: CheckedFilter, limit: number, after?: PageMark): Promise<FoundPage> {
    const runs: ListedRun[] = [];
    const stopped = await this.#walk(filter, after, {
      wanted: () => limit + 1 - runs.length,
      take: (found) => runs.push(...found.runs) > limit,
    });
    const last = runs[limit - 1];
    if (runs.length > limit && last !== undefined)
      return { runs: runs.slice(0, limit), next: { exact: last.createdAtExact, runId: last.runId } };
    return { runs, ...(stopped !== undefined && { next: stopped, searchedTo: searchedTo(stopped) }) };
  }

  async count(filter: CheckedFilter, atMost: number): Promise<FoundCount> {
    let count = 0;
    const { nameContains: _resolved, ...criteria } = filter;
    if (isCovered(criteria, 'listed')) {
      const named = await this.#named(filter);
      if (named !== undefined) count = await this.store.countListed(named, rangeOf(named), atMost + 1);
      return { count: Math.min(count, atMost), capped: count > atMost };
    }
    const stopped = await this.#walk(filter, undefined, {
      wanted: () => 0,
      take: ({ matched }) => {
        count += matched;
        return count > atMost;
      },
    });
    return {
      count: Math.min(count, atMost),
      capped: count > atMost,
      ...(stopped !== undefined && { searchedTo: searchedTo(stopped) }),
    };
  }

  /** Where it had to stop; undefined: it is enough, or there is no more. */
  async #walk(filter: CheckedFilter, after: PageMark | undefined, taker: Taker): Promise<PageMark | undefined> {
    const begunAt = this.clock.monotonic();
    const source = sourceOf(filter);
    const range = rangeOf(filter, after);
    const needsNames = filter.nameContains !== undefined || (source === 'listed' && filter.runId === undefined);
    if (statusesOf(filter).length === 0) return undefined;
    const criteria = needsNames ? await this.#named(filter) : filter;
    if (criteria === undefined) return undefined;
    const probe = async (which: RunProbe, most: number, before: PageMark) => {
      const found = await giveUp(this.store.readProbe(which, criteria, { ...range, before }, { most, wanted: taker.wanted() }));
      if (found !== undefined) taker.take(found);
      return found !== undefined;
    };
    const probes = probesOf(criteria);
    for (const which of probes) if (await probe(which, FEW_PROBED, range.before)) return undefined;

    const bottom = filter.createdFrom?.getTime();
    const isSimple = isCovered(criteria, source) && taker.wanted() > 0;
    const pace = new SearchPace(isSimple ? taker.wanted() : criteria.input === undefined ? FIRST : FIRST_INPUTS, bottom);
    if (source === 'listed' && !isSimple) {
      const { names, statuses } = criteria;
      const glance = await this.store.readWindow(source, { names, statuses: statuses ?? statusesOf(criteria) }, range, {
        most: GLANCE,
        wanted: 0,
      });
      pace.adjust(range.before, glance, GLANCE);
    }
    for (let mark = range.before; ; ) {
      const windowAt = this.clock.monotonic();
      const floor = pace.floor(mark);
      const range = { before: mark, floor: floor === undefined ? null : new Date(floor).toISOString() };
      const found = await giveUp(this.store.readWindow(source, criteria, range, { most: pace.most, wanted: taker.wanted() }));
      if (found === undefined) {
        if (pace.shrink()) continue;
        throw new SearchTooHeavyError();
      }
      if (taker.take(found)) return undefined;
      const now = this.clock.monotonic();
      const next = pace.next(mark, found, now - windowAt);
      if (next === undefined) return undefined;
      mark = next;
      const spentMs = now - begunAt;
      if (spentMs > this.budgetMs / 2)
        for (const which of probes.splice(0)) if (await probe(which, MANY_PROBED, mark)) return undefined;
      if (spentMs + (now - windowAt) >= this.budgetMs) return mark;
    }
  }

  /** With the names of workflows that come into question; undefined: there are none. */
  async #named({ nameContains, ...criteria }: CheckedFilter): Promise<RunCriteria | undefined> {
    const all = criteria.names ?? (await this.store.listNames(statusesOf(criteria)));
    const names = nameContains === undefined ? all : all.filter((name) => name.toLowerCase().includes(nameContains));
    return names.length === 0 ? undefined : { ...criteria, names: [...new Set(names)] };
  }
}

function rangeOf({ createdFrom, createdBefore, completedBefore }: RunCriteria, after?: PageMark) {
  const marks: PageMark[] = [{ exact: 'infinity', runId: LAST_ID }];
  if (after !== undefined) marks.push(after);
  if (createdBefore !== undefined) marks.push(markAt(createdBefore.getTime()));
  const latest = (completedBefore?.getTime() ?? Number.POSITIVE_INFINITY) + CLOCK_STEP_MS;
  if (latest < LAST_MS) marks.push(markAt(latest));
  // As texts: digits come before letters.
  const before = marks.reduce((a, b) => (b.exact < a.exact || (b.exact === a.exact && b.runId < a.runId) ? b : a));
  return { before, floor: createdFrom?.toISOString() ?? null };
}

/** Not a moment too early: a Date has no microseconds. */
function searchedTo({ exact }: PageMark): Date {
  return new Date(Date.parse(exact) + 1);
}

/** Undefined: it took the database too long. */
async function giveUp<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (isStatementTimeout(error)) return undefined;
    throw error;
  }
}
