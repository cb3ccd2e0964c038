// What runs recorded. Read for replay only in a statement that follows the claim's commit: an earlier snapshot may miss the last
// checkpoint of the previous owner, and its step would run again.
import type { OperationKind, RecordedOperation, RecordedWait, RunHistory } from '../../model/operation.js';
import type { Database } from '../database.js';

export interface OperationRow extends RecordedOperation {
  startedAt: Date;
  completedAt: Date;
}

export interface AttemptRow {
  ordinal: number;
  attempt: number;
  name: string;
  error: string | null;
  startedAt: Date;
  completedAt: Date;
}

export interface EventRow {
  key: string;
  value: string | null;
  ordinal: number;
  updatedAt: Date;
}

export class HistoryStore {
  constructor(private readonly database: Database) {}

  /** By run id. Runs without any record are absent. */
  async findHistories(runIds: readonly string[]): Promise<Map<string, RunHistory>> {
    const s = this.database.schema;
    const histories = new Map<string, RunHistory>();
    const of = (runId: string): RunHistory => {
      let history = histories.get(runId);
      if (history === undefined) {
        history = { operations: [], waits: [], failedAttempts: new Map() };
        histories.set(runId, history);
      }
      return history;
    };
    const [operations, waits, attempts] = await Promise.all([
      this.database.query<{ runId: string; kind: OperationKind } & RecordedOperation & Record<string, unknown>>(
        `/* operation.findHistories */ select workflow_id "runId", ordinal, seq, kind, name, output, error, attempts
         from ${s}.operation_outputs where workflow_id = any ($1::uuid[]) order by workflow_id, ordinal`,
        [runIds],
        { name: 'operation.findHistories', vital: true },
      ),
      this.database.query<{ runId: string } & RecordedWait & Record<string, unknown>>(
        `/* wait.findHistories */ select workflow_id "runId", ordinal, kind, name, extract(epoch from wake_at)::float8 * 1000 "wakeAt"
         from ${s}.waits where workflow_id = any ($1::uuid[]) order by workflow_id, wake_at, ordinal`,
        [runIds],
        { name: 'wait.findHistories', vital: true },
      ),
      this.database.query<{ runId: string; ordinal: number; attempts: number; name: string }>(
        `/* attempt.findHistories */ select workflow_id "runId", ordinal, max(attempt) attempts, max(name) name
         from ${s}.operation_attempts where workflow_id = any ($1::uuid[]) group by workflow_id, ordinal`,
        [runIds],
        { name: 'attempt.findHistories', vital: true },
      ),
    ]);
    for (const row of operations) of(row.runId).operations.push(row);
    for (const row of waits) of(row.runId).waits.push(row);
    for (const row of attempts) of(row.runId).failedAttempts.set(row.ordinal, { count: row.attempts, name: row.name });
    return histories;
  }

  async listOperations(runId: string): Promise<OperationRow[]> {
    return (await this.database.query(
      `/* operation.list */ select ordinal, seq, kind, name, output, error, attempts, started_at "startedAt", completed_at "completedAt"
       from ${this.database.schema}.operation_outputs where workflow_id = $1 order by ordinal`,
      [runId],
    )) as unknown as OperationRow[];
  }

  async listAttempts(runId: string): Promise<AttemptRow[]> {
    return (await this.database.query(
      `/* attempt.list */ select ordinal, attempt, name, error, started_at "startedAt", completed_at "completedAt"
       from ${this.database.schema}.operation_attempts where workflow_id = $1 order by ordinal, attempt`,
      [runId],
    )) as unknown as AttemptRow[];
  }

  async listEvents(runId: string): Promise<EventRow[]> {
    return (await this.database.query(
      `/* event.list */ select key, value, ordinal, updated_at "updatedAt"
       from ${this.database.schema}.workflow_events where workflow_id = $1 order by key`,
      [runId],
    )) as unknown as EventRow[];
  }
}
