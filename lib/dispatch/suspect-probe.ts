// Runs that were rescued twice without progress: one of them may take its process down. A process that takes care of them takes nothing
// new until all that it runs has recorded something, and is not harmed by one rescue more; then suspects: some at once of those that are
// suspected for the first time, one alone of the others; the next when the last have recorded something, which clears them, or are
// over. So the neighbours of a poison run, suspects too after its second crash, are cleared as fast as they record, and at its fourth crash
// it is alone.
//
//   normal ──suspects seen──► settling ──nobody unproven──► probing ──no more suspects──► normal
//      ▲                         │ 15 s                        │ 15 s in all; 15 s for one that records nothing
//      └─────────────────────────┴─────────────────────────────┘
import type { ExecutorSession } from '../engine/executor-session.js';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Slots } from './slots.js';

/** How long a process is kept for suspects at a stretch, and how long it works normally after that. */
const STRETCH_MS = 15_000;
/** How long one is waited for that neither ends nor records anything. */
const ALONE_MS = 15_000;
/** How soon a process that settles looks at its runs again. */
const SETTLING_MS = 50;
/** After so many stretches in which the process did not settle a suspect is run among others: waiting for ever would be worse. */
const PATIENCE = 8;

export interface RunWatch {
  onProgress?(): void;
  onDropped?(): void;
}

export interface SuspectProbePorts {
  /** Is there one that this process serves? @throws the database's error */
  hasSuspect(): Promise<boolean>;
  /** Claims one or some, asks for a watch for each, and hands them over. False: there was none. @throws the database's error */
  claim(session: ExecutorSession, watch: () => RunWatch): Promise<boolean>;
  /** The next one may be claimed. */
  onReady(): void;
}

export class SuspectProbe {
  #mode: 'normal' | 'settling' | 'probing' = 'normal';
  #stretchSince = Number.NEGATIVE_INFINITY;
  #aloneSince = Number.NEGATIVE_INFINITY;
  #restUntil = Number.NEGATIVE_INFINITY;
  #stretchesInVain = 0;
  #lookAgain?: Timer;

  constructor(
    private readonly ports: SuspectProbePorts,
    private readonly slots: Slots,
    private readonly clock: Clock,
  ) {}

  /** False while the process is kept for suspects. */
  get takesNewRuns(): boolean {
    return this.#mode === 'normal';
  }

  /** Claims the next suspect, if the process is kept for them and nobody here is unproven. */
  async claimNext(session: ExecutorSession): Promise<boolean> {
    if (this.#mode !== 'settling') return false;
    if (!this.#isSettled(session)) {
      this.#lookAgain?.cancel();
      this.#lookAgain = this.clock.setTimer(SETTLING_MS, () => this.ports.onReady());
      return false;
    }
    this.#mode = 'probing';
    this.#aloneSince = this.clock.monotonic();
    try {
      const claimed = await this.#claim(session);
      if (!claimed) this.#mode = 'normal';
      return claimed;
    } catch (error) {
      this.#mode = 'normal';
      throw error;
    }
  }

  /** Called at the tick and after a rescue. `share`: the chance that it is this process that begins to take care of them. */
  async watch(session: ExecutorSession, share: number): Promise<void> {
    const now = this.clock.monotonic();
    if (this.#mode === 'probing' && now - this.#aloneSince > ALONE_MS) this.#rest(now);
    if (this.#mode === 'settling' && now - this.#stretchSince > STRETCH_MS) {
      this.#stretchesInVain++;
      this.#rest(now);
      if (this.#stretchesInVain >= PATIENCE) await this.#claim(session);
    }
    if (this.#mode !== 'normal' || now < this.#restUntil || Math.random() >= share || !(await this.ports.hasSuspect())) return;
    // Asked twice at once.
    if (!this.takesNewRuns) return;
    this.#mode = 'settling';
    this.#stretchSince = now;
    await this.claimNext(session);
  }

  /** What is between claim and frame has recorded nothing either. */
  #isSettled({ frames }: ExecutorSession): boolean {
    if (this.slots.used > frames.size) return false;
    for (const run of frames.values()) if (!run.hasProgressed) return false;
    return true;
  }

  async #claim(session: ExecutorSession): Promise<boolean> {
    let unproven = 0;
    const watch = (): RunWatch => {
      unproven++;
      // Cleared or over, whichever comes first: from then on it is none of our business.
      let done = false;
      const end = () => {
        if (done) return;
        done = true;
        if (--unproven === 0) this.#goOn();
      };
      return { onProgress: end, onDropped: end };
    };
    const claimed = await this.ports.claim(session, watch);
    if (claimed) this.#stretchesInVain = 0;
    return claimed;
  }

  #goOn(): void {
    if (this.#mode !== 'probing') return;
    const now = this.clock.monotonic();
    if (now - this.#stretchSince > STRETCH_MS) this.#rest(now);
    else this.#mode = 'settling';
    this.ports.onReady();
  }

  #rest(now: number): void {
    this.#mode = 'normal';
    this.#restUntil = now + STRETCH_MS;
  }
}
