// Who gets which run. Used by the dispatcher's claimer and by the sweep for lost runs.
import type { Database, Row } from '../database.js';
import type { ClaimedRun, CommandOrder } from './claimed-run.js';
import * as sql from './run-claim.sql.js';

/** What a process claims. */
export interface Served {
  readonly names: string[];
  /** Null: those of all queues. */
  readonly queues: string[] | null;
}

export interface GatedClaim {
  claimed: ClaimedRun[];
  /** Queues at which another process was. */
  busy: string[];
  /** There may be more for whoever asks again. */
  more: boolean;
  /** ms until a rate limit lets somebody begin; null: none is in the way. */
  comesBackMs: number | null;
}

export interface OwnedRun {
  runId: string;
  token: string;
}

export interface ChangedRun {
  runId: string;
  isLost: boolean;
  command: CommandOrder | null;
}

export class RunClaimStore {
  constructor(private readonly database: Database) {}

  /**
   * Up to `limit` runs that need no permit, or have one; at most `maxDue` (half) of them from those that have begun and are due. Empty when
   * the executor is retired.
   */
  async claim(executorId: string, served: Served, limit: number, maxDue = Math.ceil(limit / 2)): Promise<ClaimedRun[]> {
    const text = sql.claimRuns(this.database.schema);
    return this.database.query<ClaimedRun & Row>(text, [executorId, served.names, served.queues, limit, maxDue], {
      name: 'run.claim',
      vital: true,
    });
  }

  /**
   * Claims up to `limit` runs that need a permit. `here`: runs in the memory of this process by queue. `waits`: for queues at which another
   * process is at the moment; else they are passed over.
   */
  async claimGated(
    executorId: string,
    served: Served,
    here: ReadonlyMap<string, number>,
    limit: number,
    waits: boolean,
  ): Promise<GatedClaim> {
    const values = [executorId, served.names, served.queues, [...here.keys()], [...here.values()], limit, waits];
    const rows = await this.database.query<Partial<ClaimedRun & Omit<GatedClaim, 'claimed'>> & Row>(
      sql.claimGatedRuns(this.database.schema),
      values,
      { name: 'run.claimGated', vital: true },
    );
    const claimed = rows.filter((row) => row.runId !== null) as unknown as ClaimedRun[];
    const rest = rows.find((row) => row.runId === null);
    return { claimed, busy: rest?.busy ?? [], more: rest?.more ?? false, comesBackMs: rest?.comesBackMs ?? null };
  }

  /** One suspect, or up to `most` of those that are suspected for the first time. `here`: as for claimGated. */
  async claimSuspects(
    executorId: string,
    served: Served,
    most: number,
    here: ReadonlyMap<string, number> = new Map(),
  ): Promise<ClaimedRun[]> {
    const text = sql.claimSuspects(this.database.schema);
    const values = [executorId, served.names, served.queues, most, [...here.keys()], [...here.values()]];
    return this.database.query<ClaimedRun & Row>(text, values, { vital: true });
  }

  /** Planned anew each time: cheap, and right however the table has grown. */
  async hasSuspect({ names, queues }: Served): Promise<boolean> {
    const text = sql.findSuspect(this.database.schema);
    return (await this.database.query(text, [names, queues], { vital: true })).length > 0;
  }

  /** ms until the next run is due, or enters its queue; undefined: none will. */
  async findNextDue({ names, queues }: Served): Promise<number | undefined> {
    const text = sql.findNextDue(this.database.schema);
    const [row] = await this.database.query<{ leftMs: number | null }>(text, [names, queues], { vital: true });
    return row?.leftMs ?? undefined;
  }

  /** Runs that are over and whose permits the executor still holds; up to 1,000. */
  async listHeldBack(executorId: string): Promise<string[]> {
    const rows = await this.database.query<{ runId: string }>(sql.listHeldBack(this.database.schema), [executorId], {
      vital: true,
    });
    return rows.map((row) => row.runId);
  }

  /** Gives back the permits of runs that are over and were this executor's. Idempotent. */
  async letGo(executorId: string, runIds: readonly string[]): Promise<void> {
    await this.database.query(sql.letGo(this.database.schema), [executorId, runIds], { name: 'run.letGo', vital: true });
  }

  /** Of (run, token) pairs those that do not hold any more, and those of which an operator asks something. */
  async listChanged(runIds: string[], tokens: string[]): Promise<ChangedRun[]> {
    const text = sql.listChanged(this.database.schema);
    return this.database.query<ChangedRun & Row>(text, [runIds, tokens], { name: 'run.listChanged', vital: true });
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
