// Commands of operators, as stored.
import type { DoneBy } from '../../model/audit.js';
import type { CommandOutcome, CommandState } from '../../model/command-rules.js';
import type { RunStatus } from '../../model/run.js';
import type { Database, Row } from '../database.js';
import { type BoundedPage, boundedPage } from '../history/bounded-page.js';
import * as sql from './command.sql.js';

export interface NewCommand extends DoneBy {
  runId: string;
  command: string;
  /** Serialised. */
  data: string | null;
  /** How a run that is stopped by this ends: stored error text. */
  stopError: string | null;
  /** For winding down, in ms; null: what its workflow says. */
  stopLimitMs: number | null;
  /** RESET: not from what it has recorded. */
  anew: boolean;
  /** A uuid that makes it safe to repeat the call. */
  key: string;
}

export interface CommandVerdict {
  commandId: string;
  /** Of the run, when it came: its status, or STOPPING. */
  state: RunStatus;
  /** Null: the run's executor has yet to apply it. */
  outcome: CommandOutcome | null;
  statusNow: RunStatus;
  /** It lies in the run's mailbox: its own code handles it. */
  mailed: boolean;
}

export interface StoredCommand extends DoneBy {
  commandId: string;
  command: string;
  data: string | null;
  dataBytes: number | null;
  state: RunStatus;
  outcome: CommandOutcome | null;
  receivedAt: Date;
  settledAt: Date | null;
}

export class CommandStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** Undefined: there is no such run. Idempotent by `key`. Writes audit_log. @throws 55P03: try again */
  async insert(command: NewCommand): Promise<CommandVerdict | undefined> {
    const { runId, actor, reason, requestId, data, stopError, stopLimitMs, anew, key } = command;
    const values = [runId, command.command, actor, reason, data, stopError, stopLimitMs, anew, key, requestId];
    const [row] = await this.database.query<CommandVerdict & Row>(sql.sendCommand(this.#schema), values);
    return row === undefined || row.state === null ? undefined : row;
  }

  /** Newest first; `before`: those that came before that one. Data of more than `largest` bytes comes as null; null: none is left out. */
  list(runId: string, before: string | null, limit: number, largest: number | null): Promise<BoundedPage<StoredCommand>> {
    return boundedPage(this.database, sql.listCommands(this.#schema), limit, (rows) => [runId, before, rows, largest]);
  }

  async findState(runId: string): Promise<CommandState | undefined> {
    return (await this.database.query<CommandState & Row>(sql.findCommandState(this.#schema), [runId]))[0];
  }
}
