// One claim round: as many runs as there are free slots, their history in a later statement, each handed to the executor. Suspects go apart
// from all others, see suspect-probe.ts.

import type { ExecutorSession } from '../engine/executor-session.js';
import type { RunExecutor } from '../engine/run-executor.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import { type Clock, pause } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { EMPTY_HISTORY } from '../model/operation.js';
import type { ReplayStore } from '../store/history/replay.store.js';
import type { ClaimedRun } from '../store/runs/claimed-run.js';
import type { RunClaimStore } from '../store/runs/run-claim.store.js';
import type { Slots } from './slots.js';
import { type RunWatch, SuspectProbe } from './suspect-probe.js';

const HISTORY_RETRY_MS = 200;
/** Suspected for the first time: a poison run among them takes down so many, once more. */
const SUSPECTS_AT_ONCE = 10;

export class Claimer {
  readonly #suspects: SuspectProbe;
  #stopped = false;
  #dueFirst = false;

  constructor(
    private readonly claims: RunClaimStore,
    private readonly histories: ReplayStore,
    private readonly registry: WorkflowRegistry,
    private readonly executor: RunExecutor,
    private readonly slots: Slots,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
    private readonly dispatcher: { slotFreed(): void; poke(): void },
  ) {
    const ports = {
      hasSuspect: async () => this.registry.servedNames.length > 0 && this.claims.hasSuspect(this.registry.servedNames),
      claim: (session: ExecutorSession, watch: () => RunWatch) => this.#claimSuspects(session, watch),
      onReady: () => dispatcher.poke(),
    };
    this.#suspects = new SuspectProbe(ports, slots, clock);
  }

  /** Shutdown: what is claimed but has no history yet is given up; it goes back with the rest. */
  stop(): void {
    this.#stopped = true;
  }

  /** False while the process is kept for suspects. */
  get takesNewRuns(): boolean {
    return this.#suspects.takesNewRuns;
  }

  /** Claims up to `limit` runs and hands them over. Returns how many. @throws the database's error, with nothing claimed or all to be rescued */
  async claim(session: ExecutorSession, limit: number): Promise<number> {
    let most = limit;
    if (!this.takesNewRuns) {
      if (await this.#suspects.claimNext(session)) return 1;
      if (!this.takesNewRuns) return 0;
      // Eager starts may have begun meanwhile.
      most = Math.min(limit, this.slots.available);
    }
    const names = this.registry.servedNames;
    if (names.length === 0 || most <= 0) return 0;
    // Taken before the round trip: eager starts must not fill the same slots meanwhile.
    const runs = await this.#withSlots(session, most, () => this.#claimFairly(session, names, most));
    await this.#execute(session, runs);
    return runs.length;
  }

  /** Called at the tick. `share`: the chance that it is this process that takes care of suspects. */
  watchSuspects(session: ExecutorSession, share: number): Promise<void> {
    return this.#suspects.watch(session, share);
  }

  async #claimSuspects(session: ExecutorSession, watch: () => RunWatch): Promise<boolean> {
    const runs = await this.#withSlots(session, SUSPECTS_AT_ONCE, () =>
      this.claims.claimSuspects(session.executorId, this.registry.servedNames, SUSPECTS_AT_ONCE),
    );
    for (const { runId, recoveryAttempts } of runs)
      this.logger.warn(`run ${runId} was rescued ${recoveryAttempts} times without progress; it is run apart from others`);
    await this.#execute(session, runs, runs.map(watch));
    return runs.length > 0;
  }

  async #execute(session: ExecutorSession, runs: readonly ClaimedRun[], watches: readonly RunWatch[] = []): Promise<void> {
    if (runs.length === 0) return;
    // Only after the claim is committed: the previous owner's last checkpoint is visible now.
    const begun = runs.filter((run) => run.startedAt !== null);
    let histories: Awaited<ReturnType<ReplayStore['findHistories']>> | undefined;
    while (histories === undefined && !session.isRetired && !this.#stopped) {
      try {
        histories = begun.length === 0 ? new Map() : await this.histories.findHistories(begun);
      } catch (error) {
        // Claimed is claimed: without its history a run must not begin, and nobody else will take it while we live.
        this.logger.warn(`history of ${begun.length} runs not read, trying again: ${(error as Error).message}`);
        await pause(this.clock, HISTORY_RETRY_MS);
      }
    }
    for (const [index, run] of runs.entries()) {
      session.handingOver.delete(run.runId);
      const watch = watches[index];
      const dropped = () => {
        this.slots.free();
        watch?.onDropped?.();
        this.dispatcher.slotFreed();
      };
      if (histories === undefined) dropped();
      else this.executor.execute(session, run, histories.get(run.runId) ?? EMPTY_HISTORY, dropped, watch?.onProgress);
    }
  }

  /** Half of the slots for runs that are due, half for the queue; a single slot goes to the two in turn. */
  async #claimFairly({ executorId }: ExecutorSession, names: string[], limit: number): Promise<ClaimedRun[]> {
    if (limit > 1) return this.claims.claim(executorId, names, limit, Math.ceil(limit / 2));
    this.#dueFirst = !this.#dueFirst;
    const runs = await this.claims.claim(executorId, names, limit, this.#dueFirst ? 1 : 0);
    return runs.length > 0 || this.#dueFirst ? runs : this.claims.claim(executorId, names, limit, 1);
  }

  /** Takes slots for what `claim` may bring and gives back those it did not need. */
  async #withSlots(session: ExecutorSession, limit: number, claim: () => Promise<ClaimedRun[]>): Promise<ClaimedRun[]> {
    this.slots.take(limit);
    const claimEnds = session.claimBegins();
    let unused = limit;
    try {
      const runs = await claim();
      unused -= runs.length;
      for (const { runId } of runs) session.handingOver.add(runId);
      return runs;
    } finally {
      claimEnds();
      this.slots.free(unused);
    }
  }
}
