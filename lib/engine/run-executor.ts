// Executes one claimed run to its end here: success, error, timeout, suspension, release, or loss. Called by the dispatcher for claims
// and by the run starter for eager starts. Owns the writes of status; the frame owns everything between.
import type { Timer } from '../kernel/clock.js';
import { PayloadDecodeError } from '../kernel/payload.errors.js';
import { parseStoredError, storedErrorText, storedVerdictText, toStoredError } from '../kernel/stored-error.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { RunHistory } from '../model/operation.js';
import type { RunStatus } from '../model/run.js';
import type { ClaimedRun } from '../store/runs/claimed-run.js';
import type { RunOutcomeRow } from '../store/runs/run.store.js';
import type { EngineServices } from './engine-services.js';
import type { ExecutorSession } from './executor-session.js';
import { describeOperation } from './operation.js';
import { NonDeterministicRunError, RunTimeoutError, StopTimeoutError } from './run.errors.js';
import { type FrameEnd, RunFrame } from './run-frame.js';
import { runInScope } from './run-scope.js';
import type { WorkflowDefinition, WorkflowRegistry } from './workflow-registry.js';

interface Execution {
  claimed: ClaimedRun;
  /** Monotonic ms when the first line ran here. */
  beganAt: number;
  deadline?: Timer;
  stopLimit?: Timer;
  /** Its last write said that a step body of it still runs. */
  lingers?: boolean;
  onDropped(): void;
}

export interface RunExecutorPorts {
  /** Runs something in the asynchronous context of the boot. */
  outside<R>(work: () => R): R;
  /** A run is unloaded, durably, and will be due at that time (ms since the epoch, database clock; infinite: when it is woken). */
  suspended(wakeAt: number): void;
  /** A run is in the queue again, with new arguments. */
  continued(): void;
  /** A run is over, durably. */
  ended(outcome: RunOutcomeRow): void;
  /** A run has given its permit back, if it had one: in its last write, or as it comes to rest. */
  permitReturned(queue: string, partitionKey: string | null): void;
  /** Nothing of a run that may be over runs here any more; its permit can go. */
  letGo(session: ExecutorSession, runId: string): void;
}

export class RunExecutor implements FrameEnd {
  readonly #executions = new WeakMap<RunFrame, Execution>();

  constructor(
    private readonly services: EngineServices,
    private readonly registry: WorkflowRegistry,
    private readonly ports: RunExecutorPorts,
  ) {}

  /**
   * Begins at once and returns. `onDropped` is called once, when the run occupies this process no more; `onProgress`, once, when it has
   * recorded an operation durably.
   */
  execute(
    session: ExecutorSession,
    claimed: ClaimedRun,
    history: RunHistory,
    onDropped: () => void,
    onProgress?: () => void,
  ): void {
    const { clock } = this.services;
    const frame = new RunFrame(
      claimed.runId,
      claimed.token,
      claimed.firstOrdinal,
      history,
      session,
      this.services,
      this,
      session.laneOf(claimed.runId),
      claimed.stop,
      claimed,
    );
    const execution: Execution = { claimed, beganAt: clock.monotonic(), onDropped };
    frame.onProgress = onProgress;
    frame.queue = claimed.queue;
    this.#executions.set(frame, execution);
    session.frames.set(claimed.runId, frame);
    if (session.isRetired) {
      frame.lost();
      return;
    }
    this.#watchDeadline(frame, execution);
    if (claimed.command) frame.order(claimed.command);
    frame.writeLazily('move', () => ['RUNNING', null, null, this.#elapsed(frame), false]);
    const definition = this.registry.get(claimed.workflowName);
    if (definition.isCooperative) frame.write('cooperates', []);
    void this.ports.outside(() => this.#run(frame, definition, claimed.input));
    // After the first microtasks: a run that begins with a long wait comes to rest without any delivery.
    this.services.pump.add(frame);
  }

  async #run(frame: RunFrame, definition: WorkflowDefinition, input: string | null): Promise<void> {
    try {
      const args = this.services.serializer.deserialize(input) ?? [];
      if (!Array.isArray(args)) throw new PayloadDecodeError('$', 'arguments that are no list');
      const result = await runInScope({ frame }, () => definition.invoke(args));
      if (!frame.isRunning) return;
      this.#requireExhausted(frame, () => 'it returned');
      const output = this.services.serializer.serialize(result, `the result of workflow "${definition.name}"`);
      if (frame.stopped === undefined) this.#settle(frame, 'SUCCESS', output, null);
      else this.#settle(frame, 'STOPPED', output, frame.stopped.error);
    } catch (error) {
      if (!frame.isRunning) return;
      let failure = error;
      try {
        this.#requireExhausted(frame, () => {
          const { name, message } = toStoredError(error);
          return `it threw ${name}: ${message}`;
        });
      } catch (diverged) {
        failure = diverged;
      }
      if (frame.stopped === undefined || failure !== error) this.#settle(frame, 'ERROR', null, storedErrorText(failure));
      else this.#settle(frame, 'STOPPED', null, stopErrorOf(frame.stopped.error, error));
    }
  }

