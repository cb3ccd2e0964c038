// Operations that live in memory and record what they deliver, as an engine does: the interpreter is tried out with them, on native promises
// and with no engine at all. Called by interpreter.spec.ts.
import type { StepOptions } from '../../lib/index.js';
import type { Recorded } from './interpreter.js';
import type { Operations } from './run-program.js';

interface Outcome {
  output?: unknown;
  error?: Error;
  attempts?: number;
}

export class MemoryOperations implements Operations {
  readonly record: Recorded[] = [];
  /** Of the body that is about to begin. */
  attempt = 1;
  #nextOrdinal = 0;
  #nextSeq = 0;
  #ready: Array<() => void> = [];
  #isPumping = false;
  #isOver = false;

  constructor(
    private readonly chance: () => number,
    /** False: outcomes are handed over at once, whatever else is going on in that turn. */
    private readonly drained = true,
  ) {}

  /** Nothing is delivered or recorded any more. */
  end(): void {
    this.#isOver = true;
  }

  step<T>(name: string, body: () => T | Promise<T>, options?: StepOptions): Promise<T> {
    return this.#ask<T>('step', name, async () => {
      const { maxAttempts = 1 } = options?.retry ?? {};
      for (let attempt = 1; ; attempt++) {
        await this.#while();
        this.attempt = attempt;
        try {
          return { output: await body(), attempts: attempt };
        } catch (error) {
          if (attempt === maxAttempts) return { error: error as Error, attempts: attempt };
        }
      }
    });
  }

  sleep(): Promise<void> {
    return this.#ask('sleep', 'sleep', () => this.#while());
  }

  sleepUntil(): Promise<void> {
    return this.#ask('sleep', 'sleepUntil', async () => {
      await this.#while();
      return this.chance() < 0.2 ? { error: new Error('that time is past') } : {};
    });
  }

  setEvent(key: string): Promise<void> {
    return this.#ask('event', key, async () => ({}));
  }

  progress(): Promise<void> {
    return this.#ask('progress', 'progress', async () => ({}));
  }

  now(): Date {
    const now = new Date();
    this.#value('now', { $wf: ['date', now.toISOString()] });
    return now;
  }

  random(): number {
    return this.#value('random', Math.random());
  }

  uuid(): string {
    return this.#value('uuid', `uuid-${this.chance()}`);
  }

  async #while(): Promise<Outcome> {
    const when = this.chance();
    if (when < 0.3) await null;
    else if (when < 0.8) for (let turns = this.chance() * 4; turns > 0; turns--) await new Promise(setImmediate);
    else await new Promise((resolve) => setTimeout(resolve, this.chance() * 3));
    return {};
  }

  #value<T>(name: string, value: T): T {
    const row = {
      ordinal: this.#nextOrdinal++,
      seq: null,
      kind: 'value',
      name,
      output: JSON.stringify(value),
      error: null,
      attempts: 1,
    };
    if (!this.#isOver) this.record.push(row);
    return value;
  }

  #ask<T>(kind: string, name: string, work: () => Promise<Outcome>): Promise<T> {
    const ordinal = this.#nextOrdinal++;
    return new Promise<T>((resolve, reject) => {
      void work().then(({ output, error, attempts = 1 }) => {
        this.#handOver(() => {
          if (this.#isOver) return;
          this.record.push({
            ordinal,
            seq: this.#nextSeq++,
            kind,
            name,
            output: output === undefined ? null : JSON.stringify(output),
            error: error === undefined ? null : JSON.stringify({ message: error.message }),
            attempts,
          });
          if (error === undefined) resolve(output as T);
          else reject(error);
        });
      });
    });
  }

  #handOver(deliver: () => void): void {
    if (!this.drained) {
      deliver();
      return;
    }
    this.#ready.push(deliver);
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => this.#pump());
  }

  #pump(): void {
    this.#ready.shift()?.();
    this.#isPumping = this.#ready.length > 0;
    if (this.#isPumping) setImmediate(() => this.#pump());
  }
}
