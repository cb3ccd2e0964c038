// Inserting, reading and ending runs.

/** A run without its payloads. */
export const SUMMARY_COLUMNS = `r.workflow_id "runId", r.name "workflowName", r.queue, r.status, r.priority, r.partition_key "partitionKey",
  r.deduplication_id "deduplicationId", r.external_id "externalId", r.parent_id "parentId",
  r.attributes,
  r.timeout_ms "timeoutMs", r.deadline_at "deadlineAt", r.wake_at "wakeAt", r.claimed_by "claimedBy",
  r.recovery_attempts "recoveryAttempts", r.max_recovery_attempts "maxRecoveryAttempts",
  r.created_at "createdAt", r.started_at "startedAt", r.completed_at "completedAt", r.legal_hold "legalHold", r.permit "hasPermit"`;

const COLUMNS = `${SUMMARY_COLUMNS}, r.input, r.output, r.error`;

/** `source`: of u (run, name, queue, priority, external_id, attributes, input, timeout_ms, max_recovery, delay, partition_key). */
export const insertRunsFrom = (s: string, source: string) => `
insert into ${s}.workflow_status (workflow_id, name, queue, status, priority, external_id, attributes, input, timeout_ms,
                                  max_recovery_attempts, wake_at, partition_key)
select u.run, u.name, u.queue, case when u.delay > 0 then 'DELAYED' else 'ENQUEUED' end, u.priority, u.external_id, u.attributes::jsonb,
       u.input, u.timeout_ms, u.max_recovery, case when u.delay > 0 then clock_timestamp() + u.delay * interval '1 ms' end, u.partition_key
from ${source}
on conflict (workflow_id) do nothing`;

/** Batch insert of runs with generated ids; gives those that a maintenance refuses. See start_runs in migrations/0009-maintenance.ts. */
export const insertRuns = (s: string) => `/* run.insertMany */
select refused "runId", maintenance from ${s}.start_runs($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[],
  $8::float8[], $9::int[], $10::float8[], $11::text[], $12::bool[])`;

const WITH_IDS = `($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[],
  $8::float8[], $9::int[], $10::float8[], $11::text[], $12::text[], $13::uuid[], $14::bool[], $15::bool[])`;

/** Under ids of the callers' choice; waits at most 250 ms for an open transaction on the same id (55P03). See 0003-ownership.ts. */
export const insertRunsWithIds = (s: string) => `/* run.insertWithIds */
select workflow_id "runId", holder, maintenance from ${s}.start_with_ids${WITH_IDS}`;

/** The same in a transaction of the caller's, where it waits as long as that would. */
export const insertRunsWithIdsWithin = (s: string) => `/* run.insertWithIdsWithin */
select workflow_id "runId", holder, maintenance from ${s}.insert_with_ids${WITH_IDS}`;

/** The number of the parameter after those. */
const AUDITS = WITH_IDS.split('$').length;

/**
 * As insertRunsWithIds, with who starts the runs, and for those that have a provenance where their arguments come from, of those that this call
 * inserted: in one statement, so in one transaction, whoever it belongs to.
 */
const withAudit = (s: string, told: string) => `
with told as materialized (
  select workflow_id, holder, maintenance from ${s}.${told}${WITH_IDS}
), started as (
  select t.workflow_id, p.* from told t
  join json_to_recordset($${AUDITS}::json) p (run uuid, name text, queue text, actor text, reason text, request text, origin jsonb)
    on p.run = t.workflow_id
  where t.holder is null and t.maintenance is null
), kept as (
  insert into ${s}.run_provenance (workflow_id, template_workflow, template, version, enums, overrides, actor)
  select p.workflow_id, p.origin ->> 'workflow', p.origin ->> 'template', (p.origin ->> 'version')::int, p.origin -> 'enums',
         array(select jsonb_array_elements_text(p.origin -> 'overrides')), p.actor
  from started p where p.origin is not null
), audited as (
  insert into ${s}.audit_log (actor, action, workflow_id, reason, request_id, after)
  select p.actor, case when p.origin is null then 'START' else 'START_WITH_TEMPLATE' end, p.workflow_id, p.reason, p.request,
         coalesce(p.origin - 'actor', jsonb_build_object('workflow', p.name, 'queue', p.queue))
  from started p
)
select workflow_id "runId", holder, maintenance from told`;

