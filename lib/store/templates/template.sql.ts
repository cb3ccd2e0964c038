// Templates of arguments: versions that are added, read, made obsolete and deleted, never changed. Each write with its line in the audit log.

const SUMMARY = `t.workflow, t.name, t.version, t.status, t.description, t.created_by "createdBy", t.created_at "createdAt"`;
const COLUMNS = `${SUMMARY}, t.schema, t.defaults, t.ui`;

/**
 * The next version of a name. Locks: the name's row in param_versions, until the end: whoever comes meanwhile gets the one after. No number is
 * used twice, not even one that was deleted.
 */
export const insertTemplate = (s: string) => `/* template.insert */
with numbered as (
  insert into ${s}.param_versions as v (workflow, name, last_version) values ($1, $2, 1)
  on conflict (workflow, name) do update set last_version = v.last_version + 1
  returning last_version
), saved as (
  insert into ${s}.param_templates (workflow, name, version, schema, defaults, ui, description, created_by)
  select $1, $2, n.last_version, $3::json, $4::json, $5::json, $6, $7 from numbered n
  returning *
), audited as (
  insert into ${s}.audit_log (actor, action, reason, request_id, after)
  select $7, $9, $8, $11, jsonb_build_object('workflow', t.workflow, 'template', t.name, 'version', t.version) || $10::jsonb from saved t
)
select ${COLUMNS} from saved t`;

/** Without a version ($3 null) the highest active one, else that one whatever its status. Primary key. */
export const findTemplate = (s: string) => `/* template.find */
select ${COLUMNS} from ${s}.param_templates t
where t.workflow = $1 and t.name = $2 and (t.version = $3::int or $3::int is null and t.status = 'active')
order by t.version desc limit 1`;

/** For "did you mean". Primary key. */
export const listTemplateNames = (s: string) => `/* template.listNames */
select distinct t.name from ${s}.param_templates t where t.workflow = $1 limit $2`;

/** By workflow, name and version; keyset paging on these, the primary key. $4: only the highest version of those with that status. */
export const listTemplates = (s: string) => `/* template.list */
select ${SUMMARY} from ${s}.param_templates t
where ($1::text is null or t.workflow = $1) and ($2::text is null or t.name = $2) and ($3::text is null or t.status = $3)
  and ($4::bool is not true or not exists (select from ${s}.param_templates o
    where o.workflow = t.workflow and o.name = t.name and o.version > t.version and ($3::text is null or o.status = $3)))
  and ($5::text is null or (t.workflow, t.name, t.version) > ($5, $6::text, $7::int))
order by t.workflow, t.name, t.version limit $8`;

/** No row: there is no such version. Locks: its row. */
export const setTemplateStatus = (s: string) => `/* template.setStatus */
with found as (
  select t.workflow, t.name, t.version, t.status from ${s}.param_templates t
  where t.workflow = $1 and t.name = $2 and t.version = $3 for update
), changed as (
  update ${s}.param_templates t set status = $4 from found f
  where t.workflow = f.workflow and t.name = f.name and t.version = f.version and f.status <> $4
  returning t.version
), audited as (
  insert into ${s}.audit_log (actor, action, reason, request_id, before, after)
  select $5, 'TEMPLATE_STATUS', $6, $7,
         jsonb_build_object('workflow', f.workflow, 'template', f.name, 'version', f.version, 'status', f.status),
         jsonb_build_object('status', $4::text)
  from found f join changed c on c.version = f.version
)
select exists (select from changed) changed from found`;

/** All versions, or one. Locks: their rows. */
export const deleteTemplates = (s: string) => `/* template.delete */
with gone as (
  delete from ${s}.param_templates t where t.workflow = $1 and t.name = $2 and ($3::int is null or t.version = $3::int)
  returning t.version
), audited as (
  insert into ${s}.audit_log (actor, action, reason, request_id, before)
  select $4, 'TEMPLATE_DELETE', $5, $6,
         jsonb_build_object('workflow', $1::text, 'template', $2::text, 'versions', (select jsonb_agg(g.version order by g.version) from gone g))
  where exists (select from gone)
)
select count(*)::int deleted from gone`;