  /** Code that ends before it has asked for all that it once asked for is not the code that was recorded. */
  #requireExhausted(frame: RunFrame, end: () => string): void {
    const { next } = frame.log;
    if (next !== undefined)
      throw new NonDeterministicRunError(frame.runId, next.ordinal, describeOperation(next), `nothing more: ${end()}`);
  }

  // — how a frame ends —

  suspend(frame: RunFrame): void {
    const wakeAt = frame.nextWakeAt;
    frame.leave('suspended', () => undefined);
    frame.write('move', ['WAITING', null, null, this.#elapsed(frame), frame.bodies.isBusy], () => {
      this.#dropAndTell(frame);
      this.ports.suspended(wakeAt);
    });
  }

  /** What asked for it goes on as soon as somebody resumes the run. */
  hold(frame: RunFrame): void {
    frame.leave('held', () => undefined);
    frame.write('move', ['HELD', null, null, this.#elapsed(frame), frame.bodies.isBusy], () => this.#dropAndTell(frame));
  }

  stopAsked(frame: RunFrame, limitMs: number | null): number | null {
    const execution = this.#executions.get(frame);
    if (execution === undefined) return limitMs;
    const limit = limitMs ?? this.registry.get(execution.claimed.workflowName).stopTimeoutMs ?? null;
    if (limit !== null)
      execution.stopLimit = this.services.clock.setTimer(limit, () => {
        if (frame.isRunning) this.#settle(frame, 'CANCELLED', null, storedVerdictText(new StopTimeoutError(limit)));
      });
    return limit;
  }

  /** Enqueued again under its id, with new arguments; the rows of the execution before stay on record. */
  continueAsNew(frame: RunFrame, input: string | null): void {
    try {
      this.#requireExhausted(frame, () => 'it continued as new');
    } catch (diverged) {
      this.fail(frame, diverged);
      return;
    }
    if (frame.stopped !== undefined) {
      this.#settle(frame, 'STOPPED', null, frame.stopped.error);
      return;
    }
    // Also when it has recorded nothing: by this its chunks are told from those of the execution before.
    const first = Math.max(frame.nextOrdinal, frame.firstOrdinal + 1);
    frame.leave('continued', () => new WorkflowsError('RunEndedError', 'RUN_ENDED', `Run ${frame.runId} began anew.`));
    frame.writeTogether(
      [
        { part: 'again', values: [first, input] },
        { part: 'move', values: ['ENQUEUED', null, null, this.#elapsed(frame), false] },
      ],
      () => {
        this.drop(frame);
        this.ports.continued();
      },
    );
  }

  release(frame: RunFrame): void {
    frame.leave('released', () => undefined);
    frame.write('move', ['ENQUEUED', null, null, this.#elapsed(frame), false], () => this.drop(frame));
  }

  fail(frame: RunFrame, error: unknown): void {
    frame.leave('settled', () => error);
    // Written on behalf of the run, not of the frame, whose writes the lane may refuse from now on.
    const text = storedErrorText(error);
    const lane = frame.session.laneOf(frame.runId);
    lane.forget(frame);
    lane.write(
      {
        runId: frame.runId,
        token: frame.token,
        acked: () => undefined,
        lost: () => frame.lost(),
        refused: (again) => {
          this.services.logger.error(`run ${frame.runId}: its failure could not be recorded: ${(again as Error).message}`);
          this.drop(frame);
        },
      },
      'move',
      ['ERROR', null, text, this.#elapsed(frame), this.#lingers(frame)],
      () => this.#ended(frame, 'ERROR', null, text),
    );
  }

  lost(frame: RunFrame): void {
    const execution = this.#executions.get(frame);
    // Cancelled, maybe: then its permit waits for us.
    const isIdle = execution !== undefined && !this.#lingers(frame);
    this.drop(frame);
    if (isIdle) this.#letGo(frame, execution);
  }

  drop(frame: RunFrame): void {
    const execution = this.#executions.get(frame);
    if (execution === undefined) return;
    this.#executions.delete(frame);
    execution.deadline?.cancel();
    execution.stopLimit?.cancel();
    frame.session.drop(frame);
    execution.onDropped();
  }

  #settle(frame: RunFrame, status: RunStatus, output: string | null, error: string | null): void {
    frame.leave('settled', () => new WorkflowsError('RunEndedError', 'RUN_ENDED', `Run ${frame.runId} is over.`));
    const values = [status, output, error, this.#elapsed(frame), this.#lingers(frame)];
    frame.write('move', values, () => this.#ended(frame, status, output, error));
  }

  #ended(frame: RunFrame, status: RunStatus, output: string | null, error: string | null): void {
    const execution = this.#executions.get(frame);
    if (execution?.lingers) {
      this.drop(frame);
      if (!frame.session.lingering.has(frame.runId)) this.#letGo(frame, execution);
    } else this.#dropAndTell(frame);
    this.ports.ended({ runId: frame.runId, status, output, error });
  }

  /** Its step bodies go on after its end: they hold what they hold, so the run keeps its permit until they are done. */
  #lingers(frame: RunFrame): boolean {
    const execution = this.#executions.get(frame);
    if (!frame.bodies.isBusy || execution === undefined) return false;
    const { session, runId } = frame;
    execution.lingers = true;
    session.lingering.add(runId);
    frame.bodies.whenIdle(() => {
      session.lingering.delete(runId);
      // Still on its way: then its end does it.
      if (!this.#executions.has(frame)) this.#letGo(frame, execution);
    });
    return true;
  }

  #letGo(frame: RunFrame, { claimed }: Execution): void {
    if (frame.session.isRetired) return;
    this.ports.letGo(frame.session, frame.runId);
    this.ports.permitReturned(claimed.queue, claimed.partitionKey);
  }

  /** In this order: whoever is let in now may need the slot, and finds it free. */
  #dropAndTell(frame: RunFrame): void {
    const claimed = this.#executions.get(frame)?.claimed;
    this.drop(frame);
    if (claimed !== undefined) this.ports.permitReturned(claimed.queue, claimed.partitionKey);
  }

  #watchDeadline(frame: RunFrame, execution: Execution): void {
    const { deadlineAt, claimedAt, startedAt, timeoutMs, stopBy } = execution.claimed;
    // A child has its parent's deadline before it has its own.
    const own = startedAt === null && timeoutMs !== null ? timeoutMs : Number.POSITIVE_INFINITY;
    const left = Math.min(own, deadlineAt === null ? Number.POSITIVE_INFINITY : deadlineAt - claimedAt);
    if (left === Number.POSITIVE_INFINITY) return;
    const isStop = typeof stopBy === 'number' && deadlineAt !== null && stopBy <= deadlineAt;
    execution.deadline = this.services.clock.setTimer(Math.max(left, 0), () => {
      const error = isStop ? new StopTimeoutError(null) : new RunTimeoutError(timeoutMs);
      if (frame.isRunning) this.#settle(frame, 'CANCELLED', null, storedVerdictText(error));
    });
  }

  #elapsed(frame: RunFrame): number {
    const execution = this.#executions.get(frame);
    return execution === undefined ? 0 : this.services.clock.monotonic() - execution.beganAt;
  }
}

/** With what the code threw as it wound down, if that was something else. */
function stopErrorOf(stopped: string, thrown: unknown): string {
  const cause = toStoredError(thrown);
  return cause.code === 'RUN_STOPPED' ? stopped : JSON.stringify({ ...parseStoredError(stopped), cause });
}
