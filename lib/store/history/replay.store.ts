// What a claimed run has to remember. Read only in a statement that follows the claim's commit: an earlier snapshot may miss the last
// checkpoint of the previous owner, and its step would run again.
import type { OperationKind, RecordedOperation, RecordedWait, RunHistory, StreamHead } from '../../model/operation.js';
import type { Database } from '../database.js';
import type { ClaimedRun } from '../runs/claimed-run.js';

type Remembering = Pick<ClaimedRun, 'runId' | 'firstOrdinal'>;
type OfRun<T> = { runId: string } & T & Record<string, unknown>;

export class ReplayStore {
  constructor(private readonly database: Database) {}

  /** By run id. Runs without any record are absent. */
  async findHistories(runs: readonly Remembering[]): Promise<Map<string, RunHistory>> {
    const histories = new Map<string, RunHistory>();
    const of = (runId: string): RunHistory => {
      let history = histories.get(runId);
      if (history === undefined) {
        history = { operations: [], waits: new Map(), failedAttempts: new Map(), streams: [] };
        histories.set(runId, history);
      }
      return history;
    };
    const runIds = runs.map(({ runId }) => runId);
    const continued = runs.filter(({ firstOrdinal }) => firstOrdinal > 0);
    const fresh = continued.length === 0 ? runIds : runs.filter((run) => run.firstOrdinal === 0).map(({ runId }) => runId);
    const [operations, older, waits, attempts, streams] = await Promise.all([
      this.#operations(fresh),
      continued.length === 0 ? [] : this.#operationsFrom(continued),
      this.#waits(runIds),
      this.#attempts(runs),
      this.#streams(runIds),
    ]);
    for (const row of operations) of(row.runId).operations.push(row);
    for (const row of older) of(row.runId).operations.push(row);
    for (const row of waits) of(row.runId).waits.set(row.ordinal, row);
    for (const row of attempts) of(row.runId).failedAttempts.set(row.ordinal, { count: row.attempts, name: row.name });
    for (const row of streams) of(row.runId).streams.push(row);
    return histories;
  }

  #operations(runIds: readonly string[]): Promise<Array<OfRun<RecordedOperation & { kind: OperationKind }>>> {
    return this.database.query(
      `/* operation.findHistories */ select workflow_id "runId", ordinal, seq, kind, name, output, error, attempts
       from ${this.database.schema}.operation_outputs where workflow_id = any ($1::uuid[]) order by workflow_id, ordinal`,
      [runIds],
      { name: 'operation.findHistories', vital: true },
    );
  }

  /** Without what stands before the first ordinal of the execution: it may be much. */
  #operationsFrom(runs: readonly Remembering[]): Promise<Array<OfRun<RecordedOperation & { kind: OperationKind }>>> {
    return this.database.query(
      `/* operation.findHistoriesFrom */ select o.* from unnest($1::uuid[], $2::int[]) u (run, first)
       cross join lateral (select workflow_id "runId", ordinal, seq, kind, name, output, error, attempts
         from ${this.database.schema}.operation_outputs o where o.workflow_id = u.run and o.ordinal >= u.first order by o.ordinal) o`,
      [runs.map(({ runId }) => runId), runs.map(({ firstOrdinal }) => firstOrdinal)],
      { vital: true },
    );
  }

  #waits(runIds: readonly string[]): Promise<Array<OfRun<RecordedWait>>> {
    return this.database.query(
      `/* wait.findHistories */ select workflow_id "runId", ordinal, kind, name, source,
         extract(epoch from wake_at)::float8 * 1000 "wakeAt"
       from ${this.database.schema}.waits where workflow_id = any ($1::uuid[]) order by workflow_id, wake_at, ordinal`,
      [runIds],
      { name: 'wait.findHistories', vital: true },
    );
  }

  /** As above: of each execution only its own. */
  #attempts(runs: readonly Remembering[]): Promise<Array<OfRun<{ ordinal: number; attempts: number; name: string }>>> {
    return this.database.query(
      `/* attempt.findHistories */ select a.* from unnest($1::uuid[], $2::int[]) u (run, first)
       cross join lateral (select workflow_id "runId", ordinal, max(attempt) attempts, max(name) name
         from ${this.database.schema}.operation_attempts
         where workflow_id = u.run and ordinal >= u.first group by workflow_id, ordinal) a`,
      [runs.map(({ runId }) => runId), runs.map(({ firstOrdinal }) => firstOrdinal)],
      { vital: true },
    );
  }

  /** The last chunk of each stream, from name to name along the primary key: a stream may be long. */
  #streams(runIds: readonly string[]): Promise<Array<OfRun<StreamHead>>> {
    const streams = `${this.database.schema}.streams`;
    return this.database.query(
      `/* stream.findHeads */
       with recursive names as (
         select u.run, (select s.stream from ${streams} s where s.workflow_id = u.run order by s.stream limit 1) stream
         from unnest($1::uuid[]) u (run)
         union all
         select n.run, (select s.stream from ${streams} s where s.workflow_id = n.run and s.stream > n.stream order by s.stream limit 1)
         from names n where n.stream is not null
       )
       select n.run "runId", n.stream, h.chunk_offset + 1 next, h.body_base "bodyBase", h.body_count "bodyCount",
         h.closes closed, h.ordinal "lastOrdinal"
       from names n cross join lateral (
         select s.chunk_offset, s.body_base, s.body_count, s.closes, s.ordinal from ${streams} s
         where s.workflow_id = n.run and s.stream = n.stream order by s.chunk_offset desc limit 1) h
       where n.stream is not null`,
      [runIds],
      { vital: true },
    );
  }
}
