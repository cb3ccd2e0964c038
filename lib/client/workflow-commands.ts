// Commands to many runs at once, and what became of those that a run was sent. `workflows.commands`.
import { describeValue } from '../kernel/describe-value.js';
import { runIdOf } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { type CommandOptions, resolveCommand } from '../operations/commands/command-options.js';
import type { CommandReceipt, RunCommander, SentCommand } from '../operations/commands/run-commander.js';
import { invalidOperatorOption } from '../operations/operator-action.js';
import type { ListRunsFilter, RunReader } from './run-reader.js';

export interface BulkCommandOptions extends CommandOptions {
  /** Only count the runs that the filter matches now. Default false. */
  dryRun?: boolean;
}

export interface BulkCommandResult {
  /** Runs that the filter matched. */
  matched: number;
  /** Those that took the command. 0 of a dry run. */
  sent: number;
  /** Those that are in a state in which they can't. */
  rejected: number;
}

export interface ListCommandsOptions {
  /** Those that came before this one. Default: from the newest. */
  before?: string;
  /** Whole number from 1 to 1,000. Default 100. */
  limit?: number;
}

const PAGE = 500;
const MOST_LISTED = 1_000;
const AT_ONCE = 8;

export class WorkflowCommands {
  readonly #commander: RunCommander;
  readonly #reader: RunReader;

  /** @internal Made by WorkflowsModule. */
  constructor(commander: RunCommander, reader: RunReader) {
    this.#commander = commander;
    this.#reader = reader;
  }

  /**
   * What a run was sent, newest first, with what became of it.
   *
   * @throws RunNotFoundError; InvalidIdError, UnknownOptionError, WorkflowsError (`INVALID_OPTION`) before any SQL
   */
  list(runId: string, options: ListCommandsOptions = {}): Promise<SentCommand[]> {
    refuseUnknownKeys(options, ['before', 'limit'], [], 'option of commands.list');
    const { before, limit = 100 } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED)
      throw invalidOperatorOption(
        'Command',
        'limit',
        `must be a whole number from 1 to ${MOST_LISTED}, not ${describeValue(limit)}`,
      );
    if (before !== undefined && !/^\d{1,18}$/.test(before))
      throw invalidOperatorOption('Command', 'before', `must be a commandId, not ${describeValue(before)}`);
    return this.#commander.list(runIdOf(runId).runId, before ?? null, limit);
  }

  /**
   * Sends a command to every run that the filter matches, page by page, as of when the page is read. Not atomic: runs that can't take it are
   * counted, an error of the database ends it, and it can be repeated.
   *
   * @throws as listRuns and sendCommand, but not COMMAND_NOT_ALLOWED
   */
  async sendMany(
    filter: Omit<ListRunsFilter, 'limit' | 'cursor'>,
    command: string,
    { dryRun = false, ...options }: BulkCommandOptions = {},
  ): Promise<BulkCommandResult> {
    const resolved = resolveCommand(command, options);
    if (typeof dryRun !== 'boolean')
      throw invalidOperatorOption('Command', 'dryRun', `must be true or false, not ${describeValue(dryRun)}`);
    const result: BulkCommandResult = { matched: 0, sent: 0, rejected: 0 };
    let cursor: string | undefined;
    do {
      const page = await this.#reader.list({ ...filter, limit: PAGE, ...(cursor !== undefined && { cursor }) });
      result.matched += page.runs.length;
      for (let i = 0; i < page.runs.length && !dryRun; i += AT_ONCE)
        await Promise.all(
          page.runs.slice(i, i + AT_ONCE).map(async ({ runId }) => {
            if (await this.#take(this.#commander.send(runId, resolved))) result.sent++;
            else result.rejected++;
          }),
        );
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return result;
  }

  async #take(sending: Promise<CommandReceipt>): Promise<boolean> {
    try {
      await sending;
      return true;
    } catch (error) {
      if (WorkflowsError.is(error, 'COMMAND_NOT_ALLOWED') || WorkflowsError.is(error, 'RUN_NOT_FOUND')) return false;
      throw error;
    }
  }
}
