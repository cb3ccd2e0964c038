// Commands to many runs at once, and what became of those that a run was sent. `workflows.commands`.
import { RunNotFoundError } from '../engine/run.errors.js';
import { describeValue } from '../kernel/describe-value.js';
import { runIdOf } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { CommandState } from '../model/command-rules.js';
import { type CommandOptions, resolveCommand } from '../operations/commands/command-options.js';
import type { CommandReceipt, RunCommander } from '../operations/commands/run-commander.js';
import { invalidOperatorOption } from '../operations/operator-action.js';
import type { StoredCommand } from '../store/commands/command.store.js';
import type { RecordedPayloads } from './recorded-payloads.js';
import { largestOf } from './run-history.js';
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

export interface CommandPageOptions extends ListCommandsOptions {
  /** Data of more bytes comes as `TruncatedPayload`; `RunReader.readPayload` gives it. Default: none is left out. */
  largestPayload?: number;
}

/** A command that a run was sent. */
export interface SentCommand extends Omit<StoredCommand, 'data' | 'dataBytes'> {
  data: unknown;
}

export interface CommandPage {
  commands: SentCommand[];
  /** The `before` of the next page. Absent on the last one. */
  nextBefore?: string;
}

const PAGE = 500;
const MOST_LISTED = 1_000;
const AT_ONCE = 8;

export class WorkflowCommands {
  readonly #commander: RunCommander;
  readonly #reader: RunReader;
  readonly #payloads: RecordedPayloads;

  /** @internal Made by WorkflowsModule. */
  constructor(commander: RunCommander, reader: RunReader, payloads: RecordedPayloads) {
    this.#commander = commander;
    this.#reader = reader;
    this.#payloads = payloads;
  }

  /**
   * What a run was sent, newest first, with what became of it. Data that can't be decoded comes as `{ unreadable }`.
   *
   * @throws RunNotFoundError; InvalidIdError, UnknownOptionError, WorkflowsError (`INVALID_OPTION`) before any SQL
   */
  async list(runId: string, options: ListCommandsOptions = {}): Promise<SentCommand[]> {
    refuseUnknownKeys(options, ['before', 'limit'], [], 'option of commands.list');
    const { limit = 100 } = options;
    let page = await this.listPage(runId, options);
    const { commands } = page;
    while (page.nextBefore !== undefined && commands.length < limit) {
      page = await this.listPage(runId, { before: page.nextBefore, limit: limit - commands.length });
      commands.push(...page.commands);
    }
    return commands;
  }

  /**
   * The same as a page that also ends early, after its first command, where data comes to 8 MiB.
   *
   * @throws as `list`; InvalidPageError before any SQL
   */
  async listPage(runId: string, options: CommandPageOptions = {}): Promise<CommandPage> {
    refuseUnknownKeys(options, ['before', 'limit', 'largestPayload'], [], 'option of a page of commands');
    const { before, limit = 100, largestPayload } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED)
      throw invalidOperatorOption(
        'Command',
        'limit',
        `must be a whole number from 1 to ${MOST_LISTED}, not ${describeValue(limit)}`,
      );
    if (before !== undefined && !/^\d{1,18}$/.test(before))
      throw invalidOperatorOption('Command', 'before', `must be a commandId, not ${describeValue(before)}`);
    const largest = largestOf(largestPayload);
    const { rows, hasMore } = await this.#commander.list(runIdOf(runId).runId, before ?? null, limit, largest);
    const last = rows.at(-1);
    return {
      commands: rows.map(({ data, dataBytes, ...row }) => ({ ...row, data: this.#payloads.readOrTruncate(data, dataBytes) })),
      ...(hasMore && last !== undefined && { nextBefore: last.commandId }),
    };
  }

  /** What decides which of the engine's commands a run takes now. @throws RunNotFoundError; InvalidIdError before any SQL */
  async readState(id: string): Promise<CommandState> {
    const state = await this.#commander.findState(runIdOf(id).runId);
    if (state === undefined) throw new RunNotFoundError(id);
    return state;
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
