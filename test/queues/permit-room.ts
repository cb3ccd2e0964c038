// The stores with queues, at the level of SQL: who is let in, who holds a permit, which bells were rung, and who stands in line.
import { randomUUID } from 'node:crypto';
import { NO_LIMITS, type QueueSettings } from '../../lib/model/queue.js';
import type { NewRun } from '../../lib/model/run.js';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import type { FlushValue } from '../../lib/store/flush/flush-columns.js';
import { QueueStore } from '../../lib/store/queues/queue.store.js';
import type { GatedClaim } from '../../lib/store/runs/run-claim.store.js';
import { Owner, type StoreRoom, withStores } from '../engine/store-room.js';

/** Who changes queues here. */
export const BY = { actor: 'spec', reason: null, requestId: null };

export const SERVED = { names: ['w'], queues: null };
export const CANCELLATION = { error: '{}', ifOverdue: false, actor: 'a', action: 'CANCEL', reason: null } as const;

export interface ClaimOptions {
  names?: string[];
  /** Runs in the memory of the process, by queue. */
  here?: Record<string, number>;
  waits?: boolean;
}

type ClaimedIds = Omit<GatedClaim, 'claimed'> & { claimed: string[] };

export class PermitRoom {
  /** A living executor. */
  executor = '';

  constructor(readonly room: StoreRoom) {}

  get queues(): QueueStore {
    return new QueueStore(this.room.database);
  }

  async queue(name: string, settings: Partial<QueueSettings> = {}): Promise<void> {
    await this.queues.create(name, { ...NO_LIMITS, ...settings }, BY);
  }

  start(queue: string, partitionKey: string | null, count = 1, run: Partial<NewRun> = {}): Promise<string[]> {
    return this.room.enqueue(count, { queue, partitionKey, ...run });
  }

  async startOne(queue: string, partitionKey: string | null = null, run: Partial<NewRun> = {}): Promise<string> {
    return (await this.start(queue, partitionKey, 1, run))[0] as string;
  }

  async claimGated(limit = 100, { names = ['w'], here = {}, waits = false }: ClaimOptions = {}): Promise<ClaimedIds> {
    const held = new Map(Object.entries(here));
    const result = await this.room.claims.claimGated(this.executor, { names, queues: null }, held, limit, waits);
    return { ...result, claimed: result.claimed.map(({ runId }) => runId) };
  }

  async claim(limit?: number, options?: ClaimOptions): Promise<string[]> {
    return (await this.claimGated(limit, options)).claimed;
  }

  /** Runs that need no permit, or have one. */
  async claimOpen(limit = 100): Promise<string[]> {
    return (await this.room.claims.claim(this.executor, SERVED, limit)).map(({ runId }) => runId);
  }

  /** As its owner writes it. */
  batch(owner: Owner, values: FlushValue[]): FlushBatch {
    const batch = new FlushBatch();
    batch.add(owner, 'move', values);
    return batch;
  }

  async ownerOf(runId: string): Promise<Owner> {
    const [row] = await this.room.rows('select claim_token from workflow_status where workflow_id = $1', [runId]);
    return new Owner(runId, row?.claim_token ?? randomUUID());
  }

  /** `busy`: a step body of it still runs. */
  async move(status: string, runId: string, { busy = false, executor = this.executor } = {}): Promise<void> {
    await this.room.flushes.record(executor, this.batch(await this.ownerOf(runId), [status, null, null, 0, busy]));
  }

  /** As a flush does it. */
  async end(...runIds: string[]): Promise<void> {
    for (const runId of runIds) await this.move('SUCCESS', runId);
  }

  async hasPermit(runId: string): Promise<boolean> {
    return (await this.room.rows('select permit from workflow_status where workflow_id = $1', [runId]))[0]?.permit;
  }

  async statusOf(runId: string): Promise<string> {
    return (await this.room.rows('select status from workflow_status where workflow_id = $1', [runId]))[0]?.status;
  }

  /** `partition name`; without a name: a permit came back. Forgets them. */
  async takeBells(): Promise<string[]> {
    const rows = await this.room.rows('delete from queue_doorbells returning partition_key, name, doorbell_id');
    return rows.sort((a, b) => a.doorbell_id - b.doorbell_id).map(({ partition_key, name }) => `${partition_key} ${name ?? '-'}`);
  }

  /** Anew, after it was taken. */
  async ring(queue: string, partitionKey: string, name: string | null): Promise<void> {
    await this.room.rows('insert into queue_doorbells (queue, partition_key, name) values ($1, $2, $3)', [
      queue,
      partitionKey,
      name,
    ]);
  }

  /** `partition`, in their order; with `*`: out of line, because no permit was left. */
  async line(): Promise<string[]> {
    const rows = await this.room.rows('select partition_key, turn from queue_partitions order by turn nulls last, partition_key');
    return rows.map(({ partition_key, turn }) => `${partition_key}${turn === null ? '*' : ''}`);
  }

  /** Dies: its lease runs out, its runs are re-queued. */
  async rescue(executor = this.executor): Promise<void> {
    await this.room.rows(`update executor_leases set lease_expires_at = '-infinity' where executor_id = $1`, [executor]);
    await this.room.executors.retire(executor, { ifExpired: true });
    await this.room.executors.requeueRuns(executor, 100, '{}');
  }
}

export const withPermits = (test: (room: PermitRoom) => Promise<void>) =>
  withStores(async (stores) => {
    const room = new PermitRoom(stores);
    room.executor = await stores.executor();
    await test(room);
  });
