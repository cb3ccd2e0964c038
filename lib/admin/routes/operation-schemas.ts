// Queues, templates, maintenance, retention, processes and jobs, as answers show them: one schema per type of the library, each held to its keys
// by the compiler. For OpenAPI.
import type { BulkJob } from '../../client/bulk-jobs.js';
import type { ExecutorSummary, PartitionSummary } from '../../client/cluster-reader.js';
import type { DeadLetter } from '../../client/dead-letters.js';
import type { Diagnostics } from '../../client/process-diagnostics.js';
import type { QueueInfo } from '../../client/workflow-queues.js';
import type { RetentionInfo } from '../../client/workflow-retention.js';
import type { ExpandedTemplate } from '../../client/workflow-templates.js';
import { BULK_STATUSES } from '../../model/bulk.js';
import type { Maintenance } from '../../model/maintenance.js';
import { type ParamEnum, TEMPLATE_STATUSES, type Template, type TemplateSummary } from '../../model/template.js';
import type { MaintenanceScope, MaintenanceStatus } from '../../operations/maintenance/maintenance-control.js';
import type { RetentionResult } from '../../operations/retention/retention-totals.js';
import type { ResolvedInputs } from '../../operations/templates/template-book.js';
import type { TemplateDocument } from '../../operations/templates/template-transfer.js';
import type { ExecutorLoad } from '../../store/maintenance/maintenance.store.js';
import type { StatusCount, ThroughputBucket } from '../../store/runs/run-search.store.js';
import type { EnumSummary } from '../../store/templates/enum.store.js';
import type { JsonSchema } from '../requests/fields.js';
import {
  anyObject,
  byName,
  flag,
  listOf,
  number,
  oneOf,
  orNull,
  payload,
  record,
  runStatus,
  text,
  time,
  whole,
} from './schema-words.js';

const maintenance: { [K in keyof Maintenance]: JsonSchema } = {
  queue: orNull(text),
  mode: text,
  reason: orNull(text),
  actor: text,
  enteredAt: time,
  until: orNull(time),
};

export const queue = record<QueueInfo>({
  name: text,
  isPaused: flag,
  concurrency: orNull(whole),
  workerConcurrency: orNull(whole),
  rateLimit: { type: ['object', 'null'], properties: { limit: whole, period: { ...whole, description: 'ms' } } },
  partitionConcurrency: whole,
  releaseWhileWaiting: flag,
  holdReleasesPermits: flag,
  waiting: whole,
  permits: whole,
  oldestWaitingAt: orNull(time),
  maintenance: { type: ['object', 'null'], properties: maintenance },
  deadlocks: listOf(
    record<QueueInfo['deadlocks'][number]>({ queue: text, partitionKey: orNull(text), holder: text, child: text }),
  ),
});
export const queueCount = record<StatusCount>({ queue: text, status: runStatus, count: whole, capped: flag, oldestAt: time });
export const throughputBucket = record<ThroughputBucket>({ queue: text, at: time, ended: whole, failed: whole });
export const partition = record<PartitionSummary>(
  {
    partitionKey: orNull(text),
    waiting: whole,
    holders: listOf(
      record<PartitionSummary['holders'][number]>({
        runId: text,
        workflowName: text,
        status: runStatus,
        startedAt: orNull(time),
      }),
    ),
    holderCount: whole,
    oldestWaitingAt: orNull(time),
    nextTurn: number,
  },
  'nextTurn',
);

const TEMPLATE: { [K in keyof TemplateSummary]: JsonSchema } = {
  workflow: text,
  name: text,
  version: whole,
  status: oneOf(TEMPLATE_STATUSES),
  description: orNull(text),
  createdBy: text,
  createdAt: time,
};

