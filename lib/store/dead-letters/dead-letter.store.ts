// Dead letters: runs that were accepted in memory and that the database refused. Kept whole, so that they can be started after all.
import type { DoneBy } from '../../model/audit.js';
import type { NewRun } from '../../model/run.js';
import type { Database, Row } from '../database.js';
import * as sql from './dead-letter.sql.js';

export interface DeadLetterRow {
  runId: string;
  workflowName: string;
  queue: string;
  /** What the database said. */
  reason: string;
  attempts: number;
  deadAt: Date;
}

/** With its time to the microsecond, as text. */
export type ListedLetter = DeadLetterRow & { deadAtExact: string };

export class DeadLetterStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** Idempotent. `reason` must be storable. */
  async insert(run: NewRun, reason: string, attempts: number): Promise<void> {
    const { runId, workflowName, queue } = run;
    const values = [runId, workflowName, queue, JSON.stringify(stored(run)), reason, attempts];
    await this.database.query(sql.insertLetter(this.#schema), values, { name: 'deadLetter.insert' });
  }

  /** Newest first. `after`: the last one of the page before. */
  async list(limit: number, after?: { exact: string; runId: string }): Promise<ListedLetter[]> {
    const values = [after?.exact ?? null, after?.runId ?? null, limit];
    return this.database.query<ListedLetter & Row>(sql.listLetters(this.#schema), values);
  }

  /** The queue of its run; undefined: there is no such letter. */
  async findQueue(runId: string): Promise<string | undefined> {
    return (await this.database.query<{ queue: string }>(sql.findLetterQueue(this.#schema), [runId]))[0]?.queue;
  }

  /**
   * The run takes its place, under its own id, and the letter is gone. Writes audit_log. Undefined: there is no such letter.
   * @throws the database's error: the letter stays
   */
  async replay(runId: string, { actor, reason, requestId }: DoneBy): Promise<Pick<NewRun, 'queue' | 'partitionKey'> | undefined> {
    const rows = await this.database.query<Pick<NewRun, 'queue' | 'partitionKey'> & Row>(sql.replayLetter(this.#schema), [
      runId,
      actor,
      reason,
      requestId,
    ]);
    return rows[0];
  }

  /** Writes audit_log. False: there is no such letter. */
  async delete(runId: string, { actor, reason, requestId }: DoneBy): Promise<boolean> {
    return (await this.database.query(sql.deleteLetter(this.#schema), [runId, actor, reason, requestId])).length > 0;
  }
}

/** Under the names of the columns of u in insertRuns. What is started in memory has no deduplication id and no parent. */
function stored(run: NewRun): Record<string, unknown> {
  return {
    run: run.runId,
    name: run.workflowName,
    queue: run.queue,
    priority: run.priority,
    external_id: run.externalId,
    attributes: run.attributes,
    input: run.input,
    timeout_ms: run.timeoutMs,
    max_recovery: run.maxRecoveryAttempts,
    delay: run.delayMs,
    partition_key: run.partitionKey,
  };
}
