// Works bulk jobs off in the background of this process: those made here at once, and those whose process is gone when it is told to look.
// A job is written to by its owner only, page by page; what a process leaves behind, another one goes on with.
import type { ExecutorSession } from '../../engine/executor-session.js';
import { type Clock, pause } from '../../kernel/clock.js';
import type { WorkflowsLogger } from '../../kernel/logger.js';
import type { Serializer } from '../../kernel/serializer.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import type { BulkEnd, BulkJobStore, ClaimedBulkJob } from '../../store/bulk/bulk-job.store.js';
import { type BulkAction, resolveBulkAction } from './bulk-action.js';
import { type BulkActors, type BulkOrder, BulkPageWorker, codeOf, nothingDone } from './bulk-page-worker.js';
import { OutageWait } from './outage-wait.js';

/** Of runs that a filter matches, newest first. */
export interface BulkPage {
  runIds: string[];
  /** Absent: it was the last one. */
  nextPage?: string;
}

export interface BulkRunnerParts {
  store: BulkJobStore;
  serializer: Serializer;
  /** @param createdBefore of the database, to the microsecond. @param page null: the first one */
  listPage(filter: unknown, createdBefore: string, page: string | null): Promise<BulkPage>;
  /** Those of one job. They send nothing, and throw ShuttingDownError, when `isOurs` says no: asked before each statement. */
  actors(isOurs: () => boolean): BulkActors;
  /** This process, as others see whether it lives; undefined: it is nobody now. */
  session(): Pick<ExecutorSession, 'executorId' | 'holdsLease'> | undefined;
}

/** A long job does not keep a short one waiting; more of them would keep everybody else waiting. */
const JOBS_AT_ONCE = 2;
/** What is on its way is waited for at shutdown, but not for somebody's lock. */
const GOODBYE_MS = 5_000;

export class BulkRunner {
  readonly #wait: OutageWait;
  readonly #working = new Map<string, Promise<void>>();
  #looking?: Promise<void>;
  #lookAgain = false;
  /** The last look came to nothing, or a job was left in the middle. */
  #isOwed = false;

  constructor(
    private readonly parts: BulkRunnerParts,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
  ) {
    this.#wait = new OutageWait(clock);
  }

  /** Takes on what nobody works at, in the background. Never throws. */
  look(): void {
    this.#lookAgain = true;
    this.#looking ??= Promise.resolve().then(() => this.#look());
  }

