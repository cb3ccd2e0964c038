// Several applications on one schema, as the processes of a cluster, and what the database says about their runs. `kill` is a crash as the
// others see it (the executor is retired, its runs are rescued); the killed application lives on as a zombie. `leave` is a deploy.
import { Injectable, type Type } from '@nestjs/common';
import { Workflow, WorkflowContext, type WorkflowOptions, type WorkflowsModuleOptions } from '../../lib/index.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

// biome-ignore lint/suspicious/noExplicitAny: bodies of specs take what they like
type Body = (wf: WorkflowContext, ...args: any[]) => unknown;

/** A provider with one workflow method. */
export function workflow(name: string, body: Body, options: WorkflowOptions = {}): Type<{ run(...args: unknown[]): unknown }> {
  @Injectable()
  class Host {
    constructor(readonly wf: WorkflowContext) {}

    @Workflow({ name, ...options })
    run(...args: unknown[]): unknown {
      return body(this.wf, ...args);
    }
  }
  return Host;
}

export interface ClusterApp extends WorkflowApp {
  /** Of its first life. */
  executorId: string;
}

export class Cluster {
  readonly #open = new Set<ClusterApp>();

  constructor(readonly schema: TestSchema) {}

  async app(providers: Type[], workflowsOptions: WorkflowsModuleOptions = {}): Promise<ClusterApp> {
    const app = await startApp(this.schema, {
      providers,
      workflowsOptions: { tickInterval: 100, shutdownTimeout: 0, ...workflowsOptions },
    });
    const [row] = await this.rows<{ executor_id: string }>('select executor_id from executors order by started_at desc limit 1');
    const opened = { ...app, executorId: row?.executor_id ?? '' };
    this.#open.add(opened);
    return opened;
  }

  /** A crash: its runs are rescued by whoever sweeps next. What it still writes is refused. */
  async kill(app: ClusterApp): Promise<void> {
    await this.killExecutor(app.executorId);
  }

  /** In one transaction: a renewal that comes between would bring it back to life. */
  async killExecutor(executorId: string): Promise<void> {
    const client = await this.schema.pool.connect();
    try {
      await client.query('begin');
      await client.query(
        `update executor_leases set lease_expires_at = clock_timestamp() - interval '1 s' where executor_id = $1`,
        [executorId],
      );
      await client.query('select retire_executor($1, true)', [executorId]);
      await client.query('commit');
    } finally {
      client.release();
    }
  }

  /** A deploy: it hands its runs back and is gone. Bodies that block are left behind. */
  async leave(app: ClusterApp): Promise<void> {
    this.#open.delete(app);
    await app.close();
  }

  // biome-ignore lint/suspicious/noExplicitAny: rows are compared, not typed
  async rows<R extends object = any>(sql: string, values: unknown[] = []): Promise<R[]> {
    return (await this.schema.pool.query<R>(sql, values)).rows;
  }

  // biome-ignore lint/suspicious/noExplicitAny: rows are compared, not typed
  async run(runId: string): Promise<any> {
    const [row] = await this.rows('select * from workflow_status where workflow_id = $1', [runId]);
    return row && { ...row, error: row.error === null ? null : JSON.parse(row.error) };
  }

  operations(runId: string) {
    return this.rows(
      'select ordinal, seq, kind, name, output, error from operation_outputs where workflow_id = $1 order by ordinal',
      [runId],
    );
  }

  async count(from: string, values: unknown[] = []): Promise<number> {
    const [row] = await this.rows<{ n: number }>(`select count(*)::int n from ${from}`, values);
    return row?.n ?? 0;
  }

  async close(): Promise<void> {
    try {
      await Promise.all([...this.#open].map((app) => app.close()));
    } finally {
      await this.schema.dispose();
    }
  }
}

/** A cluster of its own for one test. */
export function withCluster(test: (cluster: Cluster) => Promise<void>): () => Promise<void> {
  return async () => {
    const cluster = new Cluster(await createTestSchema());
    try {
      await test(cluster);
    } finally {
      await cluster.close();
    }
  };
}

/** For a body that never comes back here: its process is about to be taken from it. */
export const never = () => new Promise<never>(() => undefined);
