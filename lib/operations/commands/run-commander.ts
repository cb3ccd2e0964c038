// Sends commands to runs: decided and recorded by the database in one statement, then told to whoever has the run in memory, or may run it.
import { RunNotFoundError, RunStoppedError } from '../../engine/run.errors.js';
import type { Waker } from '../../engine/waker.js';
import type { Clock } from '../../kernel/clock.js';
import { uuidv4 } from '../../kernel/ids.js';
import type { Serializer } from '../../kernel/serializer.js';
import { storedVerdictText } from '../../kernel/stored-error.js';
import { allowedCommands, type CommandOutcome, type CommandState } from '../../model/command-rules.js';
import type { RunStatus } from '../../model/run.js';
import type { CommandStore, StoredCommand } from '../../store/commands/command.store.js';
import type { BoundedPage } from '../../store/history/bounded-page.js';
import { repeatOnOutage } from '../../store/repeat-on-outage.js';
import { CommandNotAllowedError, CommandSendFailedError } from './command.errors.js';
import type { ResolvedCommand } from './command-options.js';

export interface CommandReceipt {
  commandId: string;
  /** In capitals. */
  command: string;
  /** Of the run when the command came: its status, or `STOPPING`. */
  state: RunStatus;
  /** Null: its executor will do it at the next durable operation of the run; one of the workflow's own, when its code receives it. */
  outcome: CommandOutcome | null;
}

export interface RunCommanderPorts {
  /** Whoever has runs in memory, here and elsewhere, looks what has become of them. Resolves when that is done here. */
  lookAfter(): Promise<void>;
  /** Something can be claimed. */
  woken(): void;
  /** Runs are over that nobody had in memory: permits may have come back. */
  ended(): void;
}

export class RunCommander {
  constructor(
    private readonly commands: CommandStore,
    private readonly serializer: Serializer,
    private readonly waker: Waker,
    private readonly ports: RunCommanderPorts,
    private readonly clock: Clock,
  ) {}

  /**
   * @param key a uuid: a run gets one command of that key, and whoever sends it again the answer of then. Default: another for each call
   * @throws RunNotFoundError, CommandNotAllowedError, CommandSendFailedError; PayloadInvalidError and PayloadTooLargeError before any SQL
   */
  async send(runId: string, resolved: ResolvedCommand, key = uuidv4()): Promise<CommandReceipt> {
    const { command, actor, reason, requestId, stopLimitMs, anew } = resolved;
    const data = resolved.data === undefined ? null : this.serializer.serialize(resolved.data, `the data of ${command}`);
    const by = `Run ${runId} was stopped by ${actor}${reason === null ? '.' : `: ${reason}`}`;
    const stopError = command === 'STOP' ? storedVerdictText(new RunStoppedError(runId, by)) : null;
    const verdict = await this.#repeat(runId, command, () =>
      this.commands.insert({ runId, command, actor, reason, requestId, data, stopError, stopLimitMs, anew, key }),
    );
    if (verdict === undefined) throw new RunNotFoundError(runId);
    const { commandId, state, outcome, statusNow, mailed } = verdict;
    // Also when it changed nothing: a claim may have passed over the run while its row was locked.
    if (statusNow === 'ENQUEUED' || statusNow === 'WAITING') this.ports.woken();
    if (outcome === 'REJECTED') {
      const now = await this.#repeat(runId, command, () => this.commands.findState(runId));
      throw new CommandNotAllowedError(runId, command, state, now === undefined ? [] : allowedCommands(now));
    }
    if (mailed) this.waker.messagesSent([runId], { woken: 0, pending: false });
    else if (statusNow === 'STOPPED') {
      this.waker.runEndedFromOutside({ runId, status: 'STOPPED', output: null, error: stopError });
      this.ports.ended();
    } else if (statusNow === 'HELD') this.ports.ended();
    else if (statusNow === 'PENDING' || statusNow === 'RUNNING') await this.ports.lookAfter();
    return { commandId, command, state, outcome };
  }

  /** What decides about commands to it now. Undefined: there is no such run. */
  findState(runId: string): Promise<CommandState | undefined> {
    return this.commands.findState(runId);
  }

  /** Newest first; data as stored. @throws RunNotFoundError */
  async list(runId: string, before: string | null, limit: number, largest: number | null): Promise<BoundedPage<StoredCommand>> {
    const page = await this.commands.list(runId, before, limit, largest);
    if (page.rows.length === 0 && (await this.commands.findState(runId)) === undefined) throw new RunNotFoundError(runId);
    return page;
  }

  #repeat<T>(runId: string, command: string, work: () => Promise<T>): Promise<T> {
    return repeatOnOutage(this.clock, work, (cause) => new CommandSendFailedError(runId, command, cause));
  }
}
