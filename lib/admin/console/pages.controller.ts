// The addresses of the console: all of them are the one page, which finds out by its address what to show. Bound and guarded by mountConsole; whoever
// may read the API may load them, and they hold nothing of it.
import { Inject } from '@nestjs/common';
import type { WebAnswer } from '../replies/web-answer.js';
import type { AdminCall } from '../routes/admin-call.js';
import { type AdminRoute, Route } from '../routes/admin-route.js';
import { ConsoleSite } from './console-site.js';

const page = (path: string, summary: string): AdminRoute => ({ method: 'GET', path, action: 'read', answer: 'page', summary });

export class PagesController {
  constructor(@Inject(ConsoleSite) private readonly site: ConsoleSite) {}

  @Route(page('', 'Starts runs.'))
  start(call: AdminCall): WebAnswer {
    return this.#show(call);
  }

  @Route(page('runs', 'Lists runs.'))
  runs(call: AdminCall): WebAnswer {
    return this.#show(call);
  }

  @Route(page('runs/:id', 'Shows a run.'))
  run(call: AdminCall): WebAnswer {
    return this.#show(call);
  }

  @Route(page('runs/:id/steps', 'Shows the steps of a run.'))
  steps(call: AdminCall): WebAnswer {
    return this.#show(call);
  }

  @Route(page('queues', 'Lists queues.'))
  queues(call: AdminCall): WebAnswer {
    return this.#show(call);
  }

  @Route(page('queues/:queue', 'Shows a queue.'))
  queue(call: AdminCall): WebAnswer {
    return this.#show(call);
  }

  @Route(page('admin', 'Keeps the cluster.'))
  admin(call: AdminCall): WebAnswer {
    return this.#show(call);
  }

  @Route(page('admin/:section', 'Shows a part of that.'))
  section(call: AdminCall): WebAnswer {
    return this.#show(call);
  }

  /** The depth is that of the route: what a parameter holds, slashes too, does not count. */
  #show({ request, route: { path = '' } }: AdminCall): WebAnswer {
    return this.site.page(request, path === '' ? 0 : path.split('/').length);
  }
}
