// Queues: looked at with who waits and who holds them, made, changed, paused. Bound and guarded by mountControllers; thin, everything is
// delegated.
import { Inject } from '@nestjs/common';
import { ClusterReader } from '../../client/cluster-reader.js';
import type { QueueLimits } from '../../client/queue-options.js';
import { RunReader } from '../../client/run-reader.js';
import { WorkflowService } from '../../client/workflow.service.js';
import { type Field, integer, json, REASON, reason, required, text } from '../requests/fields.js';
import type { AdminCall, NoShape } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const OR_NONE = { type: ['integer', 'null'], minimum: 1 };
const LIMITS: Record<keyof QueueLimits, Field<unknown>> = {
  concurrency: json({ ...OR_NONE, description: 'Runs under way at once, in all processes. Null: no limit.' }),
  workerConcurrency: json({ ...OR_NONE, description: 'Runs in the memory of one process at once. Null: no limit.' }),
  rateLimit: json({
    type: ['object', 'null'],
    properties: { limit: { type: 'integer', minimum: 1 }, period: { type: ['string', 'number'] } },
    required: ['limit', 'period'],
    additionalProperties: false,
    description: 'So many first claims within any period, a duration such as "1m", or ms. Null: no limit.',
  }),
  partitionConcurrency: json({ type: 'integer', minimum: 1, description: 'Runs under way at once of one partition. Default 1.' }),
  releaseWhileWaiting: json({ type: 'boolean', description: 'A run that waits gives its permit back. Default false.' }),
  holdReleasesPermits: json({ type: 'boolean', description: 'A run that is held gives its permit back. Default false.' }),
};
const CREATE = { name: required(text()), ...LIMITS, reason: reason() };
const UPDATE = { ...LIMITS, reason: reason() };
const COUNTS = { queue: text(), name: text('Of runs of this workflow.') };
const THROUGHPUT = {
  queue: text(),
  minutes: integer(1, 1_440, 'Default 60. Above 60 in buckets of 5 minutes, above 360 of 15, else of one.'),
};
const PARTITIONS = {
  contains: text('Part of the key, in any case of letters.', 255),
  limit: integer(1, 500, 'Default 100.'),
  cursor: text('`nextCursor` of the page before.'),
};

export class QueuesController {
  constructor(
    @Inject(WorkflowService) private readonly workflows: WorkflowService,
    @Inject(ClusterReader) private readonly cluster: ClusterReader,
    @Inject(RunReader) private readonly reader: RunReader,
  ) {}

  @Route({ method: 'GET', action: 'read', summary: 'All queues: limits, pause, who waits and since when, permits, maintenance.' })
  async list(): Promise<unknown> {
    return { queues: await this.cluster.queueOverview() };
  }

  @Route({
    method: 'GET',
    path: 'counts',
    action: 'read',
    summary:
      'How many runs there are of each queue and status, each counted up to 10,000; of those that are over the newest of each workflow, 20,000 in all. See `capped`.',
    query: COUNTS,
  })
  async count({ query: { queue, name } }: AdminCall<typeof COUNTS>): Promise<unknown> {
    const filter = { ...(queue !== undefined && { queue }), ...(name !== undefined && { workflowName: name }) };
    return { counts: await this.reader.countByStatus(filter) };
  }

  @Route({
    method: 'GET',
    path: 'throughput',
    action: 'read',
    summary: 'How many runs ended lately, and how many of them failed, by queue and time. Of the newest 50,000: `searchedTo`.',
    query: THROUGHPUT,
  })
  async countThroughput({ query }: AdminCall<typeof THROUGHPUT>): Promise<unknown> {
    return this.reader.throughput(query);
  }

  @Route({
    method: 'GET',
    path: ':queue/partitions',
    action: 'read',
    summary: 'The partitions of a queue in which somebody waits or holds a permit, by key.',
    query: PARTITIONS,
  })
  async listPartitions(call: AdminCall<typeof PARTITIONS>): Promise<unknown> {
    return this.cluster.listPartitions(call.param('queue'), call.query);
  }

  @Route({ method: 'POST', action: 'queues', status: 201, summary: 'Makes a queue.', body: CREATE })
  async create(call: AdminCall<NoShape, typeof CREATE>): Promise<unknown> {
    const { reason: _reason, name, ...limits } = call.body;
    await this.workflows.queues.create({ name, ...(limits as QueueLimits) }, call.operator);
    return { name };
  }

  @Route({
    method: 'PATCH',
    path: ':queue',
    action: 'queues',
    summary: 'Changes the limits that are given; it counts from the next claim on, in all processes.',
    body: UPDATE,
  })
  async update(call: AdminCall<NoShape, typeof UPDATE>): Promise<unknown> {
    const { reason: _reason, ...limits } = call.body;
    await this.workflows.queues.update(call.param('queue'), limits as QueueLimits, call.operator);
    return { name: call.param('queue') };
  }

  @Route({
    method: 'POST',
    path: ':queue/pause',
    action: 'queues',
    summary: 'Nothing of the queue begins any more; what has begun goes on. Idempotent.',
    body: REASON,
  })
  async pause(call: AdminCall<NoShape, typeof REASON>): Promise<unknown> {
    await this.workflows.queues.pause(call.param('queue'), call.operator);
    return { name: call.param('queue') };
  }

  @Route({ method: 'POST', path: ':queue/resume', action: 'queues', summary: 'Ends the pause. Idempotent.', body: REASON })
  async resume(call: AdminCall<NoShape, typeof REASON>): Promise<unknown> {
    await this.workflows.queues.resume(call.param('queue'), call.operator);
    return { name: call.param('queue') };
  }
}
