// A schema, a client that starts programs, and two worker processes that are killed and replaced again and again until all programs are
// over. When somebody is killed is decided by how many bodies have begun, so a slow machine sees the same number of crashes as a fast one.
import { join } from 'node:path';
import type { WorkflowsModuleOptions } from '../../lib/index.js';
import { ChildScript } from '../support/child-process.js';
import { eventually } from '../support/eventually.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';
import { BodyLedger, LINE_BYTES } from './body-ledger.js';
import type { Program } from './program.js';
import { ProgramWorkflow } from './program-workflow.js';
import type { RunRecord } from './record-check.js';

/** The shortest that is allowed. */
const LEASE_MS = 2_000;
const WORKERS = 2;
/** Bodies between two crashes, least and most. */
const CRASH_EVERY = [200, 800] as const;
/** Every so many crashes, a process is not killed, but stands still, at least so long that its lease is over, and goes on. */
const FREEZE_EVERY = 4;
const FREEZE_MS = 1.3 * LEASE_MS;
/** At most: what is handed over in memory is not durable for a while, and may be lost with its process. */
const SLOW_COMMIT_MS = 25;

const WORKER: WorkflowsModuleOptions = {
  leaseDuration: LEASE_MS,
  tickInterval: 100,
  suspendAfter: 60,
  maxConcurrentRuns: 100,
  writeLanes: 2,
  poolSize: 2,
  migrate: 'verify',
};

export class ProgramCluster {
  readonly ledger = BodyLedger.create();
  kills = 0;
  freezes = 0;
  failedBoots = 0;
  /** What kept the runs from coming to their ends. */
  trouble?: string;
  readonly #workers: ChildScript[] = [];
  /** With the time since when. */
  readonly #frozen = new Map<ChildScript, number>();
  readonly #killed = new Set<ChildScript>();

  private constructor(
    readonly schema: TestSchema,
    readonly client: WorkflowApp,
  ) {}

  static async create(): Promise<ProgramCluster> {
    const schema = await createTestSchema();
    const ledger = { provide: BodyLedger, useValue: undefined };
    const client = await startApp(schema, {
      providers: [ledger, ProgramWorkflow],
      workflowsOptions: { role: 'client', tickInterval: 100 },
    });
    const s = schema.schema;
    await schema.pool.query(`
      create table ${s}.moved (place serial, workflow_id uuid, status text, token uuid);
      create function ${s}.log_move() returns trigger language plpgsql as $$ begin
        insert into ${s}.moved (workflow_id, status, token) values (new.workflow_id, new.status, new.claim_token); return null; end $$;
      create function ${s}.linger() returns trigger language plpgsql as $$ begin
        perform pg_sleep(${SLOW_COMMIT_MS / 1_000} * random()); return null; end $$;
      create trigger linger after insert on ${s}.operation_outputs for each statement execute function ${s}.linger();
      create trigger log_move after update of status on ${s}.workflow_status for each row
        when (new.status <> 'RUNNING') execute function ${s}.log_move()`);
    return new ProgramCluster(schema, client);
  }

  /** Their run ids, in this order. */
  async start(programs: readonly Program[]): Promise<string[]> {
    const runs = await this.client.workflows.startMany<ProgramWorkflow['run']>(
      'program',
      programs.map((program) => ({ args: [program] })),
    );
    return runs.map(({ runId }) => runId);
  }

  spawnWorkers(): void {
    while (this.#workers.length < WORKERS) this.#workers.push(this.#spawn());
  }

  /**
   * Kills or freezes workers and replaces them, at most `most` times, until the runs are over. What is frozen goes on at the first
   * crash at which its lease is gone. When the runs are not over in time, or a worker ends by itself, `trouble` tells.
   */
  async crashUntilOver(
    runIds: readonly string[],
    chance: () => number,
    { most, timeout }: { most: number; timeout: number },
  ): Promise<void> {
    let isOver = false;
    const over = this.#untilOver(runIds, timeout).finally(() => {
      isOver = true;
    });
    const crashing = async () => {
      const [least, limit] = CRASH_EVERY;
      for (let crash = 0; crash < most; crash++) {
        const target = this.ledger.bytes + (least + chance() * (limit - least)) * LINE_BYTES;
        await eventually(() => expect(isOver || this.ledger.bytes >= target).toBe(true), { interval: 3, timeout });
        if (isOver) return;
        this.#crash(crash, chance);
        this.spawnWorkers();
      }
    };
    await Promise.all([over, crashing()]).catch((error: Error) => {
      this.trouble ??= [error.message, ...this.#workers.map(saidBy)].join('\n');
    });
  }

