// Who gets which run. Used by the dispatcher's claimer and by the sweep for lost runs.
import type { Database, Row } from '../database.js';
import type { ClaimedRun } from './claimed-run.js';
import * as sql from './run-claim.sql.js';

export interface OwnedRun {
  runId: string;
  token: string;
}

export class RunClaimStore {
  constructor(private readonly database: Database) {}

  /**
   * Up to `limit` runs, at most `maxDue` (half) of them from those that are due, the rest from the queue; empty when the executor is
   * retired.
   */
  async claim(executorId: string, names: string[], limit: number, maxDue = Math.ceil(limit / 2)): Promise<ClaimedRun[]> {
    const text = sql.claimRuns(this.database.schema);
    return this.database.query<ClaimedRun & Row>(text, [executorId, names, limit, maxDue], {
      name: 'run.claim',
      vital: true,
    });
  }

  /** One suspect, or up to `most` of those that are suspected for the first time. */
  async claimSuspects(executorId: string, names: string[], most: number): Promise<ClaimedRun[]> {
    const text = sql.claimSuspects(this.database.schema);
    return this.database.query<ClaimedRun & Row>(text, [executorId, names, most], { vital: true });
  }

  /** Planned anew each time: cheap, and right however the table has grown. */
  async hasSuspect(names: string[]): Promise<boolean> {
    return (await this.database.query(sql.findSuspect(this.database.schema), [names], { vital: true })).length > 0;
  }

  /** ms until the next run of these names is due; undefined: none will be. */
  async findNextDue(names: string[]): Promise<number | undefined> {
    const [row] = await this.database.query<{ leftMs: number | null }>(sql.findNextDue(this.database.schema), [names], {
      vital: true,
    });
    return row?.leftMs ?? undefined;
  }

  /** Of (run, token) pairs those that do not hold any more. */
  async listLost(runIds: string[], tokens: string[]): Promise<string[]> {
    const text = sql.listLost(this.database.schema);
    const rows = await this.database.query<{ runId: string }>(text, [runIds, tokens], { name: 'run.listLost', vital: true });
    return rows.map((row) => row.runId);
  }

  /** Runs that the executor has owned for longer than `ms`. */
  async listOwned(executorId: string, ms: number): Promise<OwnedRun[]> {
    return this.database.query<OwnedRun & Row>(sql.listOwned(this.database.schema), [executorId, ms], { vital: true });
  }

  /** Gives runs back that are owned under these tokens; how many there were. @throws 55P03 when the fence is busy: try again */
  async release(executorId: string, runs: readonly OwnedRun[]): Promise<number> {
    const rows = await this.database.query<{ released: number }>(
      sql.releaseRuns(this.database.schema),
      [executorId, runs.map((run) => run.runId), runs.map((run) => run.token)],
      { vital: true },
    );
    return rows[0]?.released ?? 0;
  }
}
