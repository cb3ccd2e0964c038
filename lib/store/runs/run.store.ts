// Runs, outside the hot path: inserting without a claim, reading, cancelling, ending what is overdue.
import type { Clock } from '../../kernel/clock.js';
import type { AuditAction, DoneBy } from '../../model/audit.js';
import type { MaintenanceRow } from '../../model/maintenance.js';
import type { Debounce, NewRun, RunRecord, RunStatus } from '../../model/run.js';
import type { RunProvenance } from '../../model/template.js';
import type { Database, Queryable, Row } from '../database.js';
import { arrayLiteral } from '../flush/flush-columns.js';
import { GroupLane } from '../group-lane.js';
import * as sql from './run.sql.js';

export interface RunOutcomeRow {
  runId: string;
  status: RunStatus;
  output: string | null;
  error: string | null;
}

/** A run that was inserted, or was not because `holder` has its deduplication id, or because of a maintenance. */
export interface InsertedRun {
  runId: string;
  holder: string | null;
  maintenance?: MaintenanceRow;
}

/** By run id: those that were not inserted, and why. */
export type RefusedRuns = ReadonlyMap<string, MaintenanceRow>;

/** With where its arguments came from, and how large its payloads are, also of those that were left out for that. */
export type ProvenRun = RunRecord & {
  provenance: RunProvenance | null;
  inputBytes: number | null;
  outputBytes: number | null;
};

export interface Cancellation {
  /** Stored error text of the run. */
  error: string;
  /** Only if its deadline is over. */
  ifOverdue: boolean;
  actor: string;
  action: Extract<AuditAction, 'CANCEL' | 'TIMEOUT' | 'MAINTENANCE_CANCEL'>;
  reason: string | null;
  /** Of an operator. Default: none. */
  requestId?: string | null;
}

/** As array literals: the driver's own conversion of arrays costs more than the insert. */
const columns = (runs: readonly NewRun[]): string[] => [
  plain(runs, (run) => run.runId),
  text(runs, (run) => run.workflowName),
  text(runs, (run) => run.queue),
  plain(runs, (run) => run.priority),
  text(runs, (run) => run.externalId),
  text(runs, (run) => (run.attributes === null ? null : JSON.stringify(run.attributes))),
  text(runs, (run) => run.input),
  plain(runs, (run) => run.timeoutMs),
  plain(runs, (run) => run.maxRecoveryAttempts),
  plain(runs, (run) => run.delayMs),
  text(runs, (run) => run.partitionKey),
];

const allowed = (runs: readonly NewRun[]) => plain(runs, (run) => run.allowDuringMaintenance ?? false);

const columnsWithIds = (runs: readonly NewRun[]): string[] => [
  ...columns(runs),
  text(runs, (run) => run.deduplication?.id ?? null),
  plain(runs, (run) => run.parent?.runId ?? null),
  plain(runs, (run) => run.parent?.detached ?? false),
  allowed(runs),
];

type InsertedRow = Omit<InsertedRun, 'maintenance'> & { maintenance: MaintenanceRow | null };

const insertedRun = ({ maintenance, ...row }: InsertedRow): InsertedRun => (maintenance === null ? row : { ...row, maintenance });

const isAudited = (runs: readonly NewRun[]) => runs.some((run) => run.startedBy !== undefined);

const auditedColumns = (runs: readonly NewRun[]): string[] => [
  ...columnsWithIds(runs),
  JSON.stringify(
    runs.flatMap(({ runId, workflowName: name, queue, startedBy, provenance: origin }) =>
      startedBy === undefined
        ? []
        : [{ run: runId, name, queue, actor: startedBy.actor, reason: startedBy.reason, request: startedBy.requestId, origin }],
    ),
  ),
];

function plain(runs: readonly NewRun[], value: (run: NewRun) => string | number | boolean | null): string {
  return arrayLiteral(runs.map(value), false);
}

function text(runs: readonly NewRun[], value: (run: NewRun) => string | null): string {
  return arrayLiteral(runs.map(value), true);
}

