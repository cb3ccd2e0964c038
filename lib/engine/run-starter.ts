// Puts a new run into the database: eagerly as PENDING of this process, in a group commit with others, under the caller's id, or in the
// caller's transaction. Called by WorkflowService; knows nothing of options as users write them.
import type { Clock } from '../kernel/clock.js';
import { uuidv4 } from '../kernel/ids.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { MaintenanceActiveError, type MaintenanceRow, maintenanceOf } from '../model/maintenance.js';
import { EMPTY_HISTORY } from '../model/operation.js';
import type { Debounce, NewRun } from '../model/run.js';
import type { Queryable } from '../store/database.js';
import type { DatabaseClock } from '../store/database-clock.js';
import type { GroupLane } from '../store/group-lane.js';
import { repeatOnOutage } from '../store/repeat-on-outage.js';
import type { InsertedRun, RunStore } from '../store/runs/run.store.js';
import { isUnavailable } from '../store/sql-errors.js';
import type { ExecutorSession } from './executor-session.js';
import type { QueueDirectory } from './queue-directory.js';
import { DeduplicationConflictError, RunConflictError } from './run.errors.js';
import type { RunExecutor } from './run-executor.js';

/** Implemented by the dispatcher. */
export interface EagerGate {
  /** A session with a slot taken for a run of this workflow and queue, if one may begin here and now without overtaking queued runs. */
  take(workflowName: string, queue: string): ExecutorSession | undefined;
  /** The slot of a run that is over, or never began. */
  free(queue: string): void;
  /** Runs were enqueued by this process, or will be after their delay. */
  enqueued(runs: ReadonlyArray<Pick<NewRun, 'queue' | 'partitionKey'> & { delayMs?: number }>): void;
}

/** The database did not answer. The run may exist: a start with an `id` can safely be repeated. */
export class StartFailedError extends WorkflowsError {
  constructor(workflowName: string, cause: unknown) {
    super(
      'StartFailedError',
      'START_FAILED',
      `Workflow "${workflowName}" could not be started, the database did not answer: ${(cause as Error)?.message}. Start it again; give it an id to be safe from a double start.`,
      { cause },
    );
  }
}

/** Rows of one insert by startMany, and about how many characters of it. */
const START_PAGE = 1_000;
const START_PAGE_CHARACTERS = 4 * 1024 * 1024;

/** In order; at least one run a page. */
function* pagesOf(runs: readonly NewRun[]): Generator<readonly NewRun[]> {
  let from = 0;
  let characters = 0;
  for (const [index, { input }] of runs.entries()) {
    const weight = (input?.length ?? 0) + 200;
    if (index > from && (index - from >= START_PAGE || characters + weight > START_PAGE_CHARACTERS)) {
      yield runs.slice(from, index);
      from = index;
      characters = 0;
    }
    characters += weight;
  }
  if (from < runs.length) yield runs.slice(from);
}

export class RunStarter {
  /** Inserts under way by caller's id: one id makes one insert, however many ask at once. */
  readonly #inserting = new Map<string, { workflowName: string; done: Promise<void> }>();

  constructor(
    private readonly runs: RunStore,
    private readonly lane: Pick<GroupLane<NewRun, MaintenanceRow | undefined>, 'insert'>,
    private readonly gate: EagerGate,
    private readonly queues: QueueDirectory,
    private readonly executor: RunExecutor,
    private readonly clock: Clock,
    private readonly databaseClock: DatabaseClock,
    private readonly logger: WorkflowsLogger,
  ) {}

