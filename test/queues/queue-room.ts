// What specs of queues share: workflows whose runs say that they have begun and are held until the spec lets them go, and looks at what the
// database says. That something does not begin is shown without waiting: a whole cycle of the dispatcher by hand finds nothing to claim.
import { type WorkflowContext, type WorkflowOptions, type WorkflowsModuleOptions } from '../../lib/index.js';
import { Deferred } from '../../lib/kernel/deferred.js';
import { type Cluster, type ClusterApp, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';

/** Only events make anything happen: the tick comes after the test. */
export const NO_TICK: WorkflowsModuleOptions = { tickInterval: '60s' };

export class Held {
  readonly begun = new TestSignal<unknown>();
  /** In the order in which they began. */
  readonly order: unknown[] = [];
  readonly flow: ReturnType<typeof workflow>;
  readonly #gates = new Map<unknown, Deferred>();
  #inside = 0;
  #most = 0;

  constructor(
    readonly name: string,
    options: WorkflowOptions,
    /** What it does after its step. */
    after: (wf: WorkflowContext, x: unknown) => unknown,
  ) {
    this.flow = workflow(
      name,
      async (wf, x: unknown) => {
        await wf.step('hold', () => this.body(x));
        return after(wf, x);
      },
      options,
    );
  }

  /** For workflows of the spec's own. */
  async body(x: unknown): Promise<void> {
    this.#most = Math.max(this.#most, ++this.#inside);
    this.order.push(x);
    this.begun.emit(x);
    await this.#gate(x).promise;
    this.#inside--;
  }

  /** Bodies that run now, in all processes. */
  get inside(): number {
    return this.#inside;
  }

  get most(): number {
    return this.#most;
  }

  /** Lets go, also those that have not begun. */
  open(...which: unknown[]): void {
    for (const x of which) this.#gate(x).resolve();
  }

  async hasBegun(count: number): Promise<unknown[]> {
    const begun: unknown[] = [];
    while (begun.length < count) begun.push(await this.begun.next());
    return begun;
  }

  #gate(x: unknown): Deferred {
    const gate = this.#gates.get(x) ?? new Deferred();
    this.#gates.set(x, gate);
    return gate;
  }
}

export function held(
  name = 'held',
  options: WorkflowOptions = {},
  after: (wf: WorkflowContext, x: unknown) => unknown = (_wf, x) => x,
): Held {
  return new Held(name, options, after);
}

export const quick = workflow('quick', (_wf, x: unknown) => x ?? 'done');

/** A whole cycle of each process, sweeps included, begins nothing. */
export async function nothingBegins(cluster: Cluster, ...apps: ClusterApp[]): Promise<void> {
  const claims = () =>
    cluster.rows('select workflow_id, input, claimed_at from workflow_status where claimed_at is not null order by 1, 3');
  const before = await claims();
  for (const app of apps) await app.workflows.dispatch();
  expect(await claims()).toEqual(before);
}

export async function statusOf(cluster: Cluster, runId: string, status: string): Promise<void> {
  await eventually(async () => expect((await cluster.run(runId)).status).toBe(status));
}

export const permits = (cluster: Cluster) => cluster.count('workflow_status where permit');

export async function queueOf(app: ClusterApp, name: string) {
  const queue = (await app.workflows.queues.list()).find((one) => one.name === name);
  if (queue === undefined) throw new Error(`no queue ${name}`);
  return queue;
}

/** The boot of an application that can't boot: with its connections closed by the server. */
export async function bootError(cluster: Cluster, boot: () => Promise<unknown>): Promise<Error & { code: string }> {
  const error = await boot().then(
    () => new Error('it booted'),
    (refused: Error) => refused,
  );
  await cluster.rows(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'workflows:' || $1`, [
    cluster.schema.schema,
  ]);
  return error as Error & { code: string };
}
