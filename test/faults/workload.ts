// The workflows of the fault runs. Each step has a name of its own within its run, leaves two lines in the ledger, and returns a nonce; each
// workflow returns the nonces by step. So the checker knows from the outside what must have happened.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { currentScope } from '../../lib/engine/run-scope.js';
import { type RetryOptions, Workflow, WorkflowContext } from '../../lib/index.js';
import { block } from './fault-action.js';
import { Ledger } from './ledger.js';

export type Nonces = Record<string, string>;

/** Names of the workflows that a mixed load is made of; each takes the ms that a step body takes. */
export const MIX = ['plain', 'parallel', 'nap', 'flaky', 'noisy'] as const;
export const STEPS_PER_RUN = 5;

@Injectable()
export class Workload {
  constructor(
    @Inject(Ledger) private readonly ledger: Ledger,
    @Inject(WorkflowContext) private readonly wf: WorkflowContext,
  ) {}

  @Workflow({ name: 'plain' })
  async plain(ms: number): Promise<Nonces> {
    const done: Nonces = {};
    for (const step of ['a', 'b', 'c', 'd', 'e']) await this.#step(done, step, ms, Object.keys(done));
    return done;
  }

  @Workflow({ name: 'parallel' })
  async parallel(ms: number): Promise<Nonces> {
    const done: Nonces = {};
    await this.#step(done, 'a', ms, []);
    await Promise.all([this.#step(done, 'b', ms, ['a']), this.#step(done, 'c', ms / 2, ['a']), this.#step(done, 'd', 0, ['a'])]);
    await this.#step(done, 'e', ms, ['a', 'b', 'c', 'd']);
    return done;
  }

  /** One sleep that stays in memory, one that lets go of it (the workers suspend from 100 ms on). */
  @Workflow({ name: 'nap' })
  async nap(ms: number): Promise<Nonces> {
    const done: Nonces = {};
    await this.#step(done, 'a', ms, []);
    await this.wf.sleep(50);
    for (const step of ['b', 'c']) await this.#step(done, step, ms, Object.keys(done));
    await this.wf.sleep(400);
    for (const step of ['d', 'e']) await this.#step(done, step, ms, Object.keys(done));
    return done;
  }

  /** Winds down whatever happens, shielded from a stop that comes late. */
  @Workflow({ name: 'winds' })
  async winds(ms: number): Promise<Nonces> {
    const done: Nonces = {};
    try {
      for (const step of ['a', 'b', 'c']) await this.#step(done, step, ms, Object.keys(done));
      await this.wf.sleep(300);
      for (const step of ['d', 'e']) await this.#step(done, step, ms, Object.keys(done));
    } finally {
      await this.wf.shield(() => this.#step(done, 'z', ms, []));
    }
    return done;
  }

  @Workflow({ name: 'flaky' })
  async flaky(ms: number): Promise<Nonces> {
    const done: Nonces = {};
    await this.#step(done, 'a', ms, [], { fails: 2, retry: { maxAttempts: 3, initialInterval: 5 } });
    await this.#step(done, 'b', ms, ['a'], { fails: 1, retry: { maxAttempts: 2, initialInterval: 300 } });
    for (const step of ['c', 'd', 'e']) await this.#step(done, step, ms, Object.keys(done));
    return done;
  }

  @Workflow({ name: 'noisy' })
  async noisy(ms: number): Promise<Nonces> {
    const done: Nonces = {};
    for (const step of ['a', 'b', 'c', 'd', 'e']) {
      await this.#step(done, step, ms, Object.keys(done));
      await this.wf.setEvent('last', step);
      await this.wf.progress(`after ${step}`, { id: this.wf.uuid() });
    }
    return done;
  }

  /** Its first execution blocks the event loop for three leases. */
  @Workflow({ name: 'blocking' })
  async blocking(ms: number): Promise<Nonces> {
    const done: Nonces = {};
    for (const step of ['a', 'b', 'c', 'd', 'e']) await this.#step(done, step, ms, Object.keys(done), { blocks: step === 'c' });
    return done;
  }

  @Workflow({ name: 'poison', maxRecoveryAttempts: 3 })
  async poison(): Promise<void> {
    await this.wf.step('abort', () => {
      process.abort();
    });
  }

  #step(done: Nonces, step: string, ms: number, after: string[], conduct?: StepConduct): Promise<void> {
    return tellingStep(this.ledger, this.wf, done, step, ms, after, conduct);
  }
}

export interface StepConduct {
  fails?: number;
  blocks?: boolean;
  retry?: RetryOptions;
  /** Of wf.map or wf.all, in which it is. */
  branch?: string;
  /** What the body does with its nonce. */
  during?: (nonce: string) => Promise<void>;
}

/** A step that leaves its lines in the ledger, and its nonce in `done`. */
export async function tellingStep(
  ledger: Ledger,
  wf: WorkflowContext,
  done: Nonces,
  name: string,
  ms: number,
  after: string[],
  { fails = 0, blocks = false, retry, branch, during }: StepConduct = {},
): Promise<void> {
  const step = branch === undefined ? name : `${branch}/${name}`;
  done[step] = await wf.step(
    name,
    async () => {
      const { frame, step: attempt } = currentScope() ?? {};
      const token = frame?.token ?? '';
      const line = { run: wf.runId, step, token, nonce: randomUUID(), pid: process.pid };
      ledger.append({ kind: 'begin', ...line, at: Date.now(), after });
      if (blocks && isFirst(ledger, line.run, step)) block(9_000);
      else if (ms > 0) await pause(ms);
      await during?.(line.nonce);
      ledger.append({ kind: 'end', ...line, at: Date.now() });
      if ((attempt?.attempt ?? 1) <= fails) throw new Error(`attempt ${attempt?.attempt} fails`);
      return line.nonce;
    },
    { retry },
  );
}

/** Of all executions anywhere: the ledger knows. */
function isFirst(ledger: Ledger, run: string, step: string): boolean {
  return ledger.read().filter((line) => line.kind === 'begin' && line.run === run && line.step === step).length === 1;
}
