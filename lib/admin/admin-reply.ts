// Sends every response of the admin routes, good or bad: as plain JSON, never cached, and past the application's own interceptors, which
// may wrap what controllers return.
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { jsonView } from './json-view.js';

const HEADERS = [
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
] as const;

@Injectable()
export class AdminReply {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  /** @param response the adapter's own object, as `@Res()` gives it */
  send(response: unknown, body: object, status = 200): void {
    const { httpAdapter } = this.host;
    // A guard may have answered by itself (a redirect to the login page).
    if (httpAdapter.isHeadersSent(response)) return;
    for (const [name, value] of HEADERS) httpAdapter.setHeader(response, name, value);
    httpAdapter.reply(response, jsonView(body), status);
  }
}
