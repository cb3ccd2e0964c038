// A server that answers as the spec says: for what a proxy, a login page or a broken connection does to the client.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WorkflowsClient, type WorkflowsClientOptions } from '../../lib/http-client/index.js';

export interface TinyServer {
  url: string;
  client: WorkflowsClient;
  /** Of every request so far. */
  requests: Array<{ method: string; url: string; headers: IncomingMessage['headers']; body: string }>;
}

type Answer = (response: ServerResponse, request: IncomingMessage, count: number) => unknown;

/** @param answer `count`: 1 for the first request */
export async function withTinyServer(
  answer: Answer,
  work: (server: TinyServer) => Promise<void>,
  options: Partial<WorkflowsClientOptions> = {},
): Promise<void> {
  const requests: TinyServer['requests'] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    answer(response, request, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await work({ url, requests, client: new WorkflowsClient({ baseUrl: `${url}/ops`, ...options }) });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

export function json(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(JSON.stringify(body));
}

/** Begins an event stream, whose reader comes back after a millisecond. */
export function events(response: ServerResponse, text = ''): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(`retry: 1\n\n${text}`);
}

/** A chunk of a stream as the server sends it. */
export function chunk(offset: number): string {
  const data = { offset, value: `v${offset}`, at: '2026-01-01T00:00:00.000Z', ordinal: null, attempt: null, attemptFrom: null };
  return `event: chunk\nid: ${offset}\ndata: ${JSON.stringify(data)}\n\n`;
}
