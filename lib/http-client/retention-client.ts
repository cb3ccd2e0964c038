// How long runs are kept, over HTTP. `client.retention`.
import type { RetentionLimits, RetentionUpdate } from '../client/retention-options.js';
import type { RetentionInfo } from '../client/workflow-retention.js';
import type { RetentionResult } from '../operations/retention/retention-totals.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { Reason } from './requests.js';
import type { Wire } from './wire.js';

export class RetentionClient {
  readonly #http: HttpTransport;

  /** @internal Made by WorkflowsClient. */
  constructor(http: HttpTransport) {
    this.#http = http;
  }

  /** The settings in force. */
  get(call?: CallOptions): Promise<Wire<RetentionInfo>> {
    return this.#http.get('retention', undefined, call);
  }

  /** Changes what is given, for all processes. Null switches a setting off. Gives those in force then. */
  update(settings: RetentionUpdate & Reason, call?: CallOptions): Promise<Wire<RetentionInfo>> {
    return this.#http.write('PATCH', 'retention', settings, call);
  }

  /** What `apply` would delete and end now. Changes nothing. */
  preview(limits: RetentionLimits = {}, call?: CallOptions): Promise<Wire<RetentionResult>> {
    return this.#http.write('POST', 'retention/preview', limits, call);
  }

  /** Deletes and ends now; resolves when all is done, which may take longer than `timeoutMs`. It can be repeated. */
  apply(limits: RetentionLimits & Reason = {}, call?: CallOptions): Promise<Wire<RetentionResult>> {
    return this.#http.write('POST', 'retention/apply', limits, call);
  }
}
