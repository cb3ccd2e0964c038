// Commands of operators, as decided and recorded: see migrations/0008-commands.ts.

/** Decides under the lock of the run. A null state: there is no such run. 55P03: somebody holds the run's row for long, try again. */
export const sendCommand = (s: string) => `/* command.insert */
select command_id::text "commandId", state, outcome, status_now "statusNow", mailed
from ${s}.send_command($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

/** Newest first, by the primary key. */
export const listCommands = (s: string) => `/* command.list */
select c.command_id::text "commandId", c.command, c.reason, c.actor, c.request_id "requestId", c.data, c.state, c.outcome,
  c.received_at "receivedAt", c.settled_at "settledAt"
from ${s}.commands c where c.workflow_id = $1 and ($2::bigint is null or c.command_id < $2) order by c.command_id desc limit $3`;

/** What decides about commands to a run. Read-only, primary key. */
export const findCommandState = (s: string) => `/* command.findState */
select r.status, r.stop is not null "isStopping", r.command ->> 'name' pending, r.permit and r.completed_at is not null "isBusy"
from ${s}.workflow_status r where r.workflow_id = $1`;
