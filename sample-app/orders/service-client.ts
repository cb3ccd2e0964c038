// Calls the shop's services from a step body, and translates their answers into what the retry rules of a step understand.
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NonRetryableError, RetryAfterError, WorkflowContext } from 'nestjs-workflows';

export interface ServiceRequest {
  method?: 'POST' | 'DELETE';
  path: string;
  /** The step that calls. Two steps of one run must not share a name, or the second would get the first one's receipt. */
  step: string;
  query: Record<string, string | number | undefined>;
  body?: object;
}

export interface ServiceReceipt {
  id: string;
}

@Injectable()
export class ServiceClient {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly wf: WorkflowContext,
  ) {}

  /**
   * Only inside a step body. The key is the same for every attempt, also after a crash: steps run at least once, and the service makes
   * of that exactly one effect.
   *
   * @throws NonRetryableError for a refusal (4xx), RetryAfterError when the service says when to come back, Error otherwise
   */
  async call({ method = 'POST', path, step, query, body }: ServiceRequest): Promise<ServiceReceipt> {
    const url = new URL(path, this.#ownUrl());
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
    const response = await fetch(url, {
      method,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': `${this.wf.runId}:${step}`,
        'step-attempt': String(this.wf.attempt),
      },
      body: body && JSON.stringify(body),
      // Aborted when the attempt times out, and when the run is cancelled: the socket is closed, not left behind.
      signal: this.wf.signal,
    });
    if (response.ok) return (await response.json()) as ServiceReceipt;

    const { message, code } = (await response.json().catch(() => ({}))) as { message?: string; code?: string };
    const problem = message ?? `${method} ${path} answered ${response.status}`;
    const retryAfter = response.headers.get('retry-after');
    if (retryAfter !== null) throw new RetryAfterError(`${retryAfter}s`, problem);
    if (response.status >= 400 && response.status < 500) throw new NonRetryableError(problem, { code });
    throw new Error(problem);
  }

  /** The services are in this very process. After a restart a step may be quicker than `listen`: then it is retried. */
  #ownUrl(): string {
    const address = this.host.httpAdapter.getHttpServer().address();
    if (address === null) throw new Error('The HTTP server does not listen yet.');
    return `http://127.0.0.1:${address.port}`;
  }
}
