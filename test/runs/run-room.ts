// Runs in every state, made by SQL with what a spec says of them; readers of them; and what a list should give, found in memory.
import { randomUUID } from 'node:crypto';
import { RunReader } from '../../lib/client/run-reader.js';
import { type Clock, systemClock } from '../../lib/kernel/clock.js';
import { Serializer } from '../../lib/kernel/serializer.js';
import { RUN_STATUSES, type RunAttributes, type RunStatus } from '../../lib/model/run.js';
import { TERMINAL_STATUSES } from '../../lib/model/run-transitions.js';
import { HistoryStore } from '../../lib/store/history/history.store.js';
import { RecordPageStore } from '../../lib/store/history/record-page.store.js';
import { RunStore } from '../../lib/store/runs/run.store.js';
import type { RunCriteria } from '../../lib/store/runs/run-criteria.js';
import { RunSearchStore } from '../../lib/store/runs/run-search.store.js';
import { type StoreRoom, withStores } from '../engine/store-room.js';

export interface SeededRun {
  runId: string;
  name: string;
  queue: string;
  status: RunStatus;
  partitionKey: string | null;
  deduplicationId: string | null;
  parentId: string | null;
  claimedBy: string | null;
  legalHold: boolean;
  permit: boolean;
  attributes: RunAttributes | null;
  args: unknown[] | null;
  errorCode: string | null;
  /** In microseconds since the epoch. */
  createdAt: number;
  completedAt: number | null;
}

export const AT = Date.UTC(2026, 5, 1) * 1_000;
const serializer = new Serializer();

export const isOver = (status: RunStatus) => TERMINAL_STATUSES.includes(status);

export function seededRun(run: Partial<SeededRun> = {}): SeededRun {
  const status = run.status ?? 'SUCCESS';
  const createdAt = run.createdAt ?? AT;
  return {
    runId: randomUUID(),
    name: 'w',
    queue: 'default',
    status,
    partitionKey: null,
    deduplicationId: null,
    parentId: null,
    claimedBy: null,
    legalHold: false,
    permit: ['PENDING', 'RUNNING', 'STOPPING', 'WAITING'].includes(status),
    attributes: null,
    args: null,
    errorCode: null,
    createdAt,
    completedAt: isOver(status) ? createdAt + 1_000_000 : null,
    ...run,
  };
}

export async function insertSeeded(room: StoreRoom, runs: readonly SeededRun[]): Promise<void> {
  const rows = runs.map(({ args, errorCode, ...run }) => ({
    ...run,
    input: args === null ? null : serializer.serialize(args),
    error: errorCode === null ? null : JSON.stringify({ name: 'Error', message: 'no', code: errorCode }),
  }));
  await room.rows(
    `insert into workflow_status (workflow_id, name, queue, status, partition_key, deduplication_id, parent_id, claimed_by, legal_hold, permit,
       attributes, input, error, created_at, completed_at, wake_at)
     select r."runId", r.name, r.queue, r.status, r."partitionKey", r."deduplicationId", r."parentId", r."claimedBy", r."legalHold", r.permit,
       r.attributes, r.input, r.error, timestamptz 'epoch' + r."createdAt" * interval '1 us', timestamptz 'epoch' + r."completedAt" * interval '1 us',
       case when r.status = 'ENQUEUED' and r.permit then clock_timestamp() end
     from json_to_recordset($1::json) r ("runId" uuid, name text, queue text, status text, "partitionKey" text, "deduplicationId" text,
       "parentId" uuid, "claimedBy" uuid, "legalHold" boolean, permit boolean, attributes jsonb, input text, error text,
       "createdAt" bigint, "completedAt" bigint)`,
    [JSON.stringify(rows)],
  );
}

export function newReader({ database }: StoreRoom, clock: Clock = systemClock): RunReader {
  return new RunReader({
    runs: new RunStore(database),
    searches: new RunSearchStore(database),
    histories: new HistoryStore(database),
    pages: new RecordPageStore(database),
    serializer,
    clock,
  });
}

