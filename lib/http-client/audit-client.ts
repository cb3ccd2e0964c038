// The audit log over HTTP. `client.audit`.
import type { ListAuditFilter } from '../client/audit-reader.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { AuditPageAnswer } from './run-answers.js';
import type { Sent } from './wire.js';

export class AuditClient {
  readonly #http: HttpTransport;

  /** @internal Made by WorkflowsClient. */
  constructor(http: HttpTransport) {
    this.#http = http;
  }

  /** What operators did, newest first. Filters are all optional. */
  list(filter?: Sent<ListAuditFilter>, call?: CallOptions): Promise<AuditPageAnswer> {
    return this.#http.get('audit', { ...filter }, call);
  }
}