export class RunStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /**
   * Inserts runs with generated ids, but for those that a maintenance refuses. `areAccepted`: they were let in before, so none is refused.
   * Idempotent by run id.
   */
  async insertMany(runs: readonly NewRun[], { areAccepted = false } = {}): Promise<RefusedRuns> {
    const values = [...columns(runs), areAccepted ? plain(runs, () => true) : allowed(runs)];
    const rows = await this.database.query<{ runId: string; maintenance: MaintenanceRow }>(sql.insertRuns(this.#schema), values, {
      name: 'run.insertMany',
    });
    return new Map(rows.map(({ runId, maintenance }) => [runId, maintenance]));
  }

  /**
   * Runs that must be unique, by an id of the caller's choice or a deduplication id. Those that another run keeps from starting come with
   * it; those whose id was there already are not told. @throws 55P03 when another transaction holds one of them
   */
  async insertWithIds(runs: readonly NewRun[]): Promise<InsertedRun[]> {
    const rows = isAudited(runs)
      ? await this.database.query<InsertedRow & Row>(sql.insertAuditedRuns(this.#schema), auditedColumns(runs))
      : await this.database.query<InsertedRow & Row>(sql.insertRunsWithIds(this.#schema), columnsWithIds(runs), {
          name: 'run.insertWithIds',
        });
    return rows.map(insertedRun);
  }

  /** The same in the caller's transaction; waits for other transactions as that one would. */
  async insertWithin(transaction: Queryable, runs: readonly NewRun[]): Promise<InsertedRun[]> {
    const rows = isAudited(runs)
      ? await transaction.query<InsertedRow & Row>(sql.insertAuditedRunsWithin(this.#schema), auditedColumns(runs))
      : await transaction.query<InsertedRow & Row>(sql.insertRunsWithIdsWithin(this.#schema), columnsWithIds(runs));
    return rows.map(insertedRun);
  }

  /** See debounce_run in migrations/0006-queues.ts. Whose run it is, or what refuses it. @throws 55P03 when another transaction holds the key */
  async debounce(run: NewRun, { key, periodMs, maxWaitMs }: Debounce): Promise<string | MaintenanceRow> {
    const { runId, workflowName, queue, priority, attributes, input, timeoutMs, maxRecoveryAttempts, partitionKey } = run;
    const values = [
      runId,
      workflowName,
      queue,
      priority,
      attributes === null ? null : JSON.stringify(attributes),
      input,
      timeoutMs,
    ];
    const rows = await this.database.query<{ runId: string | null; maintenance: MaintenanceRow | null }>(
      sql.debounceRun(this.#schema),
      [...values, maxRecoveryAttempts, partitionKey, key, periodMs, maxWaitMs, run.allowDuringMaintenance ?? false],
      { name: 'run.debounce' },
    );
    return rows[0]?.maintenance ?? rows[0]?.runId ?? runId;
  }

  /** False: there is no such run in a queue that has not begun. Writes audit_log. */
  async setPriority(runId: string, priority: number, { actor, reason, requestId }: DoneBy): Promise<boolean> {
    const values = [runId, priority, actor, reason, requestId];
    return (await this.database.query(sql.setPriority(this.#schema), values)).length > 0;
  }

  async findMany(runIds: readonly string[], within: Queryable = this.database): Promise<RunRecord[]> {
    return (await within.query(sql.findRuns(this.#schema), [runIds], { name: 'run.findMany' })) as unknown as RunRecord[];
  }

  async find(runId: string): Promise<RunRecord | undefined> {
    return (await this.findMany([runId]))[0];
  }

  /** Of those that are over; a status of null: there is no such run. */
  async listOutcomes(runIds: readonly string[]): Promise<Array<Omit<RunOutcomeRow, 'status'> & { status: RunStatus | null }>> {
    return this.database.query(sql.findOutcomes(this.#schema), [runIds], { name: 'run.findOutcomes' });
  }

  /** `largest`: payloads of more bytes are null; null: none is left out. */
  async findProven(runId: string, largest: number | null): Promise<ProvenRun | undefined> {
    const rows = await this.database.query(sql.findProvenRun(this.#schema), [runId, largest], { name: 'run.findProven' });
    return rows[0] as unknown as ProvenRun | undefined;
  }

  /** Undefined: no such run. @throws 40001 when the run was claimed meanwhile: try again */
  async cancel(
    runId: string,
    { error, ifOverdue, actor, action, reason, requestId = null }: Cancellation,
  ): Promise<{ status: RunStatus; changed: boolean } | undefined> {
    const rows = await this.database.query<{ status: RunStatus | null; changed: boolean }>(sql.cancelRun(this.#schema), [
      runId,
      error,
      ifOverdue,
      actor,
      action,
      reason,
      requestId,
    ]);
    const [row] = rows;
    return row?.status == null ? undefined : { status: row.status, changed: row.changed };
  }

  async listLiveDescendants(runId: string, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ runId: string }>(sql.listLiveDescendants(this.#schema), [runId, limit]);
    return rows.map((row) => row.runId);
  }

  async expireUnowned(timeoutError: string, stopError: string, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ runId: string }>(
      sql.expireUnownedRuns(this.#schema),
      [timeoutError, stopError, limit],
      {
        name: 'run.expire',
        vital: true,
      },
    );
    return rows.map((row) => row.runId);
  }

  async listOverdueOwned(graceMs: number): Promise<Array<{ runId: string; isStopping: boolean }>> {
    return this.database.query(sql.listOverdueOwnedRuns(this.#schema), [graceMs], { name: 'run.listOverdue', vital: true });
  }
}

/** Group commit of plain starts. They need no fence, so they are apart from the write lanes. Gives what refuses a run, if anything does. */
export function enqueueLane(runs: RunStore, clock: Clock): GroupLane<NewRun, MaintenanceRow | undefined> {
  return new GroupLane(
    {
      insert: async (batch) => {
        const refused = await runs.insertMany(batch);
        return refused.size === 0 ? [] : batch.map(({ runId }) => refused.get(runId));
      },
      weigh: ({ input }) => (input?.length ?? 0) + 200,
      maxRows: 1_000,
      maxOnWire: 2,
    },
    clock,
  );
}
