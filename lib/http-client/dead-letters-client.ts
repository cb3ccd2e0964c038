// Runs that were accepted in memory and that the database refused, over HTTP. `client.deadLetters`.
import type { DeadLetter } from '../client/dead-letters.js';
import { at } from './encoded-path.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { PageQuery, Reason } from './requests.js';
import type { WithPayloads } from './wire.js';

export interface DeadLetterPageAnswer {
  /** `reason` is what the database said, which may quote data. */
  letters: Array<WithPayloads<DeadLetter, 'reason'>>;
  /** Absent on the last page. */
  nextCursor?: string;
}

export class DeadLettersClient {
  readonly #http: HttpTransport;

  /** @internal Made by WorkflowsClient. */
  constructor(http: HttpTransport) {
    this.#http = http;
  }

  /** Newest first, without arguments. */
  list(query?: PageQuery, call?: CallOptions): Promise<DeadLetterPageAnswer> {
    return this.#http.get('dead-letters', { ...query }, call);
  }

  /** Starts the run after all. `replayed: false`: there is no such letter any more. */
  replay(runId: string, options?: Reason, call?: CallOptions): Promise<{ replayed: boolean }> {
    return this.#http.write('POST', at`dead-letters/${runId}/replay`, options, call);
  }

  /** Throws the run away. `discarded: false`: there is no such letter any more. */
  discard(runId: string, options?: Reason, call?: CallOptions): Promise<{ discarded: boolean }> {
    return this.#http.write('POST', at`dead-letters/${runId}/discard`, options, call);
  }
}
