// Who gets which run. Used by the dispatcher's claimer and by the sweep for lost runs.
import type { Database } from '../database.js';
import type { ClaimedRun } from './claimed-run.js';
import * as sql from './run-claim.sql.js';

export class RunClaimStore {
  readonly #claim: string;
  readonly #claimSuspect: string;
  readonly #findSuspect: string;
  readonly #listLost: string;

  constructor(private readonly database: Database) {
    this.#claim = sql.claimRuns(database.schema);
    this.#claimSuspect = sql.claimSuspect(database.schema);
    this.#findSuspect = sql.findSuspect(database.schema);
    this.#listLost = sql.listLost(database.schema);
  }

  /** Up to `limit` runs, at most half of them from those that waited; empty when the executor is retired. */
  async claim(executorId: string, names: string[], limit: number): Promise<ClaimedRun[]> {
    const rows = await this.database.query(this.#claim, [executorId, names, limit, Math.ceil(limit / 2)], {
      name: 'run.claim',
      vital: true,
    });
    return rows as unknown as ClaimedRun[];
  }

  async claimSuspect(executorId: string, names: string[]): Promise<ClaimedRun | undefined> {
    const rows = await this.database.query(this.#claimSuspect, [executorId, names], { name: 'run.claimSuspect', vital: true });
    return rows[0] as unknown as ClaimedRun | undefined;
  }

  async hasSuspect(names: string[]): Promise<boolean> {
    return (await this.database.query(this.#findSuspect, [names], { name: 'run.findSuspect', vital: true })).length > 0;
  }

  /** Of (run, token) pairs those that do not hold any more. */
  async listLost(runIds: string[], tokens: string[]): Promise<string[]> {
    const rows = await this.database.query<{ runId: string }>(this.#listLost, [runIds, tokens], {
      name: 'run.listLost',
      vital: true,
    });
    return rows.map((row) => row.runId);
  }
}
