// Commands of operators, as decided and recorded: see migrations/0008-commands.ts.
import { payload, shownBytes, withinBytes } from '../history/bounded-page.sql.js';

/** Decides under the lock of the run. A null state: there is no such run. 55P03: somebody holds the run's row for long, try again. */
export const sendCommand = (s: string) => `/* command.insert */
select command_id::text "commandId", state, outcome, status_now "statusNow", mailed
from ${s}.send_command($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

/** Of run $1 those that came before $2, newest first, at most $3, with data of up to $4 bytes. By the primary key. */
export const listCommands = (s: string) => `/* command.list */
select c.* from (${withinBytes(
  `
  select c.command_id::text "commandId", c.command, c.reason, c.actor, c.request_id "requestId", ${payload('c.data', '$4', 'data')}, c.state,
    c.outcome, c.received_at "receivedAt", c.settled_at "settledAt", c.command_id place, ${shownBytes('c.data', '$4')} bytes
  from ${s}.commands c where c.workflow_id = $1 and ($2::bigint is null or c.command_id < $2) order by c.command_id desc limit $3`,
  'desc',
)}
) c order by c.place desc`;

/** What decides about commands to a run. Read-only, primary key. */
export const findCommandState = (s: string) => `/* command.findState */
select r.status, r.stop is not null "isStopping", r.command ->> 'name' pending, r.permit and r.completed_at is not null "isBusy",
  r.cooperative and (r.started_at is not null or r.permit) "isCooperative"
from ${s}.workflow_status r where r.workflow_id = $1`;