/** With runs of these, by the numbers that the caller rolls. */
export function randomRuns(count: number, random: () => number): SeededRun[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const rarely = <T>(share: number, value: T): T | null => (random() < share ? value : null);
  const parents = Array.from({ length: 3 }, () => randomUUID());
  const executors = Array.from({ length: 3 }, () => randomUUID());
  return Array.from({ length: count }, () => {
    const status = random() < 0.6 ? 'SUCCESS' : pick(RUN_STATUSES);
    // Some at one and the same moment, most within a minute, some far apart.
    const createdAt = AT - Math.floor(pick([0, 1, 60, 60, 60, 3_600, 86_400 * 30]) * 1_000_000 * random());
    return seededRun({
      name: pick(['orders.fulfil', 'orders.fulfil', 'orders.Refund', 'mail', '50%_off', 'rare']),
      queue: pick(['default', 'default', 'mail', 'rare']),
      status,
      partitionKey: rarely(0.3, pick(['line-1', 'line-2'])),
      deduplicationId: rarely(0.2, pick(['d1', 'd2'])),
      parentId: rarely(0.2, pick(parents)),
      claimedBy: rarely(0.7, pick(executors)),
      legalHold: random() < 0.1,
      attributes: rarely(0.4, { region: pick(['north', 'south']), n: pick([1, 2]) }),
      args: rarely(0.8, [pick(['x', 'y']), { order: pick([1, 2, 3]), lines: [{ sku: pick(['a', 'b']) }] }]),
      errorCode: isOver(status) && status !== 'SUCCESS' ? rarely(0.8, pick(['E1', 'E2'])) : null,
      createdAt,
      completedAt: isOver(status) ? createdAt + Math.floor(random() * 7_200_000_000) : null,
    });
  });
}

/** The plain meaning of a filter. */
export function matches(run: SeededRun, criteria: RunCriteria & { nameContains?: string }): boolean {
  const { names, nameContains, statuses, queues, createdFrom, createdBefore, completedFrom, completedBefore } = criteria;
  const at = (time: Date) => time.getTime() * 1_000;
  return [
    names === undefined || names.includes(run.name),
    nameContains === undefined || run.name.toLowerCase().includes(nameContains.toLowerCase()),
    statuses === undefined || statuses.includes(run.status),
    queues === undefined || queues.includes(run.queue),
    criteria.partitionKey === undefined || run.partitionKey === criteria.partitionKey,
    criteria.deduplicationId === undefined || run.deduplicationId === criteria.deduplicationId,
    criteria.parentId === undefined || run.parentId === criteria.parentId,
    criteria.executorId === undefined || run.claimedBy === criteria.executorId,
    criteria.legalHold === undefined || run.legalHold === criteria.legalHold,
    criteria.errorCode === undefined || run.errorCode === criteria.errorCode,
    createdFrom === undefined || run.createdAt >= at(createdFrom),
    createdBefore === undefined || run.createdAt < at(createdBefore),
    completedFrom === undefined || (run.completedAt !== null && run.completedAt >= at(completedFrom)),
    completedBefore === undefined || (run.completedAt !== null && run.completedAt < at(completedBefore)),
    criteria.attributes === undefined || contains(run.attributes, criteria.attributes),
    criteria.input === undefined || (run.args ?? []).some((arg) => contains(arg, JSON.parse(criteria.input as string))),
  ].every((holds) => holds);
}

/** As jsonb does it. */
function contains(value: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null || typeof value !== 'object' || value === null) return value === part;
  if (Array.isArray(part) !== Array.isArray(value)) return false;
  if (Array.isArray(part)) return part.every((item) => (value as unknown[]).some((other) => contains(other, item)));
  return Object.entries(part).every(([key, item]) => key in value && contains((value as Record<string, unknown>)[key], item));
}

/** Newest first, by id where they are of one moment. */
export function newestFirst(runs: readonly SeededRun[]): string[] {
  return [...runs].sort((a, b) => b.createdAt - a.createdAt || (a.runId < b.runId ? 1 : -1)).map(({ runId }) => runId);
}

export { type StoreRoom, withStores };
