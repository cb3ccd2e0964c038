// Bulk jobs: one action of an operator on all runs that a filter matches.
//
// A job is worked off page by page. The ids of a page are in its row before the first of them is touched, and what became of them is written
// by the statement that puts the next page there: so whoever takes the job over knows which runs may have been touched already, and counts
// each of them once. Only its owner writes to it (`owner`, an executor). An owner without a lease row is dead: anybody may take the job over,
// and what the old one still writes is refused.
//
// Locks: the job's row, and nothing after it.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class BulkJobs1763700000012 extends WorkflowsMigration {
  readonly version = 12;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`
create table ${s}.bulk_jobs (
  job_id          uuid primary key,
  idempotency_key text unique,
  status          text not null default 'QUEUED' check (status in ('QUEUED','RUNNING','DONE','FAILED','CANCELLED')),
  action          text not null,
  shown_action    jsonb not null,
  filter          text not null,
  expected        integer not null,
  expected_capped boolean not null,
  matched         bigint not null default 0,
  done            bigint not null default 0,
  refused         bigint not null default 0,
  failed          bigint not null default 0,
  refusals        jsonb not null default '[]',
  actor           text not null,
  reason          text,
  request_id      text,
  owner           uuid,
  page            uuid[],
  next_page       text,
  searched        boolean not null default false,
  turn            integer not null default 0,
  cancelled_by    text,
  cancel_reason   text,
  cancel_request  text,
  error_code      text,
  error_message   text,
  created_at      timestamptz not null default clock_timestamp(),
  started_at      timestamptz,
  completed_at    timestamptz
) with (fillfactor = 70)`);
    await queryRunner.query(`create index bulk_jobs_open on ${s}.bulk_jobs (created_at) where status in ('QUEUED','RUNNING')`);
    await queryRunner.query(`create index bulk_jobs_created on ${s}.bulk_jobs (created_at, job_id)`);
    // With the audit. The same id or key again changes nothing, and gives what is there.
    await queryRunner.query(`
create function ${s}.create_bulk_job(job uuid, its_key text, its_action text, its_filter text, shown_action jsonb, count_expected int,
                                     is_capped boolean, who text, why text, request text) returns setof ${s}.bulk_jobs
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
begin
  insert into bulk_jobs (job_id, idempotency_key, action, shown_action, filter, expected, expected_capped, actor, reason, request_id)
  values (job, its_key, its_action, shown_action, its_filter, count_expected, is_capped, who, why, request) on conflict do nothing;
  if found then
    insert into audit_log (actor, action, reason, request_id, after)
    values (who, 'BULK_START', why, request, jsonb_build_object('job', job, 'action', shown_action, 'filter', its_filter::jsonb,
            'expected', count_expected, 'capped', is_capped));
  end if;
  return query select b.* from bulk_jobs b where b.job_id = job or b.idempotency_key = its_key;
end $$`);
    // The end of a job, with the audit: by its own actor, or by whoever cancelled it. The caller has locked the row.
    await queryRunner.query(`
create function ${s}.end_bulk_job(job uuid, final text, code text, message text) returns void
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare was text; j bulk_jobs;
begin
  select b.status into was from bulk_jobs b where b.job_id = job;
  update bulk_jobs b set status = final, completed_at = clock_timestamp(), owner = null, page = null, error_code = code, error_message = message
  where b.job_id = job returning * into j;
  insert into audit_log (actor, action, reason, request_id, before, after)
  values (case when final = 'CANCELLED' then coalesce(j.cancelled_by, j.actor) else j.actor end, 'BULK_END',
          case when final = 'CANCELLED' then j.cancel_reason else j.reason end,
          case when final = 'CANCELLED' then j.cancel_request else j.request_id end, jsonb_build_object('status', was),
          jsonb_build_object('job', job, 'status', final, 'matched', j.matched, 'done', j.done, 'refused', j.refused, 'failed', j.failed,
                             'error', code));
end $$`);
    // Null: there is no such job; false: it is over. One that somebody works at ends after the page under way, by its owner.
    await queryRunner.query(`
create function ${s}.cancel_bulk_job(job uuid, who text, why text, request text) returns boolean
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare j bulk_jobs;
begin
  select * into j from bulk_jobs b where b.job_id = job for update;
  if not found then return null; end if;
  if j.completed_at is not null then return false; end if;
  if j.cancelled_by is not null then return true; end if;
  update bulk_jobs b set cancelled_by = who, cancel_reason = why, cancel_request = request where b.job_id = job;
  insert into audit_log (actor, action, reason, request_id, before, after)
  values (who, 'BULK_CANCEL', why, request, jsonb_build_object('status', j.status), jsonb_build_object('job', job));
  -- nobody has begun: what is under way has a page, and whoever takes that over knows what became of it
  if j.page is null and (select true from executor_leases l where l.executor_id = j.owner) is null then
    perform end_bulk_job(job, 'CANCELLED', null, null);
  end if;
  return true;
end $$`);
    // The oldest job that nobody works at, now this executor's. \`here\`: those that this process works at. No row: there is none.
    await queryRunner.query(`
create function ${s}.claim_bulk_job(me uuid, here uuid[]) returns setof ${s}.bulk_jobs
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare free uuid;
begin
  select b.job_id into free from bulk_jobs b
  where b.status in ('QUEUED', 'RUNNING') and b.job_id <> all (here)
    and (b.owner is null or b.owner = me or (select true from executor_leases l where l.executor_id = b.owner limit 1) is null)
  order by b.created_at limit 1 for update skip locked;
  if free is null then return; end if;
  return query update bulk_jobs b set owner = me, status = 'RUNNING', started_at = coalesce(b.started_at, clock_timestamp())
    where b.job_id = free returning b.*;
end $$`);
    // What became of the page under way, and the page that comes next, in one write: of the owner alone, and once, however often it is sent
    // (\`of_turn\`). Null: this one is the owner no more; else whether the job is cancelled: then there is no next page.
    await queryRunner.query(`
create function ${s}.turn_bulk_page(job uuid, me uuid, of_turn int, tally jsonb, new_page uuid[], after_it text, is_last boolean)
returns boolean
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare j bulk_jobs;
begin
  select * into j from bulk_jobs b where b.job_id = job and b.owner = me and b.status = 'RUNNING' for update;
  if not found then return null; end if;
  -- this call's first copy, whose answer was lost
  if j.turn > of_turn then return j.cancelled_by is not null and j.page is null; end if;
  perform count_bulk_page(job, tally);
  if j.cancelled_by is not null then
    update bulk_jobs b set turn = of_turn + 1, page = null where b.job_id = job;
    return true;
  end if;
  update bulk_jobs b set turn = of_turn + 1, page = new_page, matched = b.matched + coalesce(cardinality(new_page), 0),
    next_page = after_it, searched = is_last
  where b.job_id = job;
  return false;
end $$`);
    await queryRunner.query(`
create function ${s}.count_bulk_page(job uuid, tally jsonb) returns void
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
begin
  update bulk_jobs b set done = b.done + (tally ->> 'done')::bigint, refused = b.refused + (tally ->> 'refused')::bigint,
    failed = b.failed + (tally ->> 'failed')::bigint,
    refusals = (select coalesce(jsonb_agg(x.e order by x.i) filter (where x.i <= 20), '[]')
                from jsonb_array_elements(b.refusals || (tally -> 'refusals')) with ordinality x (e, i))
  where b.job_id = job;
end $$`);
    // With what became of its last page. False: it is not this executor's any more.
    await queryRunner.query(`
create function ${s}.finish_bulk_job(job uuid, me uuid, tally jsonb, final text, code text, message text) returns boolean
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
begin
  perform from bulk_jobs b where b.job_id = job and b.owner = me and b.status = 'RUNNING' for update;
  if not found then return false; end if;
  perform count_bulk_page(job, tally);
  perform end_bulk_job(job, final, code, message);
  return true;
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    const names = ['finish_bulk_job', 'turn_bulk_page', 'count_bulk_page', 'claim_bulk_job', 'cancel_bulk_job', 'end_bulk_job'];
    for (const name of [...names, 'create_bulk_job']) await queryRunner.query(`drop function ${s}.${name}`);
    await queryRunner.query(`drop table ${s}.bulk_jobs`);
  }
}
