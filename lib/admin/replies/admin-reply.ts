// Sends every answer of the admin routes, good or bad: as plain JSON, never cached, and past the application's own interceptors, which
// may wrap what controllers return. Payloads go out only to those who may see them.
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { closedView, jsonView } from './json-view.js';

/** Of every answer of this module, server-sent events too. */
export const ANSWER_HEADERS = [
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'same-origin'],
] as const;

export interface AnswerOptions {
  /** Default 200. */
  status?: number;
  /** Default false. */
  showsPayloads?: boolean;
  /** Default `application/json`. */
  type?: string;
  requestId?: string;
}

@Injectable()
export class AdminReply {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  /** @param response the adapter's own object, as `@Res()` gives it */
  send(
    response: unknown,
    body: unknown,
    { status = 200, showsPayloads = false, type = 'application/json', requestId }: AnswerOptions = {},
  ): void {
    const { httpAdapter } = this.host;
    // A guard may have answered by itself (a redirect to the login page).
    if (httpAdapter.isHeadersSent(response)) return;
    for (const [name, value] of ANSWER_HEADERS) httpAdapter.setHeader(response, name, value);
    if (requestId !== undefined) httpAdapter.setHeader(response, 'x-request-id', requestId);
    httpAdapter.setHeader(response, 'content-type', `${type}; charset=utf-8`);
    // As a text: adapters differ in what they make of other values.
    httpAdapter.reply(response, JSON.stringify(showsPayloads ? jsonView(body) : closedView(body)), status);
  }
}
