// What the crash demo asks the database, from outside of the app: how far the runs are, what was recorded, what was really called.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** One step of one run. */
export interface StepOfRun {
  runId: string;
  step: string;
}

/** What was recorded of a step. Once it is there, the step must not run again, and the record must not change. */
export interface Checkpoint extends StepOfRun {
  /** Of the recorded outcome and its time. */
  fingerprint: string;
}

/** A call that reached a service. */
export interface Call extends StepOfRun {
  id: number;
  attempt: number;
}

export interface OrderState {
  runId: string;
  orderStatus: string;
  runStatus: string;
  recoveryAttempts: number;
}

const POLL_MS = 20;
const ENDED = `('SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD')`;

export class DemoDatabase {
  private constructor(
    private readonly pool: pg.Pool,
    readonly schema: string,
  ) {}

  /** A schema of its own, so that the demo can be repeated. */
  static async open(url: string): Promise<DemoDatabase> {
    const schema = `crash_demo_${Date.now().toString(36)}`;
    const pool = new pg.Pool({ connectionString: url, max: 2, options: `-c search_path=${schema}` });
    pool.on('error', () => undefined);
    await pool.query(`create schema ${schema}`);
    return new DemoDatabase(pool, schema);
  }

  /** Run ids. */
  async listEnded(): Promise<string[]> {
    const { rows } = await this.pool.query(`select workflow_id "runId" from workflow_status where status in ${ENDED}`);
    return rows.map(({ runId }) => runId);
  }

  /** False after `timeoutMs`: it is for the verdict to say which are missing. */
  async waitForEnded(count: number, timeoutMs: number): Promise<boolean> {
    const until = performance.now() + timeoutMs;
    while ((await this.listEnded()).length < count) {
      if (performance.now() > until) return false;
      await delay(POLL_MS);
    }
    return true;
  }

  /** A commit that was on its way when the process died may still arrive; afterwards what is recorded is final. */
  async waitForConnectionsOfTheDead(): Promise<void> {
    for (;;) {
      const { rows } = await this.pool.query(
        `select from pg_stat_activity where application_name in ('workflows:' || $1, 'sample-app:' || $1)`,
        [this.schema],
      );
      if (rows.length === 0) return;
      await delay(POLL_MS);
    }
  }

  async listCheckpoints(): Promise<Checkpoint[]> {
    const { rows } = await this.pool.query(
      `select workflow_id "runId", name "step", md5(concat_ws('/', output, error, attempts, completed_at)) "fingerprint"
       from operation_outputs where kind = 'step'`,
    );
    return rows;
  }

  async listCalls(): Promise<Call[]> {
    const { rows } = await this.pool.query(
      `select id::int "id", run_id "runId", step, attempt from service_calls order by service_calls.id`,
    );
    return rows;
  }

  /** Effects that were had: one row per idempotency key, the table does not take a second. */
  async listEffects(): Promise<StepOfRun[]> {
    const { rows } = await this.pool.query(
      `select split_part(idempotency_key, ':', 1) "runId", split_part(idempotency_key, ':', 2) "step" from receipts`,
    );
    return rows;
  }

  async listOrders(): Promise<OrderState[]> {
    const { rows } = await this.pool.query(
      `select r.workflow_id "runId", o.status "orderStatus", r.status "runStatus", r.recovery_attempts "recoveryAttempts"
       from workflow_status r join orders o on r.external_id = 'order-' || o.id`,
    );
    return rows;
  }

  async dropSchema(): Promise<void> {
    await this.pool.query(`drop schema ${this.schema} cascade`);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
