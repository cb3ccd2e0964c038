// The stores on a migrated schema, without an application: for specs of the protocol at the level of SQL.
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../lib/kernel/clock.js';
import { uuidv7 } from '../../lib/kernel/ids.js';
import type { NewRun } from '../../lib/model/run.js';
import { ExecutorStore } from '../../lib/store/executors/executor.store.js';
import { FlushStore } from '../../lib/store/flush/flush.store.js';
import { WriteLane } from '../../lib/store/flush/write-lane.js';
import type { WriteOwner } from '../../lib/store/flush/write-owner.js';
import { MessageStore } from '../../lib/store/messages/message.store.js';
import { migrate } from '../../lib/store/migrator.js';
import { PgDatabase } from '../../lib/store/pg-database.js';
import { RunStore } from '../../lib/store/runs/run.store.js';
import { RunClaimStore } from '../../lib/store/runs/run-claim.store.js';
import { WakeStore } from '../../lib/store/waking/wake.store.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';

const silent = { log() {}, warn() {}, error() {}, debug() {} };

export const newRun = (run: Partial<NewRun> = {}): NewRun => ({
  runId: uuidv7(),
  workflowName: 'w',
  queue: 'default',
  priority: 0,
  partitionKey: null,
  deduplication: null,
  externalId: null,
  attributes: null,
  input: null,
  timeoutMs: null,
  maxRecoveryAttempts: 50,
  delayMs: 0,
  ...run,
});

/** Remembers what the lane told it. */
export class Owner implements WriteOwner {
  ackedWrites = 0;
  lostCalls = 0;
  errors: Array<{ code?: string }> = [];

  constructor(
    readonly runId: string,
    readonly token: string,
  ) {}

  acked(count: number): void {
    this.ackedWrites += count;
  }
  lost(): void {
    this.lostCalls++;
  }
  refused(error: unknown): void {
    this.errors.push(error as { code?: string });
  }
}

export class StoreRoom {
  readonly executors: ExecutorStore;
  readonly claims: RunClaimStore;
  readonly runs: RunStore;
  readonly flushes: FlushStore;
  readonly messages: MessageStore;
  readonly wakes: WakeStore;

  constructor(
    readonly schema: TestSchema,
    readonly database: PgDatabase,
  ) {
    this.executors = new ExecutorStore(database);
    this.claims = new RunClaimStore(database);
    this.runs = new RunStore(database);
    this.flushes = new FlushStore(database);
    this.messages = new MessageStore(database);
    this.wakes = new WakeStore(database);
  }

  async executor(leaseMs = 60_000): Promise<string> {
    const executorId = randomUUID();
    await this.executors.insert({ executorId, role: 'all', hostname: 'h', pid: 1, workflows: [] }, leaseMs);
    return executorId;
  }

  lane(executorId: string, onRetired: () => void = () => undefined): WriteLane {
    return new WriteLane(
      { flush: (batch) => this.flushes.record(executorId, batch), onRetired, onFlushed: () => undefined },
      systemClock,
      silent,
    );
  }

  async enqueue(count: number, run: Partial<NewRun> = {}): Promise<string[]> {
    const runs = Array.from({ length: count }, () => newRun(run));
    await this.runs.insertMany(runs);
    return runs.map(({ runId }) => runId);
  }

  /** Owners of that many freshly claimed runs. */
  async claimed(executorId: string, count: number): Promise<Owner[]> {
    await this.enqueue(count);
    const claimed = await this.claims.claim(executorId, { names: ['w'], queues: null }, count);
    expect(claimed).toHaveLength(count);
    return claimed.map(({ runId, token }) => new Owner(runId, token));
  }

  // biome-ignore lint/suspicious/noExplicitAny: rows are compared, not typed
  async rows(sql: string, values: unknown[] = []): Promise<any[]> {
    return (await this.schema.pool.query(sql, values)).rows;
  }

  /** Every row of every table of runs: equal before and after means that nothing changed. */
  async everything(): Promise<unknown> {
    const tables = [
      'workflow_status',
      'operation_outputs',
      'operation_attempts',
      'waits',
      'notifications',
      'workflow_events',
      'workflow_events_history',
      'streams',
    ];
    return Object.fromEntries(
      await Promise.all(tables.map(async (table) => [table, await this.rows(`select t::text from ${table} t order by t::text`)])),
    );
  }
}

export function withStores(test: (room: StoreRoom) => Promise<void>): () => Promise<void> {
  return async () => {
    const schema = await createTestSchema();
    const connection = { connectionString: schema.url, application_name: schema.schema };
    try {
      await migrate({
        connection,
        schema: schema.schema,
        mode: 'auto',
        connectTimeoutMs: 10_000,
        clock: systemClock,
        logger: silent,
      });
      const database = new PgDatabase({
        connection,
        schema: schema.schema,
        vitalConnections: 6,
        sharedConnections: 4,
        preparedStatements: true,
        vitalTimeoutMs: 10_000,
        clock: systemClock,
        logger: silent,
      });
      try {
        await test(new StoreRoom(schema, database));
      } finally {
        await database.close();
      }
    } finally {
      await schema.dispose();
    }
  };
}
