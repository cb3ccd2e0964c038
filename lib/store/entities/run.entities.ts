// TypeORM entities of the library's tables, for the host to read and join; the library itself writes by hand-written SQL. None of them
// takes part in `synchronize`. Bound to a schema by workflows-entities.ts.
import type { EntitySchemaOptions } from 'typeorm';
import type { RecordedOperation } from '../../model/operation.js';
import type { RunRecord } from '../../model/run.js';

/** Table `workflow_status`. Payload columns hold the serialised text. */
export type RunEntity = RunRecord;

/** Table `operation_outputs`: one row per recorded operation of a run. */
export interface OperationEntity extends RecordedOperation {
  runId: string;
  startedAt: Date;
  completedAt: Date;
}

/** Table `workflow_events`: the last value under each key of a run. */
export interface EventEntity {
  runId: string;
  key: string;
  value: string | null;
  ordinal: number;
  updatedAt: Date;
}

/** Table `streams`: chunks by stream name and offset. */
export interface StreamChunkEntity {
  runId: string;
  stream: string;
  offset: number;
  /** Of the step (or progress) that wrote it; null: the workflow's own code. */
  ordinal: number | null;
  /** Of the step. */
  attempt: number | null;
  /** The stream ends here. */
  closes: boolean;
  value: string | null;
  createdAt: Date;
}

type Definition<T> = Pick<EntitySchemaOptions<T>, 'name' | 'tableName' | 'columns'>;

const text = (name: string, nullable = false) => ({ type: 'text', name, nullable }) as const;
const integer = (name: string, nullable = false) => ({ type: 'integer', name, nullable }) as const;
const time = (name: string, nullable = false) => ({ type: 'timestamptz', name, nullable }) as const;
const runId = { type: 'uuid', name: 'workflow_id', primary: true } as const;

export const RUN_ENTITY: Definition<RunEntity> = {
  name: 'WorkflowRun',
  tableName: 'workflow_status',
  columns: {
    runId,
    workflowName: text('name'),
    queue: text('queue'),
    status: text('status'),
    priority: integer('priority'),
    partitionKey: text('partition_key', true),
    deduplicationId: text('deduplication_id', true),
    externalId: text('external_id', true),
    parentId: { type: 'uuid', name: 'parent_id', nullable: true },
    attributes: { type: 'jsonb', name: 'attributes', nullable: true },
    input: text('input', true),
    output: text('output', true),
    error: text('error', true),
    timeoutMs: { type: 'double precision', name: 'timeout_ms', nullable: true },
    deadlineAt: time('deadline_at', true),
    wakeAt: time('wake_at', true),
    claimedBy: { type: 'uuid', name: 'claimed_by', nullable: true },
    recoveryAttempts: integer('recovery_attempts'),
    maxRecoveryAttempts: integer('max_recovery_attempts'),
    createdAt: time('created_at'),
    startedAt: time('started_at', true),
    completedAt: time('completed_at', true),
    legalHold: { type: 'boolean', name: 'legal_hold' },
    hasPermit: { type: 'boolean', name: 'permit' },
  },
};

export const OPERATION_ENTITY: Definition<OperationEntity> = {
  name: 'WorkflowOperation',
  tableName: 'operation_outputs',
  columns: {
    runId,
    ordinal: { ...integer('ordinal'), primary: true },
    seq: integer('seq', true),
    kind: text('kind'),
    name: text('name'),
    output: text('output', true),
    error: text('error', true),
    attempts: integer('attempts'),
    startedAt: time('started_at'),
    completedAt: time('completed_at'),
  },
};

export const EVENT_ENTITY: Definition<EventEntity> = {
  name: 'WorkflowEvent',
  tableName: 'workflow_events',
  columns: {
    runId,
    key: { ...text('key'), primary: true },
    value: text('value', true),
    ordinal: integer('ordinal'),
    updatedAt: time('updated_at'),
  },
};

export const STREAM_CHUNK_ENTITY: Definition<StreamChunkEntity> = {
  name: 'WorkflowStreamChunk',
  tableName: 'streams',
  columns: {
    runId,
    stream: { ...text('stream'), primary: true },
    offset: { ...integer('chunk_offset'), primary: true },
    ordinal: integer('ordinal', true),
    attempt: integer('attempt', true),
    closes: { type: 'boolean', name: 'closes' },
    value: text('value', true),
    createdAt: time('created_at'),
  },
};
