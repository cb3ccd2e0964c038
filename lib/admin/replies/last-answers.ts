// While the application is being closed, each connection ends with its next answer. A page that asks again and again over a connection that it opened
// before would keep the server from closing, for as long as somebody looks at it. Fastify does so by itself. Used by the guard of every route.
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

@Injectable()
export class LastAnswers implements OnModuleDestroy {
  #isClosing = false;

  constructor(@Inject(HttpAdapterHost) private readonly host: Pick<HttpAdapterHost, 'httpAdapter'>) {}

  onModuleDestroy(): void {
    this.#isClosing = true;
  }

  /** @param response the adapter's own, before anything was sent */
  mark(response: unknown): void {
    const { httpAdapter } = this.host;
    if (!this.#isClosing || httpAdapter.getType() === 'fastify' || httpAdapter.isHeadersSent(response)) return;
    httpAdapter.setHeader(response, 'connection', 'close');
  }
}
