// Runs that are over for long, or too old: found page by page, deleted, ended. What deletes or ends does so for the sweep whose turn it is
// only, with the settings that are current; see migrations/0010-retention.ts.
import type { DoneBy } from '../../model/audit.js';
import type { RetentionReason, RunCounts } from '../../model/retention.js';
import type { Database, Row } from '../database.js';
import * as sql from './retention.sql.js';

/** The last run of a page. */
export interface EndMark {
  runId: string;
  /** To the microsecond, as text. */
  completedAtExact: string;
}

/** Whose turn it is, with what it knows, and what the audit log says of it. */
export interface SweepTurn extends DoneBy {
  sweep: string;
  revision: string;
}

/** `LOST`: another sweep has taken over; `CHANGED`: the settings are others now. Nothing was done then. */
export type SweepVerdict = 'HELD' | 'LOST' | 'CHANGED';

/** `isExpired`: its age alone is enough. */
export type EndedRun = EndMark & { workflowName: string; isExpired: boolean };

export interface OldRun {
  runId: string;
  workflowName: string;
  /** What it exceeded. */
  timeoutMs: number;
}

/** How old runs may get, in ms: by workflow name, and in general; null: any age. */
export interface AgeLimits {
  names: string[];
  limits: Array<number | null>;
  general: number | null;
}

/** Rows of runs in one transaction, about. */
const MOST_ROWS = 20_000;

export class RetentionStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** Of workflows that have runs which are over. */
  async listNames(): Promise<string[]> {
    return (await this.database.query<{ name: string }>(sql.listNames(this.#schema))).map(({ name }) => name);
  }

  /** Over for longer than that, oldest end first. */
  async listExpired(name: string, now: string, afterMs: number, after: EndMark | undefined, limit: number): Promise<EndMark[]> {
    const values = [name, now, afterMs, after?.completedAtExact ?? null, after?.runId ?? null, limit];
    return this.database.query<EndMark & Row>(sql.listExpired(this.#schema), values);
  }

  /** Oldest end first. `isExpired`: by `listExpired` too, given its `afterMs` (null: never). */
  async listOldest(
    names: readonly string[],
    afterMs: ReadonlyArray<number | null>,
    now: string,
    after: EndMark | undefined,
    limit: number,
  ): Promise<EndedRun[]> {
    const values = [names, afterMs, now, after?.completedAtExact ?? null, after?.runId ?? null, limit];
    return this.database.query<EndedRun & Row>(sql.listOldest(this.#schema), values);
  }

  /** Stored runs, up to so many; null: all. */
  async count(most: number | null): Promise<number> {
    return (await this.database.query<{ runs: number }>(sql.countRuns(this.#schema), [most]))[0]?.runs ?? 0;
  }

  /** Of the given runs those that nothing keeps. */
  async listDeletable(runIds: readonly string[]): Promise<string[]> {
    return (await this.database.query<{ runId: string }>(sql.listDeletable(this.#schema), [runIds])).map(({ runId }) => runId);
  }

  async listTooOld(now: string, { names, limits, general }: AgeLimits, limit: number): Promise<OldRun[]> {
    return this.database.query<OldRun & Row>(sql.listTooOld(this.#schema), [now, names, limits, general, limit]);
  }

  async countTooOld(now: string, { names, limits, general }: AgeLimits): Promise<RunCounts> {
    const values = [now, names, limits, general];
    const rows = await this.database.query<{ workflowName: string; runs: number }>(sql.countTooOld(this.#schema), values);
    return new Map(rows.map(({ workflowName, runs }) => [workflowName, runs]));
  }

  /** Step 1: from now on no flush that begins writes anything of the runs that it returns, in the given order. */
  async condemn({ sweep, revision }: SweepTurn, runIds: readonly string[]): Promise<{ verdict: SweepVerdict; runIds: string[] }> {
    const rows = await this.database.query<{ verdict: SweepVerdict; runIds: string[] }>(sql.condemn(this.#schema), [
      sweep,
      revision,
      runIds,
    ]);
    return rows[0] ?? { verdict: 'LOST', runIds: [] };
  }

  async listFences(): Promise<string[]> {
    const rows = await this.database.query<{ executorId: string }>(sql.listFences(this.#schema));
    return rows.map(({ executorId }) => executorId);
  }

  /** Step 2: resolves when the flushes of that executor which were under way are over. @throws 55P03 when one takes longer than 2 s */
  async passFence(executorId: string): Promise<void> {
    await this.database.query(sql.passFence(this.#schema), [executorId]);
  }

  /** Step 3, in one transaction with the audit. `leftOver`: those for which it would have become too large. */
  async deleteCondemned(
    { sweep, revision, actor, reason, requestId }: SweepTurn,
    runIds: readonly string[],
    most: number,
    rule: RetentionReason,
  ): Promise<{ verdict: SweepVerdict; deleted: RunCounts; leftOver: string[] }> {
    const [row] = await this.database.query<{ verdict: SweepVerdict; deleted: Record<string, number>; leftOver: string[] }>(
      sql.deleteCondemned(this.#schema),
      [sweep, revision, runIds, most, MOST_ROWS, rule, actor, reason, requestId],
    );
    return {
      verdict: row?.verdict ?? 'LOST',
      deleted: new Map(Object.entries(row?.deleted ?? {})),
      leftOver: row?.leftOver ?? [],
    };
  }

  /** `changed`: this call ended it. With the audit. @throws 40001, 55P03: it changed hands meanwhile */
  async end(
    { sweep, revision, actor, reason, requestId }: SweepTurn,
    { runId, timeoutMs }: OldRun,
    now: string,
    error: string,
  ): Promise<{ verdict: SweepVerdict; changed: boolean }> {
    const [row] = await this.database.query<{ verdict: SweepVerdict; changed: boolean }>(sql.endOld(this.#schema), [
      sweep,
      revision,
      runId,
      now,
      timeoutMs,
      error,
      actor,
      reason,
      requestId,
    ]);
    return row ?? { verdict: 'LOST', changed: false };
  }

  /** Whether this call changed it; undefined: there is no such run. Writes audit_log. @throws 55P03 when somebody has it locked for long */
  async setLegalHold(runId: string, isOn: boolean, { actor, reason, requestId }: DoneBy): Promise<boolean | undefined> {
    const rows = await this.database.query<{ changed: boolean | null }>(sql.setLegalHold(this.#schema), [
      runId,
      isOn,
      actor,
      reason,
      requestId,
    ]);
    return rows[0]?.changed ?? undefined;
  }
}
