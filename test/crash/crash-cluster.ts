/**
 * A schema, a ledger, worker processes, and a client in the spec's process that starts runs and watches them. The client runs nothing
 * itself. Every transition into a terminal status is logged by a trigger, so that a second one cannot hide behind the first.
 */
import { join } from 'node:path';
import type { WorkflowsModuleOptions } from '../../lib/index.js';
import { ChildScript } from '../support/child-process.js';
import { eventually } from '../support/eventually.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';
import { CHORE_STEPS, ChoreSteps, Chores } from './chores.js';
import { EffectsLedger } from './effects-ledger.js';

export const LEASE_MS = 2_000;

export interface Worker extends ChildScript {}

export class CrashCluster {
  readonly ledger = EffectsLedger.create();
  readonly #workers: ChildScript[] = [];

  private constructor(
    readonly schema: TestSchema,
    readonly client: WorkflowApp,
  ) {}

  static async create(): Promise<CrashCluster> {
    const schema = await createTestSchema();
    const client = await startApp(schema, {
      providers: [{ provide: EffectsLedger, useValue: undefined }, ChoreSteps, Chores],
      workflowsOptions: { role: 'client', tickInterval: '100ms' },
    });
    const s = schema.schema;
    await schema.pool.query(`
      create table ${s}.ended (workflow_id uuid, status text);
      create function ${s}.log_end() returns trigger language plpgsql as $$ begin
        insert into ${s}.ended values (new.workflow_id, new.status); return null; end $$;
      create trigger log_end after insert or update of status on ${s}.workflow_status for each row
        when (new.status in ('SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD')) execute function ${s}.log_end()`);
    return new CrashCluster(schema, client);
  }

  async startWorker(options: WorkflowsModuleOptions = {}): Promise<Worker> {
    const worker = this.spawnWorker(options);
    await worker.waitForLine('ready');
    return worker;
  }

  spawnWorker(options: WorkflowsModuleOptions = {}): Worker {
    const { schema } = this.schema;
    const url = new URL(this.schema.url);
    url.searchParams.set('application_name', this.workerConnections);
    const all = { url: url.href, schema, leaseDuration: LEASE_MS, tickInterval: 100, writeLanes: 2, poolSize: 2, ...options };
    const worker = new ChildScript(join(import.meta.dirname, 'worker.ts'), { args: [this.ledger.path, JSON.stringify(all)] });
    this.#workers.push(worker);
    return worker;
  }

  /** Starts `count` chores and returns their ids. */
  async startChores(count: number, ms: number): Promise<string[]> {
    const items = Array.from({ length: count }, () => ({ args: [ms] as [number] }));
    const runs = await this.client.workflows.startMany(this.client.module.get(Chores).chore, items);
    return runs.map((run) => run.runId);
  }

  /** Resolves when the ledger has at least `count` lines. */
  async untilEffects(count: number): Promise<void> {
    await eventually(() => expect(this.ledger.read().length).toBeGreaterThanOrEqual(count), { interval: 5, timeout: 20_000 });
  }

  /** Resolves when no worker process has a connection any more: whatever a killed process had sent is committed or gone. */
  async untilDisconnected(): Promise<void> {
    await eventually(async () => {
      const { rows } = await this.schema.pool.query('select pid from pg_stat_activity where application_name = $1', [
        this.workerConnections,
      ]);
      expect(rows).toEqual([]);
    });
  }

  /** `application_name` of the workers' connections, to tell them from the client's. */
  get workerConnections(): string {
    return `worker:${this.schema.schema}`;
  }

  /** Recorded chore steps as `run/ordinal` → nonce. */
  async recordedSteps(): Promise<Map<string, string>> {
    const { rows } = await this.schema.pool.query(
      `select workflow_id, ordinal, output from operation_outputs where kind = 'step' and name = 'effect'`,
    );
    return new Map(rows.map((row) => [`${row.workflow_id}/${row.ordinal}`, JSON.parse(row.output)]));
  }

  /** Waits until all runs are over, then checks what must hold whatever was done to the processes. */
  async expectAllSucceeded(runIds: string[], { timeout = 30_000 } = {}): Promise<void> {
    await eventually(
      async () => {
        const { rows } = await this.schema.pool.query(
          `select count(*)::int n from workflow_status where workflow_id = any ($1) and completed_at is not null`,
          [runIds],
        );
        expect(rows[0].n).toBe(runIds.length);
      },
      { timeout, interval: 100 },
    );
    const { rows: ends } = await this.schema.pool.query(
      'select status, count(*)::int n from ended where workflow_id = any ($1) group by 1',
      [runIds],
    );
    expect(ends).toEqual([{ status: 'SUCCESS', n: runIds.length }]);
    const recorded = new Map<string, Set<string>>();
    for (const [key, nonce] of await this.recordedSteps()) {
      const run = key.split('/')[0] as string;
      if (!recorded.has(run)) recorded.set(run, new Set());
      recorded.get(run)?.add(nonce);
    }
    const done = new Map(this.ledger.read().map((effect) => [effect.nonce, effect]));
    for (const runId of runIds) {
      const result = (await this.client.workflows.getRun<Record<string, string>>(runId).returnValue) as Record<string, string>;
      expect(Object.keys(result).sort()).toEqual(CHORE_STEPS);
      // What the run computed with is what was recorded, and what was recorded was really done, by that step of that run.
      for (const [step, nonce] of Object.entries(result)) expect(done.get(nonce)).toMatchObject({ run: runId, step });
      expect(recorded.get(runId)).toEqual(new Set(Object.values(result)));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.dispose()));
    await this.client.close();
    await this.schema.dispose();
    this.ledger.dispose();
  }
}
