// What the database itself saw: triggers of the test schema that log every change of ownership and status, every checkpoint with the token
// that was the run's at that moment, and every attempt to change what is recorded. The library knows nothing of them.
import type pg from 'pg';

export interface OwnershipRow {
  at: number;
  run: string;
  workflow: string;
  status: string;
  owner: string | null;
  token: string | null;
}

export interface CheckpointRow {
  at: number;
  run: string;
  ordinal: number;
  kind: string;
  name: string;
  output: string | null;
  /** Of the run, read in the transaction of the checkpoint. */
  token: string | null;
  error: string | null;
  /** Of the wait that this outcome ends. */
  wakeAt: number | null;
}

/** A run got a permit, or gave it back. */
export interface PermitRow {
  at: number;
  run: string;
  queue: string;
  partition: string | null;
  permit: boolean;
}

export interface RunRow {
  run: string;
  workflow: string;
  status: string;
  parent: string | null;
  input: string | null;
  output: string | null;
  error: string | null;
}

export interface MessageRow {
  run: string;
  topic: string;
  payload: string | null;
  /** Ordinal of the operation that received it. */
  takenBy: number | null;
}

export interface EventRow {
  run: string;
  ordinal: number;
  key: string;
  value: string | null;
}

export interface ChunkRow {
  run: string;
  stream: string;
  offset: number;
  ordinal: number | null;
  attempt: number | null;
  /** Offset at which that attempt began to write. */
  attemptFrom: number | null;
  closes: boolean;
  value: string | null;
}

export interface Audit {
  ownership: OwnershipRow[];
  checkpoints: CheckpointRow[];
  permits: PermitRow[];
  /** Rows of operation_outputs, or of streams, that were changed or deleted; messages that were taken twice. */
  rewritten: string[];
  runs: RunRow[];
  messages: MessageRow[];
  /** Every one that was set. */
  events: EventRow[];
  chunks: ChunkRow[];
  /** Waits that are left: `run kind name`. */
  waits: Array<{ run: string; kind: string; name: string }>;
  executors: Array<{ executor: string; pid: number; retiredAt: number | null }>;
}

export async function installAudit(pool: pg.Pool, s: string): Promise<void> {
  await pool.query(`
    create table ${s}.audit_ownership (id bigserial, at timestamptz default clock_timestamp(), run uuid, workflow text, status text, owner uuid, token uuid);
    create table ${s}.audit_checkpoint (id bigserial, at timestamptz default clock_timestamp(), run uuid, ordinal int, kind text, name text,
      output text, error text, token uuid, wake_at timestamptz);
    create table ${s}.audit_permit (id bigserial, at timestamptz default clock_timestamp(), run uuid, queue text, partition text, permit bool);
    create table ${s}.audit_rewritten (what text);
    create function ${s}.audit_run() returns trigger language plpgsql set search_path = ${s} as $$ begin
      insert into audit_ownership (run, workflow, status, owner, token)
      values (new.workflow_id, new.name, new.status, new.claimed_by, new.claim_token);
      return null; end $$;
    create function ${s}.audit_permits() returns trigger language plpgsql set search_path = ${s} as $$ begin
      insert into audit_permit (run, queue, partition, permit) values (new.workflow_id, new.queue, new.partition_key, new.permit);
      return null; end $$;
    create function ${s}.audit_operation() returns trigger language plpgsql set search_path = ${s} as $$ begin
      if tg_op = 'INSERT' then
        insert into audit_checkpoint (run, ordinal, kind, name, output, error, token, wake_at)
        select new.workflow_id, new.ordinal, new.kind, new.name, new.output, new.error,
          (select claim_token from workflow_status r where r.workflow_id = new.workflow_id),
          (select wake_at from waits w where w.workflow_id = new.workflow_id and w.ordinal = new.ordinal and w.kind = new.kind);
      else
        insert into audit_rewritten values (format('%s %s of run %s', tg_op, old.ordinal, old.workflow_id));
      end if;
      return null; end $$;
    create trigger audit_run after insert or update of status, claimed_by, claim_token on ${s}.workflow_status for each row execute function ${s}.audit_run();
    create trigger audit_first_permit after insert on ${s}.workflow_status for each row when (new.permit) execute function ${s}.audit_permits();
    create trigger audit_permit after update of permit on ${s}.workflow_status for each row
      when (old.permit is distinct from new.permit) execute function ${s}.audit_permits();
    create trigger audit_operation after insert or update or delete on ${s}.operation_outputs for each row execute function ${s}.audit_operation();`);
}

const ms = (column: string) => `extract(epoch from ${column})::float8 * 1000`;

export async function readAudit(pool: pg.Pool): Promise<Audit> {
  const rows = async <R extends pg.QueryResultRow>(sql: string): Promise<R[]> => (await pool.query<R>(sql)).rows;
  return {
    ownership: await rows(`select ${ms('at')} "at", run, workflow, status, owner, token from audit_ownership order by id`),
    checkpoints: await rows(
      `select ${ms('at')} "at", run, ordinal, kind, name, output, error, token, ${ms('wake_at')} "wakeAt"
       from audit_checkpoint order by id`,
    ),
    permits: await rows(`select ${ms('at')} "at", run, queue, partition, permit from audit_permit order by id`),
    rewritten: (await rows<{ what: string }>('select what from audit_rewritten')).map((row) => row.what),
    runs: await rows(
      'select workflow_id run, name workflow, status, parent_id parent, input, output, error from workflow_status',
    ),
    messages: await rows('select workflow_id run, topic, payload, taken_by "takenBy" from notifications order by message_id'),
    events: await rows('select workflow_id run, ordinal, key, value from workflow_events_history order by workflow_id, ordinal'),
    chunks: await rows(
      `select workflow_id run, stream, chunk_offset "offset", ordinal, attempt, attempt_from "attemptFrom", closes, value
       from streams
       order by workflow_id, stream, chunk_offset`,
    ),
    waits: await rows('select workflow_id run, kind, name from waits'),
    executors: await rows(`select executor_id executor, pid, ${ms('retired_at')} "retiredAt" from executors`),
  };
}
