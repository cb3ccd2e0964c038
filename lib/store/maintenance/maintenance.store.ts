// Maintenance as stored: which scopes are in it, what their executors still have, and the generation that may run anything.
import type { DoneBy } from '../../model/audit.js';
import { type Maintenance, type MaintenanceMode, type MaintenanceRow, maintenanceOf } from '../../model/maintenance.js';
import type { Database, Row } from '../database.js';
import * as sql from './maintenance.sql.js';

/** All queues, in a list of scopes; the others are names of queues. */
export const ALL_QUEUES = '';

export interface Entry {
  /** Names that are no queue; then nothing was changed. */
  unknown: string[];
  /** Its end is over; then nothing was changed. */
  isPast: boolean;
  /** From this moment on nothing is let in; database clock, to the microsecond. */
  entered: string | null;
}

export interface DrainTotals {
  /** Processes that execute runs. */
  executors: number;
  /** Of these, the ones that are not drained. */
  undrained: number;
  /** Of these, the ones that have not heard of the last change. */
  notHeard: number;
  /** Runs that a process has, or had when it died. */
  inFlight: number;
  /** Runs that are over while a step body of theirs still runs. */
  lingering: number;
  /** Partitions of queues that the runs in flight occupy. */
  activePartitions: number;
  /** Runs accepted in memory and not written yet. */
  inMemoryDepth: number;
}

export interface ExecutorLoad {
  executorId: string;
  hostname: string;
  pid: number;
  /** A `client` executes nothing: nobody waits for it. */
  role: string;
  generation: number;
  /** The module option of that process. */
  version: string | null;
  inFlight: number;
  lingering: number;
  activePartitions: number;
  /** As of its last report. */
  inMemoryDepth: number;
  /** It knows of the last change, so it accepts nothing in memory that is not allowed to. */
  hasHeard: boolean;
  /** It has heard, and has nothing any more. */
  drained: boolean;
}

export interface Swap {
  outcome: 'SWAPPED' | 'MAINTENANCE_REQUIRED' | 'NOT_DRAINED';
  /** The new one. */
  generation: number | null;
  totals: DrainTotals | null;
}

export interface StoredStatus {
  generation: number;
  lastSwapAt: Date | null;
  scopes: Array<Maintenance & { inFlight: number }>;
  executors: ExecutorLoad[];
  totals: DrainTotals;
}

interface TotalsRow {
  executors: number;
  undrained: number;
  not_heard: number;
  in_flight: number;
  lingering: number;
  active_partitions: number;
  in_memory_depth: number;
}

interface LoadRow extends TotalsRow {
  executor_id: string;
  hostname: string;
  pid: number;
  role: string;
  generation: number;
  version: string | null;
  has_heard: boolean;
  drained: boolean;
}

type StatusRow = Omit<StoredStatus, 'scopes' | 'executors' | 'totals'> & {
  scopes: Array<MaintenanceRow & { inFlight: number }>;
  executors: LoadRow[];
  totals: TotalsRow;
};

export class MaintenanceStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** A scope that is in maintenance already takes the new mode, reason and end. Writes audit_log. @throws 55P03: try again */
  async enter(
    scopes: readonly string[],
    { mode, until, actor, reason, requestId }: { mode: MaintenanceMode; until: Date | null } & DoneBy,
  ): Promise<Entry> {
    const values = [scopes, mode, actor, reason, until, requestId];
    const rows = await this.database.query<Entry & Row>(sql.enter(this.#schema), values);
    return rows[0] as Entry;
  }

  /** `ended`: one of them was in maintenance. Writes audit_log. Idempotent. @throws 55P03: try again */
  async exit(scopes: readonly string[], { actor, reason, requestId }: DoneBy): Promise<{ unknown: string[]; ended: boolean }> {
    const rows = await this.database.query<{ unknown: string[]; ended: boolean }>(sql.exit(this.#schema), [
      scopes,
      actor,
      reason,
      requestId,
    ]);
    return rows[0] as { unknown: string[]; ended: boolean };
  }

  /** What is over by its own end. Writes audit_log. Idempotent. */
  async endExpired(): Promise<void> {
    await this.database.query(sql.endExpired(this.#schema));
  }

  /**
   * Cancels a batch of those that no executor has, were there at `entered`, and are not delayed. Writes audit_log. `isLeft`: ask again; a row
   * may just be somebody else's.
   */
  async cancelUnowned(
    scopes: readonly string[],
    entered: string,
    { error, actor, reason, requestId }: { error: string } & DoneBy,
    limit: number,
  ): Promise<{ cancelled: string[]; isLeft: boolean }> {
    const values = [scopes, entered, error, actor, reason, limit, requestId];
    const rows = await this.database.query<{ cancelled: string[]; isLeft: boolean }>(sql.cancelUnowned(this.#schema), values);
    return rows[0] as { cancelled: string[]; isLeft: boolean };
  }

  /** The others. */
  async listOwned(scopes: readonly string[], entered: string, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ runId: string }>(sql.listOwned(this.#schema), [scopes, entered, limit]);
    return rows.map(({ runId }) => runId);
  }

  /** All or nothing. Writes audit_log. @throws 55P03, 40001: try again */
  async swap({ actor, reason, requestId }: DoneBy): Promise<Swap> {
    const rows = await this.database.query<Omit<Swap, 'totals'> & { totals: TotalsRow | null }>(sql.swap(this.#schema), [
      actor,
      reason,
      requestId,
    ]);
    const { outcome, generation, totals } = rows[0] as (typeof rows)[0];
    return { outcome, generation, totals: totals === null ? null : totalsOf(totals) };
  }

  async findStatus(): Promise<StoredStatus> {
    const rows = await this.database.query<StatusRow & Row>(sql.findStatus(this.#schema));
    const { generation, lastSwapAt, scopes, executors, totals } = rows[0] as StatusRow;
    return {
      generation,
      lastSwapAt,
      scopes: scopes.map(({ inFlight, ...row }) => ({ ...maintenanceOf(row), inFlight })),
      executors: executors.map(loadOf),
      totals: totalsOf(totals),
    };
  }
}

function totalsOf(row: TotalsRow): DrainTotals {
  const { executors, undrained, not_heard, in_flight, lingering, active_partitions, in_memory_depth } = row;
  return {
    executors,
    undrained,
    notHeard: not_heard,
    inFlight: in_flight,
    lingering,
    activePartitions: active_partitions,
    inMemoryDepth: in_memory_depth,
  };
}

function loadOf(row: LoadRow): ExecutorLoad {
  const { hostname, pid, role, generation, version, lingering, drained } = row;
  return {
    executorId: row.executor_id,
    hostname,
    pid,
    role,
    generation,
    version,
    inFlight: row.in_flight,
    lingering,
    activePartitions: row.active_partitions,
    inMemoryDepth: row.in_memory_depth,
    hasHeard: row.has_heard,
    drained,
  };
}