  /** Looks if that is owed: otherwise nobody might, where jobs of others are not looked for. Never throws. */
  lookIfOwed(): void {
    if (this.#isOwed) this.look();
  }

  /** Begins nothing more, and gives its jobs back. Idempotent. */
  async stop(): Promise<void> {
    this.#wait.end();
    const ended = (async () => {
      await this.#looking;
      await Promise.all(this.#working.values());
    })();
    await Promise.race([ended, pause(this.clock, GOODBYE_MS)]);
  }

  async #look(): Promise<void> {
    try {
      while (this.#lookAgain) {
        this.#lookAgain = false;
        this.#isOwed = false;
        while (await this.#takeOn());
      }
    } catch (error) {
      this.#isOwed = true;
      if (!this.#wait.isOver) this.logger.warn(`could not look for bulk jobs, it is tried again: ${(error as Error).message}`);
    } finally {
      // In one go with the last look at what was asked for: nobody asks in between.
      this.#looking = undefined;
    }
  }

  /** False: there is no room, or no job. */
  async #takeOn(): Promise<boolean> {
    if (this.#wait.isOver || this.#working.size >= JOBS_AT_ONCE) return false;
    // Again when the answer was lost: a job that is ours already, and in nobody's hands, comes again.
    const taken = await this.#wait.outlast(() => this.#claim());
    if (taken === undefined) return false;
    this.#working.set(taken.job.jobId, this.#run(taken.job, taken.owner));
    return true;
  }

  async #claim(): Promise<{ job: ClaimedBulkJob; owner: string } | undefined> {
    const session = this.parts.session();
    if (!session?.holdsLease) {
      this.#isOwed = true;
      return undefined;
    }
    const owner = session.executorId;
    const job = await this.parts.store.claim(owner, [...this.#working.keys()]);
    return job && { job, owner };
  }

  /** False: another process may have taken the job over, and be through with it. */
  #holds(owner: string): boolean {
    const session = this.parts.session();
    return session?.executorId === owner && session.holdsLease;
  }

  async #run(job: ClaimedBulkJob, owner: string): Promise<void> {
    let isOver = false;
    try {
      isOver = await this.#workOff(job, owner);
    } catch (error) {
      isOver = await this.#fail(job, owner, error);
    } finally {
      this.#working.delete(job.jobId);
    }
    if (isOver) this.look();
    else this.#isOwed = true;
  }

  /** False: it is left to somebody else. */
  async #workOff(job: ClaimedBulkJob, owner: string): Promise<boolean> {
    const { serializer, listPage, store } = this.parts;
    const { jobId, actor, reason, requestId } = job;
    const action = resolveBulkAction(serializer.deserialize(job.action)) as BulkAction;
    const order: BulkOrder = { jobId, action, actor, reason, requestId };
    const filter = serializer.deserialize(job.filter);
    const actors = this.parts.actors(() => this.#holds(owner));
    const worker = new BulkPageWorker(store, actors, this.#wait);
    let { page, nextPage, isSearched, turn } = job;
    let tally = nothingDone();
    let isRepeated = page !== null;
    if (job.isCancelled) {
      tally = page === null ? tally : await worker.settle(order, page);
      return this.#finish(job, owner, tally, { status: 'CANCELLED' });
    }
    for (;;) {
      if (page !== null) {
        const { bug, isComplete, ...worked } = await worker.work(order, page, isRepeated);
        if (bug !== undefined) return this.#finish(job, owner, worked.tally, failureOf(bug));
        // The page stays with the job: whoever goes on knows what was done of it.
        if (!isComplete) return this.#giveBack(jobId, owner);
        tally = worked.tally;
      }
      if (isSearched) return this.#finish(job, owner, tally, { status: 'DONE' });
      const isLeaving = this.#wait.isOver;
      if (isLeaving) page = null;
      else {
        const found = await this.#wait.outlast(() => listPage(filter, job.createdAtExact, nextPage));
        page = found.runIds;
        isSearched = found.nextPage === undefined;
        nextPage = found.nextPage ?? nextPage;
      }
      const written = { turn: turn++, tally, page, nextPage, isSearched };
      const isCancelled = await this.#wait.outlast(() => store.turn(jobId, owner, written));
      if (isCancelled === undefined) return this.#lost(jobId);
      if (isCancelled) return this.#finish(job, owner, nothingDone(), { status: 'CANCELLED' });
      if (isLeaving) return this.#giveBack(jobId, owner);
      isRepeated = false;
    }
  }

  /** A last copy of an answer that was lost finds the job over, like that of one whose job was taken over. */
  async #finish(
    { jobId }: ClaimedBulkJob,
    owner: string,
    tally: Parameters<BulkJobStore['finish']>[2],
    end: BulkEnd,
  ): Promise<true> {
    await this.#wait.outlast(() => this.parts.store.finish(jobId, owner, tally, end));
    if (end.error !== undefined) this.logger.error(`bulk job ${jobId} failed: ${end.error.message}`);
    return true;
  }

  async #fail(job: ClaimedBulkJob, owner: string, error: unknown): Promise<boolean> {
    if (WorkflowsError.is(error, 'SHUTTING_DOWN')) return this.#giveBack(job.jobId, owner);
    try {
      return await this.#finish(job, owner, nothingDone(), failureOf(error));
    } catch (again) {
      this.logger.error(`bulk job ${job.jobId} could not be ended, it is tried again: ${(again as Error).message}`);
      return false;
    }
  }

  async #giveBack(jobId: string, owner: string): Promise<false> {
    // A process that is gone does not own it either.
    await this.parts.store.release(jobId, owner).catch(() => undefined);
    return false;
  }

  #lost(jobId: string): false {
    this.logger.warn(`bulk job ${jobId} goes on in another process`);
    return false;
  }
}

function failureOf(error: unknown): BulkEnd {
  return { status: 'FAILED', error: { code: codeOf(error), message: error instanceof Error ? error.message : String(error) } };
}
