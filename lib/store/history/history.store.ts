// What runs recorded, for people and pages; see replay.store.ts for what a claimed run reads.
import type { RecordedOperation } from '../../model/operation.js';
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

export interface EventQuery {
  runId: string;
  key: string;
}

/** `never`: the run is over and did not set it. */
export type FoundEvent = { state: 'set'; value: string | null } | { state: 'never' } | { state: 'no-run' };

export class HistoryStore {
  constructor(private readonly database: Database) {}

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

  /** Every value that was set, in order. */
  async listEventHistory(runId: string): Promise<EventRow[]> {
    return (await this.database.query(
      `/* event.listHistory */ select key, value, ordinal, created_at "updatedAt"
       from ${this.database.schema}.workflow_events_history where workflow_id = $1 order by ordinal`,
      [runId],
    )) as unknown as EventRow[];
  }

  /** In the order of the queries; undefined: not set yet, and the run goes on. One snapshot, so an event that an ended run set is seen. */
  async findEvents(queries: readonly EventQuery[]): Promise<Array<FoundEvent | undefined>> {
    const rows = await this.database.query<{ place: number; isSet: boolean | null; value: string | null; live: boolean | null }>(
      `/* event.findMany */ select u.place::int place, e.is_set "isSet", e.value, r.live
       from unnest($1::uuid[], $2::text[]) with ordinality u (run, key, place)
       left join lateral (select true is_set, e.value from ${this.database.schema}.workflow_events e
         where e.workflow_id = u.run and e.key = u.key limit 1) e on true
       left join lateral (select r.completed_at is null live from ${this.database.schema}.workflow_status r
         where r.workflow_id = u.run limit 1) r on true
       where e.is_set or r.live is not true`,
      [queries.map(({ runId }) => runId), queries.map(({ key }) => key)],
      { vital: true },
    );
    const found: Array<FoundEvent | undefined> = queries.map(() => undefined);
    for (const { place, isSet, value, live } of rows)
      found[place - 1] = isSet ? { state: 'set', value } : { state: live === null ? 'no-run' : 'never' };
    return found;
  }
}
