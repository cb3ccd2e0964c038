// The tables a run lives in, and those of the executors that run it. Called by lib/store/migrator.ts or by the host's own TypeORM.
// Immutable from the first release on. No triggers, no foreign keys: both cost a lock per checkpoint; every run-scoped key starts
// with workflow_id.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Runs1763700000001 extends WorkflowsMigration {
  readonly version = 1;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`
create table ${s}.workflow_status (
  workflow_id           uuid primary key,
  name                  text not null,
  queue                 text not null default 'default',
  status                text not null check (status in ('DELAYED','ENQUEUED','PENDING','RUNNING','WAITING','HELD','STOPPING',
                                                        'SUCCESS','ERROR','CANCELLED','STOPPED','DEAD')),
  priority              integer not null default 0,
  partition_key         text,
  permit                boolean not null default false,
  deduplication_id      text,
  debounce_until        timestamptz,
  external_id           text,
  parent_id             uuid,
  detached              boolean not null default false,
  attributes            jsonb,
  input                 text,
  first_ordinal         integer not null default 0,
  output                text,
  error                 text,
  timeout_ms            double precision check (timeout_ms between 0 and 3155760000000),
  deadline_at           timestamptz,
  wake_at               timestamptz,
  claimed_by            uuid,
  claim_token           uuid,
  claimed_at            timestamptz,
  recovery_attempts     integer not null default 0,
  recovery_mark         integer not null default 0,
  max_recovery_attempts integer not null default 50,
  created_at            timestamptz not null default clock_timestamp() check (isfinite(created_at)),
  started_at            timestamptz,
  completed_at          timestamptz,
  command               jsonb,
  commands_pending      boolean not null default false,
  cooperative           boolean not null default false,
  stop                  jsonb,
  resets                integer not null default 0,
  reset_frontier        integer,
  stop_by               timestamptz,
  held_at               timestamptz,
  end_pending           boolean not null default false,
  legal_hold            boolean not null default false
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)`);
    // Partial, and led by queue and name: a claim never walks over runs that nobody here can run, nor over those that wait for a permit.
    // A run that has begun keeps its permit, and is claimed as one that is due.
    await queryRunner.query(`create index workflow_status_ready on ${s}.workflow_status (queue, name, priority, created_at)
  where status = 'ENQUEUED' and not permit and partition_key is null`);
    await queryRunner.query(`create index workflow_status_ready_keyed on ${s}.workflow_status (queue, partition_key, name, priority, created_at)
  where status = 'ENQUEUED' and not permit and partition_key is not null`);
    await queryRunner.query(`create index workflow_status_due on ${s}.workflow_status (queue, name, wake_at)
  where permit and (status = 'WAITING' or status = 'ENQUEUED' and recovery_attempts < 2)`);
    // Not in a queue yet: delayed, or asleep without its permit.
    await queryRunner.query(`create index workflow_status_later on ${s}.workflow_status (wake_at)
  where not permit and status in ('DELAYED','WAITING')`);
    await queryRunner.query(`create index workflow_status_suspect on ${s}.workflow_status (queue, name, created_at)
  where permit and status = 'ENQUEUED' and recovery_attempts >= 2`);
    await queryRunner.query(`create index workflow_status_permit on ${s}.workflow_status (queue, partition_key) where permit`);
    // Cancelled, and its executor may still be at it.
    await queryRunner.query(`create index workflow_status_let_go on ${s}.workflow_status (claimed_by)
  where permit and completed_at is not null`);
    await queryRunner.query(`create index workflow_status_owned on ${s}.workflow_status (claimed_by)
  where status in ('PENDING','RUNNING','STOPPING')`);
    await queryRunner.query(`create index workflow_status_deadline on ${s}.workflow_status (deadline_at)
  where deadline_at is not null and completed_at is null`);
    await queryRunner.query(`create index workflow_status_parent on ${s}.workflow_status (parent_id, created_at, workflow_id)
  where parent_id is not null`);
    await queryRunner.query(`create index workflow_status_end_pending on ${s}.workflow_status (workflow_id) where end_pending`);
    // For lists, newest first. What an executor has in memory is found by workflow_status_owned, so a run is written here when it is enqueued
    // and when it is over, and not when it is claimed. Texts are compared byte by byte, as is cheapest.
    const LISTED = `status not in ('PENDING','RUNNING','STOPPING')`;
    await queryRunner.query(`create index workflow_status_listed on ${s}.workflow_status
  (status collate "C", name collate "C", created_at, workflow_id) where ${LISTED}`);
    await queryRunner.query(`create index workflow_status_partition on ${s}.workflow_status (partition_key, created_at, workflow_id)
  where partition_key is not null and ${LISTED}`);
    await queryRunner.query(`create index workflow_status_deduplication on ${s}.workflow_status (deduplication_id, created_at, workflow_id)
  where deduplication_id is not null and ${LISTED}`);
    await queryRunner.query(`create index workflow_status_attributes on ${s}.workflow_status using gin (attributes jsonb_path_ops)
  where attributes is not null`);
    // Whether some argument of a run contains that value; false for text that is damaged, which must not end a search.
    await queryRunner.query(`
create function ${s}.input_contains(input text, argument jsonb) returns boolean language plpgsql immutable as $$
begin
  return coalesce(input::jsonb @> jsonb_build_array(argument), false);
exception when data_exception or program_limit_exceeded then
  return false;
end $$`);
    await queryRunner.query(`
create function ${s}.error_code(error text) returns text language plpgsql immutable as $$
begin
  return error::jsonb ->> 'code';
exception when data_exception or program_limit_exceeded then
  return null;
end $$`);
    await queryRunner.query(`
create table ${s}.operation_outputs (
  workflow_id  uuid not null,
  ordinal      integer not null,
  seq          integer,
  kind         text not null,
  name         text not null,
  output       text,
  error        text,
  attempts     integer not null default 1,
  frontier     integer,
  started_at   timestamptz not null,
  completed_at timestamptz not null,
  primary key (workflow_id, ordinal)
) with (autovacuum_vacuum_insert_scale_factor = 0.1)`);
    await queryRunner.query(`
create table ${s}.operation_attempts (
  workflow_id  uuid not null,
  ordinal      integer not null,
  attempt      integer not null,
  name         text not null,
  error        text,
  started_at   timestamptz not null,
  completed_at timestamptz not null,
  primary key (workflow_id, ordinal, attempt)
)`);
    await queryRunner.query(`
create table ${s}.waits (
  workflow_id uuid not null,
  ordinal     integer not null,
  kind        text not null,
  name        text not null,
  attempt     integer not null default 0,
  source      uuid,
  source_key  text,
  wake_at     timestamptz,
  primary key (workflow_id, ordinal)
)`);
    // Who waits for that run.
    await queryRunner.query(`create index waits_source on ${s}.waits (source) where source is not null`);
    // Messages to runs. They stay after they were taken, so that an idempotency key is known as long as the run is.
    await queryRunner.query(`
create table ${s}.notifications (
  workflow_id uuid not null,
  message_id  bigint generated always as identity,
  message_key text not null,
  topic       text not null,
  payload     text,
  pending     boolean not null,
  taken_by    integer,
  taken_at    timestamptz,
  created_at  timestamptz not null default clock_timestamp(),
  primary key (workflow_id, message_key)
) with (fillfactor = 80)`);
    await queryRunner.query(`create index notifications_inbox on ${s}.notifications (workflow_id, topic, message_id)
  where taken_by is null`);
    await queryRunner.query(`create index notifications_pending on ${s}.notifications (workflow_id) where pending`);
    await queryRunner.query(`
create table ${s}.workflow_events (
  workflow_id uuid not null,
  key         text not null,
  value       text,
  ordinal     integer not null,
  updated_at  timestamptz not null default clock_timestamp(),
  primary key (workflow_id, key)
) with (fillfactor = 80)`);
    await queryRunner.query(`
create table ${s}.workflow_events_history (
  workflow_id uuid not null,
  ordinal     integer not null,
  key         text not null,
  value       text,
  created_at  timestamptz not null default clock_timestamp(),
  primary key (workflow_id, ordinal)
)`);
    await queryRunner.query(`
create table ${s}.streams (
  workflow_id  uuid not null,
  stream       text not null,
  chunk_offset integer not null,
  ordinal      integer,
  attempt      integer,
  attempt_from integer,
  body_base    integer not null,
  body_count   integer not null,
  closes       boolean not null default false,
  value        text,
  seq          integer,
  created_at   timestamptz not null default clock_timestamp(),
  primary key (workflow_id, stream, chunk_offset)
)`);
    await queryRunner.query(`
create table ${s}.executors (
  executor_id uuid primary key,
  alive       boolean not null,
  role        text not null,
  hostname    text not null,
  pid         integer not null,
  workflows   text[] not null,
  generation  bigint not null default 1,
  version     text,
  started_at  timestamptz not null default clock_timestamp(),
  retired_at  timestamptz,
  graceful    boolean,
  cleared_at  timestamptz
)`);
    await queryRunner.query(`
create table ${s}.executor_leases (
  executor_id      uuid primary key,
  lease_expires_at timestamptz not null,
  heard_epoch      bigint,
  in_memory_depth  integer not null default 0
) with (fillfactor = 50)`);
    await queryRunner.query(`
create table ${s}.audit_log (
  audit_id    bigint generated always as identity primary key,
  at          timestamptz not null default clock_timestamp(),
  actor       text not null,
  action      text not null,
  workflow_id uuid,
  reason      text,
  request_id  text,
  before      jsonb,
  after       jsonb
)`);
    // Written seldom, so each filter of its reader has an index, in the order of its pages.
    await queryRunner.query(
      `create index audit_log_run on ${s}.audit_log (workflow_id, at, audit_id) where workflow_id is not null`,
    );
    await queryRunner.query(
      `create index audit_log_request on ${s}.audit_log (request_id, at, audit_id) where request_id is not null`,
    );
    await queryRunner.query(`create index audit_log_actor on ${s}.audit_log (actor, at, audit_id)`);
    await queryRunner.query(`create index audit_log_action on ${s}.audit_log (action, at, audit_id)`);
    await queryRunner.query(`create index audit_log_actor_action on ${s}.audit_log (actor, action, at, audit_id)`);
    // Of every line. Only who asks for that in these words gets it: for one actor the planner would walk over all that others did.
    await queryRunner.query(`create index audit_log_at on ${s}.audit_log (at, audit_id) where audit_id > 0`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`drop function ${s}.error_code(text), ${s}.input_contains(text, jsonb)`);
    await queryRunner.query(`drop table ${s}.audit_log, ${s}.executor_leases, ${s}.executors, ${s}.streams,
  ${s}.workflow_events_history, ${s}.workflow_events, ${s}.notifications, ${s}.waits, ${s}.operation_attempts, ${s}.operation_outputs, ${s}.workflow_status`);
  }
}
