// What each route answers, as JSON Schema, for OpenAPI. Beside the routes and not in them: a route says what it takes, which is checked; this
// describes what its service gives. test/http-client/live.spec.ts holds answers of a real application to it.
import type { AuditPage } from '../../client/audit-reader.js';
import type { BulkJobPage, BulkPreview } from '../../client/bulk-jobs.js';
import type { PartitionPage } from '../../client/cluster-reader.js';
import type { DeadLetterPage } from '../../client/dead-letters.js';
import type { RunCount, RunPage, Throughput } from '../../client/run-reader.js';
import type { StreamRange } from '../../client/stream-ranges.js';
import type { CommandPage } from '../../client/workflow-commands.js';
import type { EnumPage, TemplatePage } from '../../client/workflow-templates.js';
import type { CancelledRuns } from '../../operations/maintenance/maintenance-canceller.js';
import { ADMIN_ACTIONS } from '../access/admin-access.js';
import type { JsonSchema } from '../requests/fields.js';
import * as operation from './operation-schemas.js';
import * as run from './run-schemas.js';
import { anyObject, flag, listOf, object, oneOf, payload, record, text, time, whole } from './schema-words.js';

const runPage = record<RunPage>({ runs: listOf(run.runSummary), nextCursor: text, searchedTo: time }, 'nextCursor', 'searchedTo');
const auditPage = record<AuditPage>({ entries: listOf(run.auditEntry), nextCursor: text }, 'nextCursor');
const started = object({ runId: text });
const changed = object({ changed: flag });
const deleted = object({ deleted: whole });
const named = object({ name: text });

/** By method and path, as `GET runs/:id`. Of streams: the data of an event. */
export const ANSWER_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  'GET me': object(
    {
      actor: text,
      access: object({ actions: listOf(oneOf(ADMIN_ACTIONS)), payloads: flag }),
      version: text,
      schema: named,
      executorId: text,
      serverTime: time,
    },
    'executorId',
  ),

  'GET workflows': object({ workflows: listOf(run.workflow) }),
  'GET workflows/:name': run.workflow,
  'POST workflows/:name/runs': started,
  'POST workflows/:name/template-runs': started,
  'POST workflows/:name/inputs': operation.inputs,

  'GET runs': runPage,
  'GET runs/count': record<RunCount>({ count: whole, capped: flag, searchedTo: time }, 'searchedTo'),
  'GET runs/names': object({ names: listOf(text) }),
  'GET runs/:id': object({ run: run.runDetails, waits: listOf(run.runWait), commandState: run.commandState }),
  'GET runs/:id/steps': object({ steps: listOf(run.runStep), nextAfter: whole }, 'nextAfter'),
  'GET runs/:id/events': object({ events: listOf(run.setEvent), nextAfter: text }, 'nextAfter'),
  'GET runs/:id/event-history': object({ events: listOf(run.setEvent), nextAfter: whole }, 'nextAfter'),
  'GET runs/:id/children': runPage,
  'GET runs/:id/commands': record<CommandPage>({ commands: listOf(run.sentCommand), nextBefore: text }, 'nextBefore'),
  'GET runs/:id/messages': object({ messages: listOf(run.runMessage), nextAfter: text }, 'nextAfter'),
  'GET runs/:id/payload': object({ value: payload }, 'value'),
  'GET runs/:id/audit': auditPage,
  'GET runs/:id/streams': object({ streams: listOf(run.stream) }),
  'GET runs/:id/streams/:stream': record<StreamRange>({ chunks: listOf(run.chunk), nextFrom: whole, closed: flag }, 'nextFrom'),
  'GET runs/:id/streams/:stream/follow': run.chunk,
  'POST runs/:id/cancel': object({ runId: text, cancelled: flag }),
  'POST runs/:id/commands': run.receipt,
  'POST runs/:id/messages': object({}),
  'PUT runs/:id/priority': changed,
  'PUT runs/:id/legal-hold': changed,

  'GET queues': object({ queues: listOf(operation.queue) }),
  'GET queues/counts': object({ counts: listOf(operation.queueCount) }),
  'GET queues/throughput': record<Throughput>(
    { from: time, to: time, bucketMs: whole, searchedTo: time, buckets: listOf(operation.throughputBucket) },
    'searchedTo',
  ),
  'POST queues': named,
  'PATCH queues/:queue': named,
  'POST queues/:queue/pause': named,
  'POST queues/:queue/resume': named,
  'GET queues/:queue/partitions': record<PartitionPage>(
    { partitions: listOf(operation.partition), nextCursor: text },
    'nextCursor',
  ),

  'GET templates': record<TemplatePage>({ templates: listOf(operation.templateSummary), nextCursor: text }, 'nextCursor'),
  'POST templates': operation.template,
  'POST templates/import': operation.template,
  'GET templates/:workflow/:name': operation.foundTemplate,
  'GET templates/:workflow/:name/document': operation.templateDocument,
  'PUT templates/:workflow/:name/:version/status': changed,
  'DELETE templates/:workflow/:name': deleted,
  'POST templates/:workflow/:name/copy': operation.template,

  'GET enums': record<EnumPage>({ enums: listOf(operation.enumSummary), nextCursor: text }, 'nextCursor'),
  'POST enums': operation.paramEnum,
  'GET enums/:name': operation.paramEnum,
  'PUT enums/:name/:version/status': changed,
  'DELETE enums/:name': deleted,

  'GET maintenance': operation.maintenanceStatus,
  'POST maintenance/enter': object({ cancelled: record<CancelledRuns>({ queued: whole, running: whole }) }),
  'POST maintenance/exit': object({ ended: flag }),
  'POST maintenance/swap': object({ generation: whole }),

  'GET retention': operation.retention,
  'PATCH retention': operation.retention,
  'POST retention/preview': operation.retentionResult,
  'POST retention/apply': operation.retentionResult,

  'GET executors': object({ executors: listOf(operation.executor) }),
  'GET diagnostics': operation.diagnostics,

  'GET dead-letters': record<DeadLetterPage>({ letters: listOf(operation.deadLetter), nextCursor: text }, 'nextCursor'),
  'POST dead-letters/:runId/replay': object({ replayed: flag }),
  'POST dead-letters/:runId/discard': object({ discarded: flag }),

  'GET audit': auditPage,

  'GET bulk-jobs': record<BulkJobPage>({ jobs: listOf(operation.bulkJob), nextCursor: text }, 'nextCursor'),
  'POST bulk-jobs': operation.bulkJob,
  'POST bulk-jobs/preview': record<BulkPreview>({ matched: whole, capped: flag, sample: listOf(run.runSummary) }),
  'GET bulk-jobs/:jobId': operation.bulkJob,
  'POST bulk-jobs/:jobId/cancel': object({ cancelled: flag }),

  'GET feed': object({ topic: text, at: time, data: anyObject }, 'data'),
};