export const templateSummary = record<TemplateSummary>(TEMPLATE);
export const template = record<Template>({ ...TEMPLATE, schema: anyObject, defaults: anyObject, ui: orNull(anyObject) });
/** As a form needs it: what `expand` adds may be absent. */
export const foundTemplate = record<ExpandedTemplate>(
  { ...TEMPLATE, schema: anyObject, defaults: anyObject, ui: orNull(anyObject), expanded: anyObject, enums: byName(whole) },
  'expanded',
  'enums',
);
const enumValue = record<ParamEnum['values'][number]>(
  { label: text, value: { type: ['string', 'number', 'boolean'] }, disabled: flag },
  'disabled',
);
export const templateDocument = record<TemplateDocument>({
  format: text,
  formatVersion: whole,
  workflow: text,
  name: text,
  description: orNull(text),
  schema: anyObject,
  defaults: anyObject,
  ui: orNull(anyObject),
  enums: listOf(record<TemplateDocument['enums'][number]>({ name: text, values: listOf(enumValue), description: orNull(text) })),
});
export const inputs = record<ResolvedInputs>({
  inputs: anyObject,
  template: orNull(anyObject),
  enums: byName(whole),
  overrides: listOf(text),
});

const { workflow: _workflow, ...ENUM } = TEMPLATE;

export const enumSummary = record<EnumSummary>({ ...ENUM, size: whole });
export const paramEnum = record<ParamEnum>({ ...ENUM, values: listOf(enumValue) });

const scope = record<MaintenanceScope>({ ...maintenance, inFlight: whole });
const LOAD = { inFlight: whole, lingering: whole, activePartitions: whole, inMemoryDepth: whole };

export const maintenanceStatus = record<MaintenanceStatus>({
  active: flag,
  scopes: listOf(scope),
  generation: whole,
  lastSwapAt: orNull(time),
  drained: flag,
  executors: listOf(
    record<ExecutorLoad>({
      executorId: text,
      hostname: text,
      pid: whole,
      role: text,
      generation: whole,
      version: orNull(text),
      hasHeard: flag,
      drained: flag,
      ...LOAD,
    }),
  ),
  totals: record<MaintenanceStatus['totals']>({ executors: whole, undrained: whole, notHeard: whole, ...LOAD }),
});

const ms: JsonSchema = { type: ['number', 'null'], description: 'ms; null: never.' };

export const retention = record<RetentionInfo>({
  after: ms,
  maxRows: orNull(whole),
  globalTimeout: ms,
  perWorkflow: byName({ type: 'object', properties: { after: ms, globalTimeout: ms } }),
  interval: { ...number, description: 'ms' },
  sweptAt: orNull(time),
  updatedAt: time,
});
export const retentionResult = record<RetentionResult>({
  dryRun: flag,
  deleted: whole,
  timedOut: whole,
  workflows: listOf(
    record<RetentionResult['workflows'][number]>({ workflowName: text, after: whole, maxRows: whole, globalTimeout: whole }),
  ),
});
export const executor = record<ExecutorSummary>({
  executorId: text,
  hostname: text,
  pid: whole,
  role: text,
  workflows: listOf(text),
  generation: whole,
  version: orNull(text),
  startedAt: time,
  leaseExpiresAt: orNull(time),
  alive: flag,
  isHere: flag,
  graceful: orNull(flag),
  retiredAt: orNull(time),
  runsOwned: whole,
  inMemoryDepth: whole,
});
export const diagnostics = record<Diagnostics>({
  identity: anyObject,
  versions: anyObject,
  schema: anyObject,
  database: anyObject,
  lease: anyObject,
  lag: anyObject,
  capacity: anyObject,
  inMemoryQueue: anyObject,
  workflows: anyObject,
  maintenance: anyObject,
});
export const deadLetter = record<DeadLetter>({
  runId: text,
  workflowName: text,
  queue: text,
  reason: payload,
  attempts: whole,
  deadAt: time,
});
export const bulkJob = record<BulkJob>({
  jobId: text,
  action: anyObject,
  filter: anyObject,
  status: oneOf(BULK_STATUSES),
  expected: record<BulkJob['expected']>({ count: whole, capped: flag }),
  matched: whole,
  done: whole,
  refused: whole,
  failed: whole,
  refusals: listOf(record<BulkJob['refusals'][number]>({ runId: text, code: text })),
  actor: text,
  reason: orNull(text),
  requestId: orNull(text),
  createdAt: time,
  startedAt: orNull(time),
  completedAt: orNull(time),
  error: { type: ['object', 'null'], properties: { code: text, message: payload } },
});
