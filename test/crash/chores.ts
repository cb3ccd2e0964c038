// The workflows of the crash specs, run by worker.ts in processes of their own, and started by the specs.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Step, Workflow, WorkflowContext } from '../../lib/index.js';
import { EffectsLedger } from './effects-ledger.js';

@Injectable()
export class ChoreSteps {
  constructor(
    @Inject(EffectsLedger) private readonly ledger: EffectsLedger,
    @Inject(WorkflowContext) private readonly wf: WorkflowContext,
  ) {}

  /** Takes `ms`, leaves a line in the ledger, and returns what stands there. */
  @Step({ name: 'effect' })
  async effect(step: string, ms: number): Promise<string> {
    this.ledger.begin({ run: this.wf.runId, step, pid: process.pid });
    await pause(ms);
    const nonce = randomUUID();
    this.ledger.append({ run: this.wf.runId, step, nonce, pid: process.pid });
    return nonce;
  }

  @Step({ name: 'abort' })
  async abort(): Promise<void> {
    this.ledger.append({ run: this.wf.runId, step: 'abort', nonce: '', pid: process.pid });
    process.abort();
  }
}

@Injectable()
export class Chores {
  constructor(
    @Inject(ChoreSteps) private readonly steps: ChoreSteps,
    @Inject(WorkflowContext) private readonly wf: WorkflowContext,
  ) {}

  /** Steps one after another, two at once, an event and a durable sleep. Returns the nonces, by step. */
  @Workflow({ name: 'chore' })
  async chore(ms: number): Promise<Record<string, string>> {
    const done: Record<string, string> = {};
    for (const step of ['a', 'b']) done[step] = await this.steps.effect(step, ms);
    await this.wf.setEvent('phase', 'half');
    const [c, d] = await Promise.all([this.steps.effect('c', ms), this.steps.effect('d', ms / 2)]);
    Object.assign(done, { c, d });
    await this.wf.sleep(ms);
    for (const step of ['e', 'f']) done[step] = await this.steps.effect(step, ms);
    return done;
  }

  @Workflow({ name: 'poison', maxRecoveryAttempts: 2 })
  async poison(): Promise<void> {
    await this.steps.abort();
  }
}

export const CHORE_STEPS = ['a', 'b', 'c', 'd', 'e', 'f'];
