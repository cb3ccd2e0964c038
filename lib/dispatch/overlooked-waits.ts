// Wakes every run whose source is there though nobody told it: what a process that died may have left unsaid between the commit of a source
// and the look for who waits for it; see migrations/0005-waking.ts. Reads all waits, so it runs only after such a death.
import { type Clock, pause } from '../kernel/clock.js';
import type { WakeStore } from '../store/waking/wake.store.js';

const PAGE = 2_000;
const BUSY_RETRY_MS = 20;
const FIRST = '00000000-0000-0000-0000-000000000000';

export class OverlookedWaits {
  constructor(
    private readonly wakes: WakeStore,
    private readonly clock: Clock,
    private readonly onWoken: () => void,
  ) {}

  /** All pages. @throws the database's error; to be called again, from the start */
  async runOnce(): Promise<void> {
    for (let after = FIRST; ; ) {
      const page = await this.wakes.wakeOverlooked(after, PAGE);
      if (page.woken > 0) this.onWoken();
      if (page.last === null) return;
      // Somebody had a row of this page locked, for as long as a flush takes.
      if (page.busy) await pause(this.clock, BUSY_RETRY_MS);
      else after = page.last;
    }
  }
}
