// Enums that templates refer to: versions that are added, read, made obsolete and deleted, never changed. Each write with its line in the audit
// log.

const COLUMNS = `e.name, e.version, e.status, e.enum_values "values", e.description, e.created_by "createdBy", e.created_at "createdAt"`;

/** The next version of a name. Locks: the name's row in param_versions, as template.insert. */
export const insertEnum = (s: string) => `/* enum.insert */
with numbered as (
  insert into ${s}.param_versions as v (workflow, name, last_version) values ('', $1, 1)
  on conflict (workflow, name) do update set last_version = v.last_version + 1
  returning last_version
), saved as (
  insert into ${s}.param_enums (name, version, enum_values, description, created_by)
  select $1, n.last_version, $2::json, $3, $4 from numbered n
  returning *
), audited as (
  insert into ${s}.audit_log (actor, action, reason, request_id, after)
  select $4, 'ENUM_SAVE', $5, $6, jsonb_build_object('enum', e.name, 'version', e.version) from saved e
)
select ${COLUMNS} from saved e`;

/** Of each pair: without a version the highest active one, else that one whatever its status. Primary key. */
export const findEnums = (s: string) => `/* enum.findMany */
select e.* from unnest($1::text[], $2::int[]) u (name, version)
cross join lateral (
  select ${COLUMNS} from ${s}.param_enums e
  where e.name = u.name and (e.version = u.version or u.version is null and e.status = 'active')
  order by e.version desc limit 1
) e`;

/** The highest active version that has just these values. Primary key. */
export const findEnumByValues = (s: string) => `/* enum.findByValues */
select ${COLUMNS} from ${s}.param_enums e
where e.name = $1 and e.status = 'active' and e.enum_values::jsonb = $2::jsonb order by e.version desc limit 1`;

/** For "did you mean". Primary key. */
export const listEnumNames = (s: string) => `/* enum.listNames */
select distinct e.name from ${s}.param_enums e limit $1`;

/** By name and version; keyset paging on these, the primary key. $3: only the highest version of those with that status. */
export const listEnums = (s: string) => `/* enum.list */
select e.name, e.version, e.status, json_array_length(e.enum_values) size, e.description, e.created_by "createdBy", e.created_at "createdAt"
from ${s}.param_enums e
where ($1::text is null or e.name = $1) and ($2::text is null or e.status = $2)
  and ($3::bool is not true or not exists (select from ${s}.param_enums o
    where o.name = e.name and o.version > e.version and ($2::text is null or o.status = $2)))
  and ($4::text is null or (e.name, e.version) > ($4, $5::int))
order by e.name, e.version limit $6`;

/** No row: there is no such version. Locks: its row. */
export const setEnumStatus = (s: string) => `/* enum.setStatus */
with found as (
  select e.name, e.version, e.status from ${s}.param_enums e where e.name = $1 and e.version = $2 for update
), changed as (
  update ${s}.param_enums e set status = $3 from found f
  where e.name = f.name and e.version = f.version and f.status <> $3
  returning e.version
), audited as (
  insert into ${s}.audit_log (actor, action, reason, request_id, before, after)
  select $4, 'ENUM_STATUS', $5, $6, jsonb_build_object('enum', f.name, 'version', f.version, 'status', f.status),
         jsonb_build_object('status', $3::text)
  from found f join changed c on c.version = f.version
)
select exists (select from changed) changed from found`;

/** All versions, or one. Locks: their rows. */
export const deleteEnums = (s: string) => `/* enum.delete */
with gone as (
  delete from ${s}.param_enums e where e.name = $1 and ($2::int is null or e.version = $2::int) returning e.version
), audited as (
  insert into ${s}.audit_log (actor, action, reason, request_id, before)
  select $3, 'ENUM_DELETE', $4, $5,
         jsonb_build_object('enum', $1::text, 'versions', (select jsonb_agg(g.version order by g.version) from gone g))
  where exists (select from gone)
)
select count(*)::int deleted from gone`;
