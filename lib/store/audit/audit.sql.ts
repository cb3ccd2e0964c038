// The audit log, newest first: keyset paging on (at, audit_id), in which all its indexes are ordered. Planned at each call: what is not asked
// for is no condition then. Called by the audit store alone.

export type AuditColumn = 'workflow_id' | 'request_id' | 'actor' | 'action';

/** Parameters: $1, $2 from and before; $3, $4 behind that line; $5 how far to walk; from $6 on the values of `lead`, then of `rest`. */
const FIRST_VALUE = 6;

const EXACT = `to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') "atExact"`;
const NEWEST_FIRST = 'order by a.at desc, a.audit_id desc';

const equal = (columns: readonly AuditColumn[], first: number) => columns.map((column, i) => `a.${column} = $${first + i}`);

/** In the words of the index audit_log_at, which only whoever wants all lines may use. */
const ALL_LINES = 'a.audit_id > 0';

/** All lines that `lead` finds, in the order of its index. */
const walk = (s: string, lead: readonly AuditColumn[]) => `from ${s}.audit_log a
where ${lead.length === 0 ? ALL_LINES : equal(lead, FIRST_VALUE).join(' and ')}
  and ($1::timestamptz is null or a.at >= $1) and ($2::timestamptz is null or a.at < $2)
  and ($3::timestamptz is null or (a.at, a.audit_id) < ($3, $4::bigint))
${NEWEST_FIRST}`;

/** Of the first $5 lines of that walk those that are as `rest` says, so many (the last parameter). Read-only. */
export const listEntries = (s: string, lead: readonly AuditColumn[], rest: readonly AuditColumn[]) => `/* audit.list */
select a.audit_id::text "auditId", a.at, a.actor, a.action, a.workflow_id "runId", a.reason, a.request_id "requestId", a.before, a.after, ${EXACT}
from (select a.* ${walk(s, lead)} limit $5) a
where ${['true', ...equal(rest, FIRST_VALUE + lead.length)].join(' and ')}
${NEWEST_FIRST} limit $${FIRST_VALUE + lead.length + rest.length}`;

/** The last of the first $5 lines of that walk; no row: there are less. Read-only. */
export const findEnd = (s: string, lead: readonly AuditColumn[]) => `/* audit.findEnd */
select a.audit_id::text "auditId", ${EXACT} ${walk(s, lead)} offset $5::int - 1 limit 1`;
