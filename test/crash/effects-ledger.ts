/**
 * What really happened, outside the database: every step body appends one line to a file before it returns. An appended line survives the
 * process's SIGKILL, so the ledger knows every execution, also those that nobody recorded.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Effect {
  run: string;
  step: string;
  /** Fresh per execution; also the step's result. */
  nonce: string;
  pid: number;
}

export class EffectsLedger {
  constructor(readonly path: string) {}

  static create(): EffectsLedger {
    const path = join(mkdtempSync(join(tmpdir(), 'effects-')), 'ledger.jsonl');
    for (const file of [path, `${path}.begun`]) writeFileSync(file, '');
    return new EffectsLedger(path);
  }

  append(effect: Effect): void {
    appendFileSync(this.path, `${JSON.stringify(effect)}\n`);
  }

  /** A body has begun; it may end without an effect. */
  begin(effect: Omit<Effect, 'nonce'>): void {
    appendFileSync(`${this.path}.begun`, `${JSON.stringify(effect)}\n`);
  }

  read(): Effect[] {
    return this.#lines(this.path);
  }

  begun(): Effect[] {
    return this.#lines(`${this.path}.begun`);
  }

  #lines(path: string): Effect[] {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Effect);
  }

  /** Executions per run and step, keyed `run/step`. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { run, step } of this.read()) counts.set(`${run}/${step}`, (counts.get(`${run}/${step}`) ?? 0) + 1);
    return counts;
  }

  dispose(): void {
    rmSync(join(this.path, '..'), { recursive: true, force: true });
  }
}
