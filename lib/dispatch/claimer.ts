// One claim round: as many runs as there are free slots, their history in a later statement, each handed to the executor. Runs that need a
// permit are claimed apart (gated-claims.ts), and so are suspects (suspect-probe.ts).

import type { ExecutorSession } from '../engine/executor-session.js';
import type { RunExecutor } from '../engine/run-executor.js';
import { type Clock, pause } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { EMPTY_HISTORY } from '../model/operation.js';
import type { ReplayStore } from '../store/history/replay.store.js';
import type { ClaimedRun } from '../store/runs/claimed-run.js';
import type { RunClaimStore, Served } from '../store/runs/run-claim.store.js';
import type { GatedClaims } from './gated-claims.js';
import type { Slots } from './slots.js';
import { type RunWatch, SuspectProbe } from './suspect-probe.js';

const HISTORY_RETRY_MS = 200;
/** Suspected for the first time: a poison run among them takes down so many, once more. */
const SUSPECTS_AT_ONCE = 10;

export interface Claims {
  claimed: number;
  /** Of these, runs that needed a permit. */
  gated: number;
  /** Runs that need no permit may wait: nothing may start past them. */
  isBacklog: boolean;
  /** Another claim may bring more, if slots are free. */
  goOn: boolean;
}

export class Claimer {
  readonly #suspects: SuspectProbe;
  #stopped = false;
  /** Who gets a single slot: what has begun, what may begin, what needs a permit; in turn. */
  #turn = 0;

  constructor(
    private readonly claims: RunClaimStore,
    private readonly histories: ReplayStore,
    private readonly gated: GatedClaims,
    private readonly served: () => Served,
    private readonly executor: RunExecutor,
    private readonly slots: Slots,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
    private readonly dispatcher: { slotFreed(): void; poke(): void },
  ) {
    const ports = {
      hasSuspect: async () => this.served().names.length > 0 && this.claims.hasSuspect(this.served()),
      claim: (session: ExecutorSession, watch: () => RunWatch) => this.#claimSuspects(session, watch),
      onReady: () => dispatcher.poke(),
    };
    this.#suspects = new SuspectProbe(ports, slots, clock);
  }

  /** Shutdown: what is claimed but has no history yet is given up; it goes back with the rest. */
  stop(): void {
    this.#stopped = true;
    this.gated.stop();
  }

  /** False while the process is kept for suspects. */
  get takesNewRuns(): boolean {
    return this.#suspects.takesNewRuns;
  }

  /**
   * Claims up to `limit` runs and hands them over; without `isOpenToo` only those that need a permit. @throws the database's error, with
   * nothing claimed or all to be rescued
   */
  async claim(session: ExecutorSession, limit: number, isOpenToo = true): Promise<Claims> {
    let most = limit;
    if (!this.takesNewRuns) {
      if (await this.#suspects.claimNext(session)) return { claimed: 1, gated: 0, isBacklog: true, goOn: true };
      if (!this.takesNewRuns) return { claimed: 0, gated: 0, isBacklog: true, goOn: false };
      // Eager starts may have begun meanwhile.
      most = Math.min(limit, this.slots.available);
    }
    const served = this.served();
    if (served.names.length === 0 || most <= 0) return { claimed: 0, gated: 0, isBacklog: most <= 0, goOn: false };
    this.#turn++;
    // Half of the slots for runs that need a permit, as long as there may be any; a single slot now and then.
    let gated = most === 1 && this.#turn % 3 === 0 ? await this.#claimGated(session, served, 1) : 0;
    const left = most > 1 && this.gated.mayHaveWork ? Math.ceil(most / 2) : most - gated;
    const open = isOpenToo ? left : 0;
    // Taken before the round trip: eager starts must not fill the same slots meanwhile.
    const runs = open === 0 ? [] : await this.#withSlots(session, open, () => this.#claimFairly(session, served, open));
    await this.#execute(session, runs);
    // Eager starts may have begun meanwhile.
    gated += await this.#claimGated(session, served, Math.min(most - gated - runs.length, this.slots.available));
    const claimed = gated + runs.length;
    // At most half of a claim comes from runs that are due, so half of it may be all that one claim gets.
    const isBacklog = isOpenToo && runs.length >= Math.ceil(open / 2);
    return { claimed, gated, isBacklog, goOn: (claimed > 0 && isBacklog) || this.gated.mayHaveWork };
  }

  /** Called at the tick. `share`: the chance that it is this process that takes care of suspects. */
  watchSuspects(session: ExecutorSession, share: number): Promise<void> {
    return this.#suspects.watch(session, share);
  }

  async #claimSuspects(session: ExecutorSession, watch: () => RunWatch): Promise<boolean> {
    const runs = await this.#withSlots(session, SUSPECTS_AT_ONCE, () =>
      this.claims.claimSuspects(session.executorId, this.served(), SUSPECTS_AT_ONCE, this.slots.byQueue),
    );
    for (const { runId, recoveryAttempts } of runs)
      this.logger.warn(`run ${runId} was rescued ${recoveryAttempts} times without progress; it is run apart from others`);
    await this.#execute(session, runs, runs.map(watch));
    return runs.length > 0;
  }

  async #claimGated(session: ExecutorSession, served: Served, limit: number): Promise<number> {
    if (!this.gated.mayHaveWork || limit <= 0) return 0;
    const runs = await this.#withSlots(session, limit, () => this.gated.claim(session, served, limit));
    await this.#execute(session, runs);
    return runs.length;
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
      this.slots.enter(run.queue);
      const dropped = () => {
        this.slots.leave(run.queue);
        watch?.onDropped?.();
        this.dispatcher.slotFreed();
      };
      if (histories === undefined) dropped();
      else this.executor.execute(session, run, histories.get(run.runId) ?? EMPTY_HISTORY, dropped, watch?.onProgress);
    }
  }

  /** Half of the slots for runs that are due, half for the queues; a single slot goes to the two in turn. */
  async #claimFairly({ executorId }: ExecutorSession, served: Served, limit: number): Promise<ClaimedRun[]> {
    if (limit > 1) return this.claims.claim(executorId, served, limit);
    const dueFirst = this.#turn % 2 === 0;
    const runs = await this.claims.claim(executorId, served, limit, dueFirst ? 1 : 0);
    return runs.length > 0 || dueFirst ? runs : this.claims.claim(executorId, served, limit, 1);
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
