// A clock that the spec moves by hand: both of its times go on together, and timers fire when their time has come.
import type { Clock, Timer } from '../../lib/kernel/clock.js';

/** 1 January 2030: far from the clock of the machine, so that nobody reads the wrong one unseen. */
const WALL = Date.UTC(2030, 0);

export class ManualClock implements Clock {
  #elapsed = 0;
  readonly #timers = new Set<{ dueAt: number; fire: () => void }>();

  now(): number {
    return WALL + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const timer = { dueAt: this.#elapsed + delayMs, fire };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  advance(ms: number): void {
    this.#elapsed += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.dueAt - b.dueAt)) {
      if (timer.dueAt > this.#elapsed || !this.#timers.delete(timer)) continue;
      timer.fire();
    }
  }
}

export const silent = { log() {}, warn() {}, error() {}, debug() {} };

/** Everything that needs no timer and no answer from outside has happened by then: the code under test knows microtasks and turns only. */
export async function turnsPass(turns = 30): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(setImmediate);
}
