// The client's part in the fault runs of queues: keeps every queue full, says `go` to those that wait for it, cancels some, and pauses queues for a
// moment. It is not killed; what it was told stands in the ledger, or here.
import { setTimeout as pause } from 'node:timers/promises';
import type { StartOptions } from '../../lib/index.js';
import type { FaultCluster } from './fault-cluster.js';
import { GATE_QUEUES, GATED, type GatedName, type GateQueue } from './gated.js';
import { pick } from './scenario.js';

/** Nothing of the queue may begin between the two: ms since the epoch, from the answer to the pause to before resuming was asked for. */
export interface Pause {
  queue: string;
  from: number;
  to: number;
}

/** Runs that are not over, of a queue, when it is full. */
const DEPTH = 8;
const PAUSE_MS = 350;
/** Of bodies. Short, so that many runs pass; a queue of one still gets through. */
const MS = [10, 30, 90] as const;

export class GateLoad {
  readonly pauses: Pause[] = [];
  readonly #under = new Set<Promise<void>>();
  #isOn = true;
  #letters = 0;

  constructor(
    private readonly cluster: FaultCluster,
    private readonly random: () => number,
  ) {}

  start(): void {
    this.#go(this.#repeat(500, () => this.#fill()));
    this.#go(this.#repeat(250, () => this.#cancelOne()));
    this.#go(this.#repeat(1_200, () => this.#pauseOne()));
  }

  /** Nothing more is started; resolves when all letters are written and no queue is paused. */
  async stop(): Promise<void> {
    this.#isOn = false;
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  /** So many runs of each queue, at once. */
  async fillOnce(count: number): Promise<void> {
    for (const queue of GATE_QUEUES) await this.#startIn(queue, count);
  }

  async #repeat(everyMs: number, work: () => Promise<void>): Promise<void> {
    while (this.#isOn) {
      await work();
      await pause(everyMs * (0.5 + this.random()));
    }
  }

  async #fill(): Promise<void> {
    const { rows } = await this.cluster.schema.pool.query<{ queue: string; left: number }>(
      'select queue, count(*)::int "left" from workflow_status where completed_at is null group by queue',
    );
    const left = new Map(rows.map((row) => [row.queue, row.left]));
    for (const queue of GATE_QUEUES) {
      const depth = Math.max(DEPTH, queue.partitions ?? 0, 2 * (queue.rateLimit?.limit ?? 0));
      await this.#startIn(queue, Math.ceil(depth - (left.get(queue.name) ?? 0)));
    }
  }

  async #startIn({ name: queue, partitions }: GateQueue, count: number): Promise<void> {
    const items = new Map<GatedName, Array<{ args: [number]; options: StartOptions }>>();
    for (let i = 0; i < count; i++) {
      const workflow = pick(this.random, GATED);
      const partitionKey = partitions === undefined ? undefined : `p${Math.floor(this.random() * partitions)}`;
      const options = {
        queue,
        partitionKey,
        priority: pick(this.random, [0, 0, 1, -3]),
        ...(this.random() < 0.1 && { delay: 20 + Math.floor(this.random() * 300) }),
        ...(this.random() < 0.2 && { id: `gated ${++this.#letters}` }),
      };
      items.set(workflow, [...(items.get(workflow) ?? []), { args: [pick(this.random, MS)], options }]);
    }
    for (const [workflow, group] of items) {
      const runs = await this.cluster.client.workflows.startMany(workflow, group);
      this.cluster.acknowledge(runs.map(({ runId }) => runId));
      if (workflow === 'await') for (const { runId } of runs) this.#go(this.#sayGo(runId));
    }
  }

  async #sayGo(run: string): Promise<void> {
    await pause(this.random() * 600);
    await repeatedly(['SEND_FAILED'], () =>
      this.cluster.client.workflows.send(run, 'go', 'now', { idempotencyKey: 'go' }).catch((error) => {
        // Cancelled meanwhile.
        if ((error as { code?: string }).code !== 'RUN_FINISHED') throw error;
      }),
    );
  }

  /** One that has begun, if there is one. */
  async #cancelOne(): Promise<void> {
    const { rows } = await this.cluster.schema.pool.query<{ run: string }>(`
      select workflow_id run from workflow_status where completed_at is null and queue <> 'default'
      order by (status = 'RUNNING') desc, random() limit 1`);
    const run = rows[0]?.run;
    if (run === undefined) return;
    this.cluster.ledger.append({ kind: 'cancel', run });
    const changed = await repeatedly(['CANCEL_FAILED'], () => this.cluster.client.workflows.cancel(run));
    this.cluster.ledger.append({ kind: 'cancel', run, changed });
  }

  async #pauseOne(): Promise<void> {
    const { name } = pick(this.random, GATE_QUEUES);
    const { queues } = this.cluster.client.workflows;
    await repeatedly(['55P03'], () => queues.pause(name));
    const from = Date.now() + 1;
    await pause(PAUSE_MS);
    const to = Date.now();
    await repeatedly(['55P03'], () => queues.resume(name));
    this.pauses.push({ queue: name, from, to });
  }

  #go(work: Promise<void>): void {
    const done = work
      .catch((error) => this.cluster.ledger.append({ kind: 'surprise', what: String((error as Error).stack) }))
      .finally(() => this.#under.delete(done));
    this.#under.add(done);
  }
}

/** Until it does not fail with one of these codes. */
async function repeatedly<R>(codes: readonly string[], work: () => Promise<R>): Promise<R> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!codes.includes((error as { code?: string }).code ?? '')) throw error;
    }
  }
}
