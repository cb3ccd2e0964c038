// Runs that were accepted in memory and that the database refused: looked at, started after all, or thrown away. `workflows.deadLetters`.
import type { QueueDirectory } from '../engine/queue-directory.js';
import { runIdOf } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { NewRun } from '../model/run.js';
import { type OperatorAction, resolveOperatorAction } from '../operations/operator-action.js';
import type { DeadLetterRow, DeadLetterStore } from '../store/dead-letters/dead-letter.store.js';
import { isPassing, sqlStateOf } from '../store/sql-errors.js';
import { cursorOf, parseCursor } from './page-cursor.js';

/** A run that was refused, without its arguments. */
export type DeadLetter = DeadLetterRow;

export interface ListDeadLettersOptions {
  /** 1 to 500, default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface DeadLetterPage {
  letters: DeadLetter[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export type DeadLetterActionOptions = OperatorAction;

export class InvalidDeadLetterOptionError extends WorkflowsError {
  constructor(problem: string) {
    super('InvalidDeadLetterOptionError', 'INVALID_OPTION', `deadLetters.list: ${problem}.`);
  }
}

/** The run was not started. `cause` is what the database said, which may quote arguments of the run; the message has its code alone. */
export class DeadLetterReplayError extends WorkflowsError {
  constructor(runId: string, cause: unknown) {
    const outcome = isPassing(cause)
      ? 'may not be replayed, the database did not take it now. Replay it again; false then means that it was'
      : 'was refused again, its letter stays. Remove the cause, then replay it again';
    const code = sqlStateOf(cause) ?? 'an error without a code';
    super('DeadLetterReplayError', 'DEAD_LETTER_REPLAY_FAILED', `Run ${runId} ${outcome}: ${code}.`, {
      details: { runId },
      cause,
    });
  }
}

const MAX_PAGE = 500;

export interface DeadLetterParts {
  store: DeadLetterStore;
  directory: QueueDirectory;
  /** A run takes its place in its queue. */
  enqueued(run: Pick<NewRun, 'queue' | 'partitionKey'>): void;
}

export class DeadLetters {
  /** Private at run time too: whoever is logged holds the connection with its password. */
  readonly #parts: DeadLetterParts;

  /** @internal Made by WorkflowsModule. */
  constructor(parts: DeadLetterParts) {
    this.#parts = parts;
  }

  /** Newest first. @throws InvalidDeadLetterOptionError, UnknownOptionError before any SQL; the database's error */
  async list(options: ListDeadLettersOptions = {}): Promise<DeadLetterPage> {
    refuseUnknownKeys(options, ['limit', 'cursor'], [], 'option of deadLetters.list');
    const { limit = 50, cursor } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
      throw new InvalidDeadLetterOptionError(`limit must be a whole number from 1 to ${MAX_PAGE}`);
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    if (cursor !== undefined && after === undefined)
      throw new InvalidDeadLetterOptionError('cursor is not one that deadLetters.list gave');
    const rows = await this.#parts.store.list(limit + 1, after);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      letters: page.map(({ deadAtExact: _exact, ...letter }) => letter),
      ...(rows.length > limit && last !== undefined && { nextCursor: cursorOf({ exact: last.deadAtExact, runId: last.runId }) }),
    };
  }

  /**
   * Starts the run after all, under the id that was given when it was accepted; a `delay` counts from now. True if this call did it; false
   * if there is no such letter: idempotent. In one transaction with the letter's end and the entry in `audit_log`.
   *
   * @throws DeadLetterReplayError: the letter stays; InvalidIdError, UnknownOptionError before any SQL
   */
  async replay(id: string, action?: DeadLetterActionOptions): Promise<boolean> {
    const { runId } = runIdOf(id);
    const by = resolveOperatorAction('DeadLetter', action);
    const { store, directory, enqueued } = this.#parts;
    try {
      const queue = await store.findQueue(runId);
      if (queue === undefined) return false;
      await directory.require(queue);
      const run = await store.replay(runId, by);
      if (run !== undefined) enqueued(run);
      return run !== undefined;
    } catch (error) {
      throw new DeadLetterReplayError(runId, error);
    }
  }

  /** Throws the run away. False if there is no such letter: idempotent. @throws InvalidIdError, UnknownOptionError; the database's error */
  async discard(id: string, action?: DeadLetterActionOptions): Promise<boolean> {
    const { runId } = runIdOf(id);
    return this.#parts.store.delete(runId, resolveOperatorAction('DeadLetter', action));
  }
}
