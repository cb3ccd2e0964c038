// The admin routes as methods: for browsers and Node ≥ 20, over fetch, without Nest and without dependencies. What applications make one of, per server.

import type { AdminAction } from '../admin/access/admin-access.js';
import type { ExecutorSummary } from '../client/cluster-reader.js';
import type { Diagnostics } from '../client/process-diagnostics.js';
import { AuditClient } from './audit-client.js';
import { BulkJobsClient } from './bulk-jobs-client.js';
import { type ChangeFeedOptions, type FeedChange, openChangeFeed } from './change-feed.js';
import { DeadLettersClient } from './dead-letters-client.js';
import { EnumsClient } from './enums-client.js';
import { type CallOptions, HttpTransport, type WorkflowsClientOptions } from './http-transport.js';
import { MaintenanceClient } from './maintenance-client.js';
import { QueuesClient } from './queues-client.js';
import { RetentionClient } from './retention-client.js';
import { RunsClient } from './runs-client.js';
import { TemplatesClient } from './templates-client.js';
import type { Wire } from './wire.js';
import { WorkflowsResource } from './workflows-resource.js';

/** Who you are to the server, and what you may do. */
export interface Me {
  actor: string;
  /** `payloads`: you see what the application gave its runs, and they gave back. */
  access: { actions: AdminAction[]; payloads: boolean };
  /** Of the library. */
  version: string;
  schema: { name: string };
  /** Of the process that answers, if it executes runs. */
  executorId?: string;
  serverTime: string;
}

/**
 * Every method throws WorkflowsHttpError, takes `{ signal, timeoutMs, requestId }` as its last argument, and sends one request: what is to be
 * repeated is up to you. Only `runs.follow` and `feed` connect again by themselves.
 *
 * ```ts
 * const client = new WorkflowsClient({ baseUrl: '/workflows' });
 * const { runs } = await client.runs.list({ status: ['ERROR', 'DEAD'] });
 * ```
 */
export class WorkflowsClient {
  readonly workflows: WorkflowsResource;
  readonly runs: RunsClient;
  readonly queues: QueuesClient;
  readonly templates: TemplatesClient;
  readonly enums: EnumsClient;
  readonly maintenance: MaintenanceClient;
  readonly retention: RetentionClient;
  readonly deadLetters: DeadLettersClient;
  readonly audit: AuditClient;
  readonly bulkJobs: BulkJobsClient;
  readonly #http: HttpTransport;

  /** @throws WorkflowsHttpError (`INVALID_REQUEST`) for a `baseUrl` that is none */
  constructor(options: WorkflowsClientOptions) {
    const http = new HttpTransport(options);
    this.#http = http;
    this.workflows = new WorkflowsResource(http);
    this.runs = new RunsClient(http);
    this.queues = new QueuesClient(http);
    this.templates = new TemplatesClient(http);
    this.enums = new EnumsClient(http);
    this.maintenance = new MaintenanceClient(http);
    this.retention = new RetentionClient(http);
    this.deadLetters = new DeadLettersClient(http);
    this.audit = new AuditClient(http);
    this.bulkJobs = new BulkJobsClient(http);
  }

  me(call?: CallOptions): Promise<Me> {
    return this.#http.get('me', undefined, call);
  }

  /** The processes that live, and those retired within the last hour. */
  executors(call?: CallOptions): Promise<{ executors: Array<Wire<ExecutorSummary>> }> {
    return this.#http.get('executors', undefined, call);
  }

  /** What the process that answers says of itself; no secrets are in it. */
  diagnostics(call?: CallOptions): Promise<Wire<Diagnostics>> {
    return this.#http.get('diagnostics', undefined, call);
  }

  /**
   * What has changed on the server, as it changes: ids, statuses and numbers, to load by. Connects again when the connection is lost, after the
   * last change; a change `reset` says that something may have been missed. Ends only by `break`, `return()` or the signal.
   *
   * ```ts
   * for await (const { topic } of client.feed({ topics: ['runs', 'queues'], signal })) reload(topic);
   * ```
   */
  feed(options: ChangeFeedOptions): AsyncIterableIterator<FeedChange> {
    return openChangeFeed(this.#http, options);
  }
}
