// Queues over HTTP: looked at, made, changed and paused. `client.queues`.
import type { ListPartitionsOptions, PartitionPage } from '../client/cluster-reader.js';
import type { QueueLimits, QueueOptions } from '../client/queue-options.js';
import type { Throughput } from '../client/run-reader.js';
import type { QueueInfo } from '../client/workflow-queues.js';
import type { StatusCount } from '../store/runs/run-search.store.js';
import { at } from './encoded-path.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { Reason } from './requests.js';
import type { Wire } from './wire.js';

export class QueuesClient {
  readonly #http: HttpTransport;

  /** @internal Made by WorkflowsClient. */
  constructor(http: HttpTransport) {
    this.#http = http;
  }

  /** By name. */
  list(call?: CallOptions): Promise<{ queues: Array<Wire<QueueInfo>> }> {
    return this.#http.get('queues', undefined, call);
  }

  /** Runs by queue and status, each counted up to 10,000; of those that are over the newest of each workflow, 20,000 in all. See `capped`. */
  counts(
    query?: { queue?: string /** Of runs of this workflow. */; name?: string },
    call?: CallOptions,
  ): Promise<{ counts: Array<Wire<StatusCount>> }> {
    return this.#http.get('queues/counts', { ...query }, call);
  }

  /** Runs that ended within the last `minutes` (1 to 1,440, default 60), by queue and time. */
  throughput(query?: { queue?: string; minutes?: number }, call?: CallOptions): Promise<Wire<Throughput>> {
    return this.#http.get('queues/throughput', { ...query }, call);
  }

  async create(options: QueueOptions & Reason, call?: CallOptions): Promise<void> {
    await this.#http.write('POST', 'queues', options, call);
  }

  /** Changes what is given, for all processes, from the next claim on. */
  async update(queue: string, limits: QueueLimits & Reason, call?: CallOptions): Promise<void> {
    await this.#http.write('PATCH', at`queues/${queue}`, limits, call);
  }

  /** Nothing of it begins any more; what has begun goes on. Idempotent. */
  async pause(queue: string, options?: Reason, call?: CallOptions): Promise<void> {
    await this.#http.write('POST', at`queues/${queue}/pause`, options, call);
  }

  /** Idempotent. */
  async resume(queue: string, options?: Reason, call?: CallOptions): Promise<void> {
    await this.#http.write('POST', at`queues/${queue}/resume`, options, call);
  }

  /** Who waits in each partition, and who holds it. */
  partitions(queue: string, query?: ListPartitionsOptions, call?: CallOptions): Promise<Wire<PartitionPage>> {
    return this.#http.get(at`queues/${queue}/partitions`, { ...query }, call);
  }
}
