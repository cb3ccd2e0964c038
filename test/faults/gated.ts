// The queues of the fault runs, and workflows that hold a permit of one: through steps, sleeps, messages, children, an error, a step body that
// outlives its run, and from one execution of a run to the next. Steps leave their lines in the ledger as those of workload.ts do.
import { Inject, Injectable } from '@nestjs/common';
import { type QueueOptions, Workflow, WorkflowContext } from '../../lib/index.js';
import { Ledger } from './ledger.js';
import { Talks } from './talks.js';
import { type Nonces, tellingStep } from './workload.js';

export interface GateQueue extends QueueOptions {
  /** How many different partition keys its runs have; without, none. */
  partitions?: number;
  rateLimit?: { limit: number; period: number };
}

export const GATE_QUEUES: readonly GateQueue[] = [
  { name: 'one', concurrency: 1 },
  { name: 'two', concurrency: 2 },
  { name: 'three', concurrency: 3, workerConcurrency: 1 },
  { name: 'four', concurrency: 4, releaseWhileWaiting: true },
  { name: 'five', concurrency: 5, partitionConcurrency: 2, partitions: 4 },
  { name: 'narrow', workerConcurrency: 2 },
  { name: 'rated', rateLimit: { limit: 20, period: 1_000 } },
  { name: 'parts', partitions: 50 },
];

/** As the library takes them. */
export const queueOptions = (): QueueOptions[] => GATE_QUEUES.map(({ partitions: _partitions, ...options }) => options);

/** Names of the workflows that hold permits; each takes the ms that a step body takes. */
export const GATED = ['shift', 'doze', 'await', 'family', 'breaks', 'hasty', 'twice'] as const;
export type GatedName = (typeof GATED)[number];

@Injectable()
export class Gated {
  constructor(
    @Inject(Ledger) private readonly ledger: Ledger,
    @Inject(WorkflowContext) private readonly wf: WorkflowContext,
    @Inject(Talks) private readonly talks: Talks,
  ) {}

  @Workflow({ name: 'shift' })
  async shift(ms: number): Promise<{ steps: Nonces }> {
    const steps: Nonces = {};
    for (const step of ['a', 'b', 'c']) await this.#step(steps, step, ms);
    return { steps };
  }

  @Workflow({ name: 'doze' })
  async doze(ms: number): Promise<{ steps: Nonces }> {
    const steps: Nonces = {};
    await this.#step(steps, 'a', ms);
    await this.wf.sleep(60 + 2 * ms);
    await this.#step(steps, 'b', ms);
    return { steps };
  }

  /** Somebody has to say `go`. */
  @Workflow({ name: 'await' })
  async await(ms: number): Promise<{ steps: Nonces }> {
    const steps: Nonces = {};
    await this.#step(steps, 'a', ms);
    await this.wf.receive('go');
    await this.#step(steps, 'b', ms);
    return { steps };
  }

  /** Its child is of a queue without limits. */
  @Workflow({ name: 'family' })
  async family(ms: number): Promise<{ steps: Nonces; child: unknown }> {
    const steps: Nonces = {};
    await this.#step(steps, 'a', ms);
    const child = await this.talks.leaf(ms, 'child');
    await this.#step(steps, 'b', ms);
    return { steps, child };
  }

  @Workflow({ name: 'breaks' })
  async breaks(ms: number): Promise<never> {
    await this.#step({}, 'a', ms);
    throw new Error('on purpose');
  }

  /** Returns while a step body still runs. */
  @Workflow({ name: 'hasty' })
  async hasty(ms: number): Promise<{ steps: Nonces }> {
    const steps: Nonces = {};
    await this.#step(steps, 'a', ms);
    void this.#step({}, 'left', 4 * ms + 60);
    await this.#step(steps, 'b', ms);
    return { steps };
  }

  @Workflow({ name: 'twice' })
  async twice(ms: number, round = 1): Promise<{ steps: Nonces }> {
    const steps: Nonces = {};
    await this.#step(steps, `round${round}`, ms);
    return round === 1 ? this.wf.continueAsNew([ms, 2]) : { steps };
  }

  #step(steps: Nonces, step: string, ms: number): Promise<void> {
    return tellingStep(this.ledger, this.wf, steps, step, ms, Object.keys(steps));
  }
}
