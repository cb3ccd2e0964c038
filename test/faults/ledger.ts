// What really happened, outside the database under test: one file per process, one line per fact, appended before the process goes on. A
// line survives the process's SIGKILL, so the ledger knows every execution of a body, also those that nobody recorded.
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A step body begins, or is about to return `nonce`. `after`: steps of the run whose results it was called with. */
export interface BodyLine {
  kind: 'begin' | 'end';
  run: string;
  step: string;
  token: string;
  nonce: string;
  /** ms since the epoch, of the machine that the database runs on too. */
  at: number;
  pid: number;
  after?: string[];
}

/** A flush left the process, or its answer came. `outcome`: `ok`, `lost:<n>`, or the error's code. */
export interface FlushLine {
  kind: 'flush';
  executor: string;
  sentAt: number;
  runs: number;
  outcome: string;
}

/** A start whose promise resolved: from here on the run must not be lost. */
export interface StartedLine {
  kind: 'started';
  run: string;
}

/** This process stops (or blocks) itself at a fault point, or is about to die. */
export interface FaultLine {
  kind: 'fault';
  point: string;
  action: string;
  at: number;
  pid: number;
}

/** A message of the client process whose send resolved: it must be received once. */
export interface SentLine {
  kind: 'sent';
  run: string;
  topic: string;
  n: number;
  at: number;
}

/** A cancel is about to be asked for; with `changed`, its answer: this call ended the run, or did not. */
export interface CancelLine {
  kind: 'cancel';
  run: string;
  changed?: boolean;
}

/** A STOP is about to be sent. */
export interface StopLine {
  kind: 'stop';
  run: string;
}

/** A stream that the client process read live, to its end. */
export interface ReadLine {
  kind: 'read';
  run: string;
  stream: string;
  from: number;
  /** As they came: offset and serialised value. */
  chunks: Array<[offset: number, value: string]>;
}

/** What a call gave that must not give it. */
export interface SurpriseLine {
  kind: 'surprise';
  what: string;
}

export type LedgerLine =
  | BodyLine
  | FlushLine
  | StartedLine
  | FaultLine
  | SentLine
  | CancelLine
  | StopLine
  | ReadLine
  | SurpriseLine;

export class Ledger {
  constructor(readonly folder: string) {}

  static create(): Ledger {
    return new Ledger(mkdtempSync(join(tmpdir(), 'faults-')));
  }

  append(line: LedgerLine): void {
    appendFileSync(join(this.folder, `${process.pid}.jsonl`), `${JSON.stringify(line)}\n`);
  }

  read(): LedgerLine[] {
    return readdirSync(this.folder).flatMap((file) =>
      readFileSync(join(this.folder, file), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as LedgerLine),
    );
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
