// A message that somebody answers for: sent, and written to the audit log, by one statement.

/** See send_messages in migrations/0005-waking.ts. One whose key is known was written to the log when it came first. */
export const insertAudited = (s: string) => `/* message.insertAudited */
with sent as materialized (
  select m.verdicts, m.woken, m.left_pending
  from ${s}.send_messages(array[$1::uuid], array[$2::text], array[$3::text], array[$4::text], $5::boolean) m
), audited as (
  insert into ${s}.audit_log (actor, action, workflow_id, reason, request_id, after)
  select $6::text, 'SEND', $1::uuid, $7::text, $8::text, jsonb_build_object('topic', $2::text) from sent t where t.verdicts[1] = 'SENT'
)
select t.verdicts, t.woken, t.left_pending from sent t`;
