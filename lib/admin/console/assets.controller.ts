// The files of the built console, by their exact names. Bound and guarded by mountConsole.
import { Inject } from '@nestjs/common';
import type { WebAnswer } from '../replies/web-answer.js';
import type { AdminCall } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';
import { ConsoleSite } from './console-site.js';

export class AssetsController {
  constructor(@Inject(ConsoleSite) private readonly site: ConsoleSite) {}

  @Route({ method: 'GET', path: ':file', action: 'read', answer: 'file', summary: 'A script, style or picture of the console.' })
  find(call: AdminCall): Promise<WebAnswer> {
    return this.site.file(call.request, call.param('file'));
  }
}