  /** What is known of the runs, in this order. */
  async records(programs: readonly Program[], runIds: readonly string[]): Promise<RunRecord[]> {
    const [runs, moves, operations, attempts, events, lastEvents, chunks, waits] = await Promise.all([
      this.#rows<Pick<RunRecord, 'status' | 'output' | 'error'>>('workflow_status', 'status, output, error'),
      this.#rows<RunRecord['moves'][0]>('moved', 'status, token', 'place'),
      this.#rows<RunRecord['operations'][0]>('operation_outputs', 'ordinal, seq, kind, name, output, error, attempts'),
      this.#rows<RunRecord['attempts'][0]>('operation_attempts', 'ordinal, attempt, error'),
      this.#rows<RunRecord['events'][0]>('workflow_events_history', 'ordinal, key, value'),
      this.#rows<RunRecord['events'][0]>('workflow_events', 'ordinal, key, value'),
      this.#rows<RunRecord['chunks'][0]>('streams', 'ordinal, chunk_offset "offset", value'),
      this.#rows('waits'),
    ]);
    const bodies = byRun(this.ledger.read().map((body) => [body.run, body]));
    return runIds.map((runId, i) => {
      const { status = 'MISSING', output = null, error = null } = runs.get(runId)?.[0] ?? {};
      return {
        runId,
        program: programs[i] as Program,
        status,
        output,
        error,
        moves: moves.get(runId) ?? [],
        operations: operations.get(runId) ?? [],
        attempts: attempts.get(runId) ?? [],
        events: events.get(runId) ?? [],
        lastEvents: lastEvents.get(runId) ?? [],
        chunks: chunks.get(runId) ?? [],
        waits: waits.get(runId)?.length ?? 0,
        bodies: bodies.get(runId) ?? [],
      };
    });
  }

  async close(): Promise<void> {
    for (const worker of [...this.#workers, ...this.#frozen.keys()]) this.#killed.add(worker);
    await Promise.all([...this.#killed].map((worker) => worker.dispose()));
    await this.client.close();
    await this.schema.dispose();
    this.ledger.dispose();
  }

  #spawn(): ChildScript {
    const options = JSON.stringify({ url: this.schema.url, schema: this.schema.schema, ...WORKER });
    const worker = new ChildScript(join(import.meta.dirname, 'program-worker.ts'), { args: [this.ledger.path, options] });
    void worker.exit.then(({ code }) => {
      if (this.#killed.has(worker)) return;
      if (worker.lines.includes('ready')) this.trouble ??= `a worker that nobody killed ended with ${code}\n${saidBy(worker)}`;
      else this.#replace(worker);
    });
    return worker;
  }

  /** Under load, the boot may find the database too slow and give up: what started it starts it again. */
  #replace(worker: ChildScript): void {
    this.failedBoots++;
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    this.spawnWorkers();
  }

  #crash(crash: number, chance: () => number): void {
    for (const [worker, since] of this.#frozen) {
      if (performance.now() - since < FREEZE_MS) continue;
      this.#frozen.delete(worker);
      this.#workers.push(worker);
      worker.kill('SIGCONT');
    }
    // Mostly the oldest; the youngest may still be booting.
    const victims = chance() < 0.15 ? this.#workers.splice(0) : this.#workers.splice(chance() < 0.8 ? 0 : -1, 1);
    for (const victim of victims) {
      if (crash % FREEZE_EVERY === 1 && victim.lines.includes('ready')) {
        victim.kill('SIGSTOP');
        this.#frozen.set(victim, performance.now());
        this.freezes++;
      } else {
        this.#killed.add(victim);
        victim.kill('SIGKILL');
        this.kills++;
      }
    }
  }

  /** Or until one has diverged: what does not end then may take very long. */
  async #untilOver(runIds: readonly string[], timeout: number): Promise<void> {
    await eventually(
      async () => {
        if (this.trouble !== undefined) return;
        const { rows } = await this.schema.pool.query(
          `select workflow_id, status, recovery_attempts, claimed_by, wake_at from workflow_status
           where workflow_id = any ($1) and completed_at is null
             and not exists (select from workflow_status where error like '%NON_DETERMINISTIC%') limit 5`,
          [runIds],
        );
        expect(rows).toEqual([]);
      },
      { timeout, interval: 100 },
    );
  }

  async #rows<R>(table: string, columns = '', order = 'workflow_id'): Promise<Map<string, R[]>> {
    const text = `select workflow_id${columns === '' ? '' : `, ${columns}`} from ${table} order by ${order}`;
    const { rows } = await this.schema.pool.query<R & { workflow_id: string }>(text);
    return byRun(rows.map(({ workflow_id, ...row }) => [workflow_id, row as R]));
  }
}

/** The last of what a worker logged. */
function saidBy({ pid, lines, stderr }: ChildScript): string {
  return `worker ${pid}:\n${[...lines, ...stderr.split('\n')].slice(-20).join('\n')}`;
}

function byRun<T>(entries: ReadonlyArray<readonly [runId: string, T]>): Map<string, T[]> {
  const lists = new Map<string, T[]>();
  for (const [runId, entry] of entries) {
    const list = lists.get(runId);
    if (list === undefined) lists.set(runId, [entry]);
    else list.push(entry);
  }
  return lists;
}
