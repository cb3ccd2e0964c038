// Opens server-sent event streams over whatever HTTP adapter, with headers that no proxy buffers, and knows the open ones of the mount: they end at
// shutdown, before the server waits for its connections.
import type { ServerResponse } from 'node:http';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ShuttingDownError } from '../../store/shutting-down.error.js';
import { ANSWER_HEADERS } from './admin-reply.js';
import { EventStream } from './event-stream.js';

@Injectable()
export class EventStreams implements OnModuleDestroy {
  readonly #open = new Set<EventStream>();
  #isOver = false;

  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  /** @throws ShuttingDownError @param response the adapter's own */
  open(response: unknown, showsPayloads: boolean, requestId: string): EventStream {
    if (this.#isOver) throw new ShuttingDownError();
    const raw = this.#take(response);
    for (const [name, value] of ANSWER_HEADERS) raw.setHeader(name, value);
    raw.setHeader('x-request-id', requestId);
    raw.setHeader('content-type', 'text/event-stream; charset=utf-8');
    // `no-transform` keeps compressing middleware from holding events back; nginx asks for the other.
    raw.setHeader('cache-control', 'no-store, no-transform');
    raw.setHeader('x-accel-buffering', 'no');
    raw.statusCode = 200;
    raw.flushHeaders();
    const stream = new EventStream(raw, showsPayloads, (gone) => this.#open.delete(gone));
    this.#open.add(stream);
    return stream;
  }

  onModuleDestroy(): void {
    this.#isOver = true;
    for (const stream of this.#open) stream.end();
  }

  /** Fastify answers by itself unless it is told that somebody else does. */
  #take(response: unknown): ServerResponse {
    if (this.host.httpAdapter.getType() !== 'fastify') return response as ServerResponse;
    const reply = response as { hijack(): void; raw: ServerResponse; getHeaders(): Record<string, string> };
    reply.hijack();
    // What hooks of the application have set.
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value);
    return reply.raw;
  }
}
