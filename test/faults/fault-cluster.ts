// A schema with its audit, a ledger, worker processes, and a client that starts runs and executes none: what every fault run is made of.

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowsModuleOptions } from '../../lib/index.js';
import { ChildScript } from '../support/child-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';
import { type Audit, installAudit, readAudit } from './audit.js';
import { type Checked, check } from './checker.js';
import { type ConversationOptions, Conversations } from './conversations.js';
import { Gated, queueOptions } from './gated.js';
import { Ledger, type LedgerLine } from './ledger.js';
import { type LeftRun, listLeftRuns } from './left-runs.js';
import { Talks } from './talks.js';
import type { WorkerConfig } from './worker.js';
import { MIX, Workload } from './workload.js';

export const LEASE_MS = 3_000;

export interface WorkerOptions {
  /** By way of a proxy. */
  url?: string;
  module?: WorkflowsModuleOptions;
  starts?: WorkerConfig['starts'];
  clockJumpsMs?: number;
  /** CRASH_AT, CRASH_SOON_AT, STOP_AT, BLOCK_AT: see fault-action.ts. */
  faults?: Record<string, string>;
  /** It may end by itself. */
  mortal?: boolean;
}

export class FaultCluster {
  readonly ledger = Ledger.create();
  readonly workers = new Set<ChildScript>();
  /** Processes that ended though nobody killed them. */
  readonly unexpectedEnds: string[] = [];
  readonly #acknowledged: string[] = [];
  readonly #doomed = new Set<ChildScript>();
  readonly #proxies: TcpProxy[] = [];
  readonly #conversations: Conversations;
  #runs = 0;

