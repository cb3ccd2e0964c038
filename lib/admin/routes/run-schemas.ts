// Runs, and what belongs to one, as answers show them: one schema per type of the library, each held to its keys by the compiler. For OpenAPI.
import type { AuditPage } from '../../client/audit-reader.js';
import type { RunMessage, RunStep, RunWait, SetEvent } from '../../client/run-history.js';
import type { RunDetails, RunSummary } from '../../client/run-reader.js';
import type { StreamSummary } from '../../client/stream-ranges.js';
import type { StreamChunk } from '../../client/stream-reader.js';
import type { WorkflowInfo } from '../../client/workflow.service.js';
import type { SentCommand } from '../../client/workflow-commands.js';
import type { CommandState } from '../../model/command-rules.js';
import type { CommandReceipt } from '../../operations/commands/run-commander.js';
import type { JsonSchema } from '../requests/fields.js';
import { anyObject, anything, flag, listOf, orNull, payload, record, runStatus, text, time, whole } from './schema-words.js';

const storedError: JsonSchema = {
  type: ['object', 'null'],
  properties: { name: text, message: text, code: { type: ['string', 'number'] }, stack: text },
  additionalProperties: true,
  description: 'Without the right to see payloads: { hidden: true, name, code? }.',
};

const RUN: { [K in keyof Required<RunSummary>]: JsonSchema } = {
  runId: text,
  workflowName: text,
  queue: text,
  status: runStatus,
  priority: whole,
  partitionKey: orNull(text),
  deduplicationId: orNull(text),
  externalId: orNull(text),
  parentId: orNull(text),
  attributes: { ...payload, type: ['object', 'null'], additionalProperties: true },
  timeoutMs: orNull(whole),
  deadlineAt: orNull(time),
  wakeAt: orNull(time),
  claimedBy: orNull(text),
  recoveryAttempts: whole,
  maxRecoveryAttempts: whole,
  createdAt: time,
  startedAt: orNull(time),
  completedAt: orNull(time),
  legalHold: flag,
  hasPermit: flag,
};

export const runSummary = record<RunSummary>(RUN);
export const runDetails = record<RunDetails>(
  { ...RUN, input: payload, output: payload, error: storedError, provenance: orNull(anyObject) },
  'input',
  'output',
);
export const runWait = record<RunWait>({
  ordinal: whole,
  kind: text,
  name: text,
  wakeAt: orNull(time),
  sourceRunId: orNull(text),
  sourceKey: orNull(text),
});
export const commandState = record<CommandState>({
  status: runStatus,
  isStopping: flag,
  pending: orNull(text),
  isBusy: flag,
  isCooperative: flag,
});
export const runStep = record<RunStep>(
  {
    ordinal: whole,
    kind: text,
    name: text,
    output: payload,
    error: storedError,
    attempts: whole,
    failedAttempts: listOf(
      record<RunStep['failedAttempts'][number]>({ attempt: whole, error: storedError, startedAt: time, completedAt: time }),
    ),
    startedAt: time,
    completedAt: time,
  },
  'output',
);
export const setEvent = record<SetEvent>({ key: text, value: payload, updatedAt: time, ordinal: whole }, 'value');
export const runMessage = record<RunMessage>(
  {
    messageId: text,
    idempotencyKey: text,
    topic: text,
    payload,
    isPending: flag,
    takenBy: orNull(whole),
    takenAt: orNull(time),
    createdAt: time,
  },
  'payload',
);
export const sentCommand = record<SentCommand>(
  {
    commandId: text,
    command: text,
    data: payload,
    state: runStatus,
    outcome: orNull(text),
    receivedAt: time,
    settledAt: orNull(time),
    actor: text,
    reason: orNull(text),
    requestId: orNull(text),
  },
  'data',
);
export const receipt = record<CommandReceipt>({ commandId: text, command: text, state: runStatus, outcome: orNull(text) });
export const stream = record<StreamSummary>({ name: text, chunks: whole, closed: flag, lastAt: time });
export const chunk = record<StreamChunk>(
  {
    offset: whole,
    value: payload,
    at: time,
    ordinal: orNull(whole),
    attempt: orNull(whole),
    attemptFrom: orNull(whole),
  },
  'value',
);
export const auditEntry = record<AuditPage['entries'][number]>({
  auditId: text,
  at: time,
  actor: text,
  action: text,
  runId: orNull(text),
  reason: orNull(text),
  requestId: orNull(text),
  before: anything,
  after: anything,
});
export const workflow = record<WorkflowInfo>({ name: text, origin: text, served: flag, inputSchema: anyObject }, 'inputSchema');
