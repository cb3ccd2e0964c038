// Opens server-sent event streams over whatever HTTP adapter, with headers that no proxy buffers, and knows the open ones of the mount: they end at
// shutdown, before the server waits for its connections.
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { OnModuleDestroy } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { ShuttingDownError } from '../../store/shutting-down.error.js';
import { EventStreamsFullError } from '../admin.errors.js';
import { ANSWER_HEADERS } from './admin-reply.js';
import { carriersOf, EventStream } from './event-stream.js';

export interface EventStreamLimits {
  /** Open at once, of this mount in this process. */
  most: number;
  /** How long one lives; then the client comes back, and is asked for its rights anew. */
  longestMs: number;
}

const LIMITS: EventStreamLimits = { most: 1_000, longestMs: 900_000 };

export class EventStreams implements OnModuleDestroy {
  readonly #open = new Set<EventStream>();
  /** What carries them: one connection may carry many. */
  readonly #carried = new WeakMap<Duplex, Set<EventStream>>();
  #isOver = false;

  constructor(
    private readonly host: Pick<HttpAdapterHost, 'httpAdapter'>,
    private readonly limits: EventStreamLimits = LIMITS,
  ) {}

  /** Those that are open. */
  get size(): number {
    return this.#open.size;
  }

  /** @throws ShuttingDownError, EventStreamsFullError @param response the adapter's own */
  open(response: unknown, showsPayloads: boolean, requestId: string): EventStream {
    if (this.#isOver) throw new ShuttingDownError();
    if (this.#open.size >= this.limits.most) throw new EventStreamsFullError(this.limits.most);
    const raw = this.#take(response);
    for (const [name, value] of ANSWER_HEADERS) raw.setHeader(name, value);
    raw.setHeader('x-request-id', requestId);
    raw.setHeader('content-type', 'text/event-stream; charset=utf-8');
    // `no-transform` keeps compressing middleware from holding events back; nginx asks for the other.
    raw.setHeader('cache-control', 'no-store, no-transform');
    raw.setHeader('x-accel-buffering', 'no');
    raw.statusCode = 200;
    raw.flushHeaders();
    const stream = new EventStream(raw, showsPayloads, this.limits.longestMs);
    this.#open.add(stream);
    stream.whenClosed(() => this.#open.delete(stream));
    this.#watch(raw, stream);
    return stream;
  }

  onModuleDestroy(): void {
    this.#isOver = true;
    for (const stream of this.#open) stream.end();
  }

  /** The client may be gone already, and an answer that waits behind others of its connection is never told that it is. */
  #watch(raw: ServerResponse, stream: EventStream): void {
    const { stream: own, socket } = carriersOf(raw);
    const carrier = own ?? socket;
    if (carrier === null || carrier.destroyed || raw.destroyed) {
      stream.lost();
      return;
    }
    let carried = this.#carried.get(carrier);
    if (carried === undefined) {
      const all = new Set<EventStream>();
      carried = all;
      this.#carried.set(carrier, all);
      carrier.once('close', () => {
        for (const one of all) one.lost();
      });
    }
    const mine = carried;
    mine.add(stream);
    stream.whenClosed(() => mine.delete(stream));
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
