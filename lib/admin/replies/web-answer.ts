// Sends what is no answer of the API: pages and files of the console, over whatever HTTP adapter, past the interceptors of the application.
import type { HttpAdapterHost } from '@nestjs/core';

export interface WebAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** @param response the adapter's own object, as `@Res()` gives it */
export function sendWebAnswer(
  { httpAdapter }: Pick<HttpAdapterHost, 'httpAdapter'>,
  response: unknown,
  { status, headers, body }: WebAnswer,
): void {
  // A guard may have answered by itself (a redirect to the login page).
  if (httpAdapter.isHeadersSent(response)) return;
  for (const [name, value] of Object.entries(headers)) {
    // That an answer is another one for other origins is for the application to say.
    const others = name === 'vary' ? httpAdapter.getHeader(response, name) : undefined;
    httpAdapter.setHeader(response, name, others ? `${String(others)}, ${value}` : value);
  }
  httpAdapter.status(response, status);
  // Both adapters take bytes here; `httpAdapter.reply` makes JSON of them on Express.
  (response as { send(body: string | Buffer): void }).send(body);
}
