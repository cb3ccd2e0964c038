// What really happened: every execution of a step body leaves a line in a file when it begins. The line survives the process's SIGKILL, and
// lines of several processes stand in the order in which they were written. Written by program-worker.ts, read by the spec.
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface BodyExecution {
  run: string;
  node: number;
  attempt: number;
  /** Of the claim under which it ran. */
  token: string;
  /** No other execution has it; it is part of what the body gives. */
  mark: string;
}

export class BodyLedger {
  readonly #file: number;

  constructor(readonly path: string) {
    this.#file = openSync(path, 'a');
  }

  static create(): BodyLedger {
    return new BodyLedger(join(mkdtempSync(join(tmpdir(), 'programs-')), 'bodies'));
  }

  /** Gives the mark of this execution. */
  begin(run: string, node: number, attempt: number, token: string): string {
    const mark = randomBytes(6).toString('hex');
    writeSync(this.#file, `${run} ${node} ${attempt} ${token} ${mark}\n`);
    return mark;
  }

  /** How much stands there: cheap to ask again and again. */
  get bytes(): number {
    return statSync(this.path).size;
  }

  /** In the order in which they began. */
  read(): BodyExecution[] {
    return readFileSync(this.path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [run = '', node, attempt, token = '', mark = ''] = line.split(' ');
        return { run, node: Number(node), attempt: Number(attempt), token, mark };
      });
  }

  dispose(): void {
    closeSync(this.#file);
    rmSync(dirname(this.path), { recursive: true, force: true });
  }
}

/** About as many bytes as a line has. */
export const LINE_BYTES = 92;
