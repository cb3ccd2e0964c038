// A rolling cut-over under load: three executors of one release give way to three of the next, while a client goes on starting runs. No run is
// lost, no step is repeated, and nothing of the old generation executes anything after the swap.
import type { Run, WorkflowService } from '../../lib/index.js';
import { type Cluster, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { BY, drained } from './maintenance-room.js';

const CHAINS = 3;
const PACE_MS = 25;
const QUEUES = [{ name: 'limited', concurrency: 4 }];
const PLACES = [{}, { queue: 'limited' }, { partitionKey: 'a' }, { partitionKey: 'b' }];

/** Who executed which step of which run, in order. */
class Ledger {
  readonly entries: Array<{ run: number; step: string; by: string }> = [];

  flow(by: string) {
    return workflow('job', async (wf, run: number) => {
      const body = (step: string) => this.entries.push({ run, step, by });
      await wf.step('first', () => body('first'));
      await wf.sleep(30);
      await Promise.all(
        ['left', 'right'].map((step) => wf.step(step, () => new Promise((done) => setTimeout(done, 5, body(step))))),
      );
      const note = wf.receive('note', { timeout: 60 });
      await wf.step('last', () => body('last'));
      await note;
      return run;
    });
  }

  by(prefix: string): number {
    return this.entries.filter(({ by }) => by.startsWith(prefix)).length;
  }
}

/** Starts one run after the other, at a steady pace, and tries again what a maintenance refuses. */
class Load {
  readonly started: Array<Run<number>> = [];
  refused = 0;
  #next = 0;
  #stopped = false;
  readonly #chains: Promise<void>[];

  constructor(private readonly client: WorkflowService) {
    this.#chains = Array.from({ length: CHAINS }, () => this.#chain());
  }

  /** Resolves when all that was started is over, with what each gave. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#chains);
    const results = await Promise.all(this.started.map((run) => run.returnValue));
    expect(results.sort((a, b) => a - b)).toEqual(results.map((_, index) => index));
  }

  async #chain(): Promise<void> {
    while (!this.#stopped) {
      const index = this.#next++;
      const run = await eventually(() => this.#start(index), { timeout: 25_000 });
      this.started.push(run);
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
  }

  #start(index: number): Promise<Run<number>> {
    const start = this.client.start<number>('job', [index], { id: `job-${index}`, ...PLACES[index % PLACES.length] });
    return start.catch((error: { code: string }) => {
      expect(error.code).toBe('MAINTENANCE_ACTIVE');
      this.refused++;
      throw error;
    });
  }
}

/** Every change of owner, with the generation of the new one and the one that is current then. */
async function watchClaims(cluster: Cluster): Promise<void> {
  await cluster.rows('create table claims_seen (run uuid, generation bigint, current_generation bigint)');
  await cluster.rows(`
    create function see_claim() returns trigger language plpgsql as $$
    begin
      insert into ${cluster.schema.schema}.claims_seen
      select new.workflow_id, e.generation, c.generation from ${cluster.schema.schema}.executors e, ${cluster.schema.schema}.control c
      where e.executor_id = new.claimed_by;
      return new;
    end $$`);
  await cluster.rows(`create trigger seen after insert or update of claim_token on workflow_status for each row
    when (new.claimed_by is not null and new.completed_at is null) execute function see_claim()`);
}

describe('a rolling cut-over', () => {
  it(
    'loses no run and repeats no step, and after the swap the old generation executes nothing',
    withCluster(async (cluster) => {
      const ledger = new Ledger();
      const boot = (by: string) => cluster.app([ledger.flow(by)], { queues: QUEUES, version: by, suspendAfter: 100 });
      const old = [await boot('old-1'), await boot('old-2'), await boot('old-3')];
      await watchClaims(cluster);
      const client = await cluster.app([ledger.flow('client')], { role: 'client', queues: QUEUES });
      const load = new Load(client.workflows);
      await eventually(() => expect(ledger.by('old')).toBeGreaterThan(60));

      await client.workflows.enterMaintenance(BY);
      await drained(client);
      await eventually(() => expect(load.refused).toBeGreaterThan(0));
      expect(await client.workflows.swapIfDrained(BY)).toEqual({ generation: 2 });
      const before = ledger.entries.length;
      for (const by of ['new-1', 'new-2', 'new-3']) await boot(by);
      expect(ledger.entries).toHaveLength(before);
      await client.workflows.exitMaintenance(BY);

      await eventually(() => expect(ledger.by('new')).toBeGreaterThan(60));
      await load.stop();
      expect(await cluster.count('workflow_status')).toBe(load.started.length);
      expect(await cluster.count(`workflow_status where status <> 'SUCCESS' or recovery_attempts > 0`)).toBe(0);
      const steps = ledger.entries.map(({ run, step }) => `${run} ${step}`);
      expect(new Set(steps).size).toBe(steps.length);
      expect(steps).toHaveLength(4 * load.started.length);
      expect(ledger.entries.slice(before).filter(({ by }) => !by.startsWith('new'))).toEqual([]);
      expect(await cluster.count('claims_seen where generation <> current_generation')).toBe(0);
      for (const generation of [1, 2])
        expect(await cluster.count('claims_seen where generation = $1', [generation])).toBeGreaterThan(5);
      for (const app of old) await cluster.leave(app);
    }),
  );
});