  /** Resolves when the run is durable. @throws StartFailedError, MaintenanceActiveError */
  async start(run: NewRun): Promise<void> {
    const session = run.delayMs === 0 && run.partitionKey === null ? this.gate.take(run.workflowName, run.queue) : undefined;
    if (session !== undefined && (await this.#startEagerly(session, run))) return;
    let refusal: MaintenanceRow | undefined;
    try {
      refusal = await this.lane.insert(run);
    } catch (error) {
      throw isUnavailable(error) ? new StartFailedError(run.workflowName, error) : error;
    }
    if (refusal !== undefined) throw this.#refused(run, refusal);
    this.gate.enqueued([run]);
  }

  /** As `start`, for many at once; all of them are enqueued. A page of which one is refused is the last; its others are started. */
  async startMany(runs: readonly NewRun[]): Promise<void> {
    for (const page of pagesOf(runs)) {
      const refused = await this.#repeat(page[0]?.workflowName ?? '', () => this.runs.insertMany(page));
      if (refused.size < page.length) this.gate.enqueued(page);
      for (const run of page) {
        const refusal = refused.get(run.runId);
        if (refusal !== undefined) throw this.#refused(run, refusal);
      }
    }
  }

  /** Idempotent: a run that is there already stays as it is. @throws RunConflictError, StartFailedError, MaintenanceActiveError */
  async startWithId(run: NewRun): Promise<void> {
    const underWay = this.#inserting.get(run.runId);
    if (underWay !== undefined) {
      if (underWay.workflowName === run.workflowName) return underWay.done;
      await underWay.done.catch(() => undefined);
      return this.#requireSameWorkflow([run]);
    }
    const done = this.startUnique([run]).then(() => undefined);
    this.#inserting.set(run.runId, { workflowName: run.workflowName, done });
    try {
      await done;
    } finally {
      this.#inserting.delete(run.runId);
    }
  }

  /**
   * Runs under ids of their callers' choice, or with a deduplication id. Gives the run id of each, which may be another run's. An error is
   * about the first of them; the others are started all the same. @throws RunConflictError, DeduplicationConflictError, StartFailedError,
   * MaintenanceActiveError
   */
  async startUnique(runs: readonly NewRun[]): Promise<string[]> {
    const told: InsertedRun[] = [];
    for (const page of pagesOf(runs)) {
      told.push(...(await this.#repeat(page[0]?.workflowName ?? '', () => this.runs.insertWithIds(page))));
      this.gate.enqueued(page);
    }
    return this.#startedAs(runs, told);
  }

  /**
   * The runs exist if and only if that transaction commits. A maintenance counts as that transaction sees it. @throws RunConflictError,
   * DeduplicationConflictError, MaintenanceActiveError; the transaction can still go on
   */
  async startWithin(transaction: Queryable, runs: readonly NewRun[]): Promise<string[]> {
    const told: InsertedRun[] = [];
    for (const page of pagesOf(runs)) told.push(...(await this.runs.insertWithin(transaction, page)));
    return this.#startedAs(runs, told, transaction);
  }

  /**
   * Gives the run of that key that has not begun its arguments, or starts it. Whose run it is. @throws StartFailedError,
   * MaintenanceActiveError
   */
  async startDebounced(run: NewRun, debounce: Debounce): Promise<string> {
    const runId = await this.#repeat(run.workflowName, () => this.runs.debounce(run, debounce));
    if (typeof runId !== 'string') throw this.#refused(run, runId);
    this.gate.enqueued([{ ...run, delayMs: debounce.periodMs }]);
    return runId;
  }

  async #startedAs(runs: readonly NewRun[], told: readonly InsertedRun[], within?: Queryable): Promise<string[]> {
    const rows = new Map(told.map((row) => [row.runId, row]));
    await this.#requireSameWorkflow(
      runs.filter((run) => !rows.has(run.runId)),
      within,
    );
    return runs.map((run) => {
      const { runId, queue, deduplication } = run;
      const { holder = null, maintenance } = rows.get(runId) ?? {};
      if (maintenance !== undefined) throw this.#refused(run, maintenance);
      if (holder === null || deduplication === null) return runId;
      if (deduplication.policy === 'reject') throw new DeduplicationConflictError(deduplication.id, queue, holder);
      return holder;
    });
  }

  async #requireSameWorkflow(runs: readonly NewRun[], within?: Queryable): Promise<void> {
    if (runs.length === 0) return;
    const found = await this.#repeat(runs[0]?.workflowName ?? '', () =>
      this.runs.findMany(
        runs.map((run) => run.runId),
        within,
      ),
    );
    const names = new Map(found.map((row) => [row.runId, row.workflowName]));
    for (const run of runs) {
      const name = names.get(run.runId);
      if (name !== undefined && name !== run.workflowName)
        throw new RunConflictError(run.externalId ?? run.runId, name, run.workflowName);
    }
  }

  /** Maybe this process has not heard of it yet. */
  #refused({ workflowName }: NewRun, maintenance: MaintenanceRow): MaintenanceActiveError {
    this.queues.refresh().catch(() => undefined);
    return new MaintenanceActiveError(workflowName, maintenanceOf(maintenance));
  }

  /** False: this process lost its lease before the insert was through; it has to be enqueued. */
  #startEagerly(session: ExecutorSession, run: NewRun): Promise<boolean> {
    const token = uuidv4();
    session.handingOver.add(run.runId);
    return new Promise((resolve) => {
      const giveUp = () => {
        session.handingOver.delete(run.runId);
        this.gate.free(run.queue);
        // Maybe because what we know of the queues is old.
        this.queues.refresh().catch(() => undefined);
        resolve(false);
      };
      const begin = () => {
        session.handingOver.delete(run.runId);
        const now = this.databaseClock.now();
        const { runId, workflowName, queue, input, timeoutMs } = run;
        resolve(true);
        this.executor.execute(
          session,
          {
            runId,
            token,
            workflowName,
            queue,
            partitionKey: null,
            input,
            recoveryAttempts: 0,
            firstOrdinal: 0,
            timeoutMs,
            createdAt: now,
            startedAt: null,
            deadlineAt: null,
            claimedAt: now,
          },
          EMPTY_HISTORY,
          () => this.gate.free(queue),
        );
      };
      const attributes = run.attributes === null ? null : JSON.stringify(run.attributes);
      session.laneOf(run.runId).write(
        // The enqueueing that follows a refusal reports what is wrong with the data.
        { runId: run.runId, token, acked: () => undefined, lost: giveUp, refused: giveUp },
        'new',
        [
          token,
          run.workflowName,
          run.queue,
          run.priority,
          attributes,
          run.input,
          run.timeoutMs,
          run.maxRecoveryAttempts,
          this.queues.epoch,
        ],
        begin,
      );
    });
  }

  /** Safe to repeat: every insert is idempotent by run id. */
  #repeat<T>(workflowName: string, work: () => Promise<T>): Promise<T> {
    return repeatOnOutage(
      this.clock,
      work,
      (cause) => new StartFailedError(workflowName, cause),
      (error) => this.logger.debug(`start of "${workflowName}" is tried again: ${error.message}`),
    );
  }
}