  private constructor(
    readonly schema: TestSchema,
    readonly client: WorkflowApp,
  ) {
    this.#conversations = new Conversations(
      client,
      this.ledger,
      (runs) => this.#acknowledged.push(...runs),
      async (parent) => {
        const { rows } = await schema.pool.query<{ run: string }>(
          'select workflow_id run from workflow_status where parent_id = $1 and completed_at is null order by random()',
          [parent],
        );
        return rows.map(({ run }) => run);
      },
    );
  }

  static async create(): Promise<FaultCluster> {
    const schema = await createTestSchema();
    const client = await startApp(schema, {
      providers: [{ provide: Ledger, useValue: undefined }, Workload, Talks, Gated],
      workflowsOptions: { role: 'client', tickInterval: '200ms', queues: queueOptions() },
    });
    await installAudit(schema.pool, schema.schema);
    // Postgres itself is restarted under it.
    schema.pool.on('error', () => undefined);
    return new FaultCluster(schema, client);
  }

  /** Resolves when it is ready, unless it is to die before that. */
  async startWorker(options: WorkerOptions = {}): Promise<ChildScript> {
    const worker = this.spawnWorker(options);
    const ready = worker.waitForLine('ready', { timeout: 60_000 });
    await (options.mortal ? Promise.race([ready.catch(() => undefined), worker.exit]) : ready);
    return worker;
  }

  spawnWorker({ url, module, starts, clockJumpsMs, faults, mortal = false }: WorkerOptions = {}): ChildScript {
    const target = new URL(url ?? this.schema.url);
    target.searchParams.set('application_name', this.workerConnections);
    const config: WorkerConfig = {
      ledger: this.ledger.folder,
      starts,
      clockJumpsMs,
      options: {
        url: target.href,
        schema: this.schema.schema,
        leaseDuration: LEASE_MS,
        suspendAfter: 100,
        poolSize: 2,
        maxConcurrentRuns: 300,
        ...module,
      },
    };
    const worker = new ChildScript(join(import.meta.dirname, 'worker.ts'), {
      args: [JSON.stringify(config)],
      env: faults === undefined ? {} : { FAULT_POINTS: '1', ...faults },
    });
    this.workers.add(worker);
    void worker.exit.then(({ code, signal }) => {
      this.workers.delete(worker);
      if (!this.#doomed.has(worker) && !mortal)
        this.unexpectedEnds.push(`pid ${worker.pid}: ${code ?? signal}\n${worker.stderr}`);
    });
    return worker;
  }

  /** SIGKILL; resolves with the ms since the epoch at which the process is gone. */
  async kill(worker: ChildScript): Promise<number> {
    this.#doomed.add(worker);
    worker.kill('SIGKILL');
    await worker.exit;
    return Date.now();
  }

  get workerConnections(): string {
    return `worker:${this.schema.schema}`;
  }

  /** Between whoever is given its url and the database; closed with the cluster. */
  async openProxy(): Promise<TcpProxy> {
    const proxy = await TcpProxy.start(this.schema.url);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Mixed runs whose bodies take about so many ms; acknowledged when this resolves. */
  async start(count: number, ms: number, names: readonly string[] = MIX): Promise<string[]> {
    const byName = new Map<string, Array<{ args: [number] }>>();
    for (let i = 0; i < count; i++) {
      const name = names[(this.#runs + i) % names.length] as string;
      if (!byName.has(name)) byName.set(name, []);
      byName.get(name)?.push({ args: [ms + (i % 7)] });
    }
    this.#runs += count;
    const started = await Promise.all([...byName].map(([name, items]) => this.client.workflows.startMany(name, items)));
    const runIds = started.flat().map((run) => run.runId);
    this.#acknowledged.push(...runIds);
    return runIds;
  }

  /** Runs that were started otherwise. */
  acknowledge(runs: readonly string[]): void {
    this.#acknowledged.push(...runs);
  }

  /** Runs that have to do with each other, and with this process; acknowledged when this resolves. */
  converse(options: ConversationOptions): Promise<void> {
    return this.#conversations.start(options);
  }

  /** Acknowledged to this process, or to a worker that started it. */
  acknowledged(ledger: readonly LedgerLine[]): string[] {
    return [...this.#acknowledged, ...ledger.flatMap((line) => (line.kind === 'started' ? [line.run] : []))];
  }

  async unfinished(): Promise<number> {
    const { rows } = await this.schema.pool.query('select count(*)::int n from workflow_status where completed_at is null');
    return rows[0].n;
  }

  /** Resolves with the ms it took until every run was over; with undefined when they were not in time. */
  async untilAllOver(timeoutMs: number): Promise<number | undefined> {
    await this.#conversations.settled();
    return until(timeoutMs, async () => (await this.unfinished()) === 0);
  }

  /** Whether all streams that the client reads came to their ends. */
  async untilRead(timeoutMs: number): Promise<boolean> {
    return Promise.race([this.#conversations.untilRead().then(() => true), pause(timeoutMs, false)]);
  }

  /**
   * What is left to do for sweeps and claims when all runs are over: marks, executors whose runs or waits nobody has looked for, permits that
   * nobody has given back, and partitions that nobody would let in again.
   */
  async untilSwept(timeoutMs: number): Promise<string | undefined> {
    let left = '';
    await until(timeoutMs, async () => {
      const { rows } = await this.schema.pool.query<{ left: string }>(`select concat_ws(', ',
        (select count(*) || ' messages pending' from notifications where pending having count(*) > 0),
        (select count(*) || ' ends pending' from workflow_status where end_pending having count(*) > 0),
        (select count(*) || ' executors not cleared' from executors where not alive and cleared_at is null having count(*) > 0),
        (select count(*) || ' permits of runs that are over' from workflow_status where permit and completed_at is not null having count(*) > 0),
        (select count(*) || ' bells unheard' from queue_doorbells having count(*) > 0),
        (select count(*) || ' partitions out of line for good' from queue_partitions where turn is null having count(*) > 0)) "left"`);
      left = rows[0]?.left ?? '';
      return left === '';
    });
    return left === '' ? undefined : left;
  }

  /** Those that are not over, and what they wait for. */
  leftRuns(): Promise<LeftRun[]> {
    return listLeftRuns(this.schema.pool);
  }

  async examine(): Promise<{ audit: Audit; ledger: LedgerLine[]; checked: Checked }> {
    const audit = await readAudit(this.schema.pool);
    const ledger = this.ledger.read();
    return { audit, ledger, checked: check(audit, ledger, this.acknowledged(ledger)) };
  }

  async close(): Promise<void> {
    for (const worker of this.workers) this.#doomed.add(worker);
    await Promise.all([...this.workers].map((worker) => worker.dispose()));
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    await this.client.close();
    await this.schema.dispose();
    this.ledger.dispose();
  }
}

async function until(timeoutMs: number, holds: () => Promise<boolean>): Promise<number | undefined> {
  const began = performance.now();
  while (performance.now() - began < timeoutMs) {
    if (await holds().catch(() => false)) return performance.now() - began;
    await pause(50);
  }
  return undefined;
}
