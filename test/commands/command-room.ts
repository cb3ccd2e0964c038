// What specs of commands share: a workflow of two steps that a spec opens one by one, and looks at what the database says.
import type { Run, WorkflowOptions, WorkflowsModuleOptions } from '../../lib/index.js';
import { Deferred } from '../../lib/kernel/deferred.js';
import { type Cluster, type ClusterApp, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';

/** Only events make anything happen: the tick comes after the test. */
export const NO_TICK: WorkflowsModuleOptions = { tickInterval: '60s' };

type AnyRun = Pick<Run, 'runId'>;

/** Steps `first` and `second`, each of which waits until it is opened. */
export class Gate {
  readonly name = 'gate';
  /** Bodies in the order in which they began. */
  readonly began: string[] = [];
  readonly flow: ReturnType<typeof workflow>;
  readonly #gates = new Map<string, Deferred>();

  constructor(options: WorkflowOptions = {}) {
    this.flow = workflow(
      this.name,
      async (wf) => {
        await wf.step('first', () => this.body('first'));
        await wf.setEvent('phase', 'second');
        await wf.step('second', () => this.body('second'));
        return 'done';
      },
      options,
    );
  }

  async body(step: string): Promise<void> {
    this.began.push(step);
    await this.#gate(step).promise;
  }

  /** Resolves when that many bodies of the step have begun. */
  inside(step: string, times = 1): Promise<void> {
    return eventually(() => expect(this.began.filter((name) => name === step)).toHaveLength(times));
  }

  open(...steps: string[]): void {
    for (const step of steps) this.#gate(step).resolve();
  }

  #gate(step: string): Deferred {
    let gate = this.#gates.get(step);
    if (gate === undefined) {
      gate = new Deferred();
      this.#gates.set(step, gate);
    }
    return gate;
  }
}

export async function statusOf(cluster: Cluster, { runId }: AnyRun): Promise<string> {
  return (await cluster.run(runId)).status;
}

/** Held, and out of the memory of whoever had it. */
export function isHeld(cluster: Cluster, { runId }: AnyRun): Promise<void> {
  return eventually(async () => expect(await cluster.run(runId)).toMatchObject({ status: 'HELD', claimed_by: null }));
}

/** What it was sent, newest first, with what became of it. */
export async function commandsOf(app: ClusterApp, { runId }: AnyRun): Promise<Array<[string, string | null]>> {
  return (await app.workflows.commands.list(runId)).map(({ command, outcome }) => [command, outcome]);
}