export const insertAuditedRuns = (s: string) => `/* run.insertAudited */${withAudit(s, 'start_with_ids')}`;

export const insertAuditedRunsWithin = (s: string) => `/* run.insertAuditedWithin */${withAudit(s, 'insert_with_ids')}`;

/** One run with where its arguments came from. Payloads of more than $2 bytes (null: any) come without their text. Primary keys. */
export const findProvenRun = (s: string) => `/* run.findProven */
select ${SUMMARY_COLUMNS}, case when octet_length(r.input) > $2::int then null else r.input end input, octet_length(r.input) "inputBytes",
  case when octet_length(r.output) > $2::int then null else r.output end output, octet_length(r.output) "outputBytes", r.error, p.provenance
from ${s}.workflow_status r left join lateral (
  select jsonb_build_object('workflow', p.template_workflow, 'template', p.template, 'version', p.version, 'enums', p.enums,
                            'overrides', to_jsonb(p.overrides), 'actor', p.actor) provenance
  from ${s}.run_provenance p where p.workflow_id = r.workflow_id limit 1
) p on true
where r.workflow_id = $1::uuid`;

export const findRuns = (s: string) => `/* run.findMany */
select ${COLUMNS} from ${s}.workflow_status r where r.workflow_id = any ($1::uuid[])`;

/** Of the given runs those that are over, with what a waiter needs, and those that do not exist, without. */
export const findOutcomes = (s: string) => `/* run.findOutcomes */
select u.run "runId", r.status, r.output, r.error from unnest($1::uuid[]) u (run)
left join lateral (select r.status, r.output, r.error, r.completed_at from ${s}.workflow_status r where r.workflow_id = u.run limit 1) r on true
where r.status is null or r.completed_at is not null`;

export const debounceRun = (s: string) => `/* run.debounce */
select holder "runId", maintenance from ${s}.start_debounced($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;

/** Undefined when it began meanwhile: nobody who is claimed is waited for. With the audit, if it changes anything. Locks: the run. */
export const setPriority = (s: string) => `/* run.setPriority */
with found as (
  select r.workflow_id, r.priority from ${s}.workflow_status r
  where r.workflow_id = $1 and r.status in ('ENQUEUED','DELAYED') and not r.permit for no key update
), changed as (
  update ${s}.workflow_status r set priority = $2 from found f where r.workflow_id = f.workflow_id and f.priority <> $2
  returning r.workflow_id, f.priority before
), audited as (
  insert into ${s}.audit_log (actor, action, workflow_id, reason, request_id, before, after)
  select $3, 'PRIORITY', c.workflow_id, $4, $5, jsonb_build_object('priority', c.before), jsonb_build_object('priority', $2::int) from changed c
)
select f.workflow_id "runId" from found f`;

/** See cancel_run in migrations/0003-ownership.ts. */
export const cancelRun = (s: string) => `/* run.cancel */
select status_now "status", changed from ${s}.cancel_run($1, $2, $3, $4, $5, $6, $7)`;

/** See expire_runs in migrations/0008-commands.ts. $1: the error of a timeout; $2: that of a stop that took too long. */
export const expireUnownedRuns = (s: string) => `/* run.expire */
select unnest(${s}.expire_runs($1, $2, $3)) "runId"`;

export const listOverdueOwnedRuns = (s: string) => `/* run.listOverdue */
select r.workflow_id "runId", coalesce(r.stop_by <= r.deadline_at, false) "isStopping" from ${s}.workflow_status r
where r.deadline_at is not null and r.completed_at is null and r.deadline_at < now() - $1 * interval '1 ms'
  and r.status in ('PENDING','RUNNING','STOPPING')
order by r.deadline_at limit 100`;

/** Children of a run, and theirs, that are not over; detached ones are nobody's. Read-only, index workflow_status_parent. */
export const listLiveDescendants = (s: string) => `/* run.listLiveDescendants */
with recursive family as (
  select c.workflow_id, c.completed_at from ${s}.workflow_status c where c.parent_id = $1 and not c.detached
  union all
  select c.workflow_id, c.completed_at from family f join ${s}.workflow_status c on c.parent_id = f.workflow_id where not c.detached
)
select workflow_id "runId" from family where completed_at is null limit $2`;
