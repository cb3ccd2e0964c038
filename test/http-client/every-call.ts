// Every method of the client, called once, with names that show in the path where they went: for the specs that hold the client to the routes.
import type { WorkflowsClient } from '../../lib/http-client/index.js';

export type EveryCall = ReadonlyArray<readonly [method: string, call: (client: WorkflowsClient) => unknown]>;

export const EVERY_CALL: EveryCall = [
  ['me', (client) => client.me()],
  ['executors', (client) => client.executors()],
  ['diagnostics', (client) => client.diagnostics()],
  ['feed', (client) => first(client.feed({ topics: ['runs'] }))],
  ['workflows.list', ({ workflows }) => workflows.list()],
  ['workflows.find', ({ workflows }) => workflows.find(':name')],
  ['workflows.start', ({ workflows }) => workflows.start(':name', [1], { id: 'x', reason: 'r' })],
  [
    'workflows.startWithTemplate',
    ({ workflows }) =>
      workflows.startWithTemplate(':name', { template: 't', version: 1, overrides: {} }, { id: 'x', reason: 'r' }),
  ],
  ['workflows.inputs', ({ workflows }) => workflows.inputs(':name', { template: null, overrides: {} })],
  ['runs.list', ({ runs }) => runs.list({ name: ['x'], limit: 1 })],
  ['runs.pages', ({ runs }) => first(runs.pages())],
  ['runs.count', ({ runs }) => runs.count({ status: ['DEAD'], atMost: 10 })],
  ['runs.names', ({ runs }) => runs.names()],
  ['runs.find', ({ runs }) => runs.find(':id')],
  ['runs.steps', ({ runs }) => runs.steps(':id', { after: 1, limit: 1 })],
  ['runs.events', ({ runs }) => runs.events(':id', { after: 'k', limit: 1 })],
  ['runs.eventHistory', ({ runs }) => runs.eventHistory(':id', { after: 1, limit: 1 })],
  ['runs.children', ({ runs }) => runs.children(':id', { limit: 1, cursor: 'c' })],
  ['runs.commands', ({ runs }) => runs.commands(':id', { before: '1', limit: 1 })],
  ['runs.messages', ({ runs }) => runs.messages(':id', { after: '1', limit: 1 })],
  ['runs.payload', ({ runs }) => runs.payload(':id', { of: 'step', ordinal: 1 })],
  ['runs.audit', ({ runs }) => runs.audit(':id', { limit: 1, cursor: 'c' })],
  ['runs.streams', ({ runs }) => runs.streams(':id')],
  ['runs.chunks', ({ runs }) => runs.chunks(':id', ':stream', { from: 1, limit: 1 })],
  ['runs.follow', ({ runs }) => first(runs.follow(':id', ':stream', { from: 1 }))],
  ['runs.cancel', ({ runs }) => runs.cancel(':id', { children: true, reason: 'r' })],
  ['runs.command', ({ runs }) => runs.command(':id', 'STOP', { data: 1, timeout: '1s', from: 'start', reason: 'r' })],
  ['runs.send', ({ runs }) => runs.send(':id', 'topic', 1, { idempotencyKey: 'k', reason: 'r' })],
  ['runs.setPriority', ({ runs }) => runs.setPriority(':id', 1, { reason: 'r' })],
  ['runs.setLegalHold', ({ runs }) => runs.setLegalHold(':id', true, { reason: 'r' })],
  ['queues.list', ({ queues }) => queues.list()],
  ['queues.counts', ({ queues }) => queues.counts({ queue: 'q', name: 'x' })],
  ['queues.throughput', ({ queues }) => queues.throughput({ queue: 'q', minutes: 60 })],
  ['queues.create', ({ queues }) => queues.create({ name: 'q', concurrency: 1, reason: 'r' })],
  ['queues.update', ({ queues }) => queues.update(':queue', { rateLimit: { limit: 1, period: '1s' }, reason: 'r' })],
  ['queues.pause', ({ queues }) => queues.pause(':queue', { reason: 'r' })],
  ['queues.resume', ({ queues }) => queues.resume(':queue', { reason: 'r' })],
  ['queues.partitions', ({ queues }) => queues.partitions(':queue', { contains: 'x', limit: 1, cursor: 'c' })],
  [
    'templates.list',
    ({ templates }) => templates.list({ workflow: 'w', name: 'n', status: 'active', latestOnly: true, limit: 1 }),
  ],
  ['templates.save', ({ templates }) => templates.save('w', { name: 'n', schema: {}, defaults: {}, reason: 'r' })],
  ['templates.find', ({ templates }) => templates.find(':workflow', ':name', { version: 1, expand: true })],
  ['templates.setStatus', ({ templates }) => templates.setStatus(':workflow', ':name', 1, 'obsolete', { reason: 'r' })],
  ['templates.delete', ({ templates }) => templates.delete(':workflow', ':name', { version: 1, reason: 'r' })],
  [
    'templates.copy',
    ({ templates }) => templates.copy(':workflow', ':name', { toWorkflow: 'w', newName: 'n', version: 1, reason: 'r' }),
  ],
  ['templates.export', ({ templates }) => templates.export(':workflow', ':name', { version: 1 })],
  ['templates.import', ({ templates }) => templates.import({} as never, { reason: 'r' })],
  ['enums.list', ({ enums }) => enums.list({ name: 'n', status: 'active', latestOnly: true, limit: 1, cursor: 'c' })],
  ['enums.save', ({ enums }) => enums.save({ name: 'n', values: [], reason: 'r' })],
  ['enums.find', ({ enums }) => enums.find(':name', { version: 1 })],
  ['enums.setStatus', ({ enums }) => enums.setStatus(':name', 1, 'active', { reason: 'r' })],
  ['enums.delete', ({ enums }) => enums.delete(':name', { version: 1, reason: 'r' })],
  ['maintenance.status', ({ maintenance }) => maintenance.status()],
  [
    'maintenance.enter',
    ({ maintenance }) => maintenance.enter({ mode: 'drain', queues: ['q'], until: '2030-01-01T00:00:00Z', reason: 'r' }),
  ],
  ['maintenance.exit', ({ maintenance }) => maintenance.exit({ queues: ['q'], reason: 'r' })],
  ['maintenance.swap', ({ maintenance }) => maintenance.swap({ reason: 'r' })],
  ['retention.get', ({ retention }) => retention.get()],
  ['retention.update', ({ retention }) => retention.update({ after: '1d', interval: '5m', reason: 'r' })],
  ['retention.preview', ({ retention }) => retention.preview({ after: '1d' })],
  ['retention.apply', ({ retention }) => retention.apply({ maxRows: 1, reason: 'r' })],
  ['deadLetters.list', ({ deadLetters }) => deadLetters.list({ limit: 1, cursor: 'c' })],
  ['deadLetters.replay', ({ deadLetters }) => deadLetters.replay(':runId', { reason: 'r' })],
  ['deadLetters.discard', ({ deadLetters }) => deadLetters.discard(':runId', { reason: 'r' })],
  ['audit.list', ({ audit }) => audit.list({ actor: 'ann', from: new Date(0), limit: 1 })],
  ['bulkJobs.preview', ({ bulkJobs }) => bulkJobs.preview({ cancel: {} }, { name: ['x'] })],
  ['bulkJobs.create', ({ bulkJobs }) => bulkJobs.create({ action: { priority: 1 }, filter: {}, all: true, reason: 'r' })],
  ['bulkJobs.list', ({ bulkJobs }) => bulkJobs.list({ status: ['DONE'], limit: 1, cursor: 'c' })],
  ['bulkJobs.find', ({ bulkJobs }) => bulkJobs.find(':jobId')],
  ['bulkJobs.cancel', ({ bulkJobs }) => bulkJobs.cancel(':jobId', { reason: 'r' })],
];

async function first(reading: AsyncIterableIterator<unknown>): Promise<void> {
  await reading.next();
  await reading.return?.();
}

/** All methods there are, `group.method`: so that none is missing above. */
export function methodsOf(client: WorkflowsClient): string[] {
  const own = Object.getOwnPropertyNames(Object.getPrototypeOf(client)).filter((name) => name !== 'constructor');
  const groups = Object.entries(client).flatMap(([group, of]) =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(of))
      .filter((name) => name !== 'constructor')
      .map((name) => `${group}.${name}`),
  );
  return [...own, ...groups];
}
