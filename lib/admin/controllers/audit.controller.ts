// The audit log: who did what, when, why and by which request. Bound and guarded by mountControllers; thin, everything is delegated.
import { Inject } from '@nestjs/common';
import { AuditReader } from '../../client/audit-reader.js';
import { auditView } from '../replies/audit-view.js';
import { integer, text, time } from '../requests/fields.js';
import type { AdminCall } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const AUDIT = {
  runId: text('The run that it was done to.'),
  actor: text('Exactly.'),
  action: text('Such as CANCEL or QUEUE_PAUSE.'),
  requestId: text(),
  from: time(),
  before: time(),
  limit: integer(1, 500, 'Default 50.'),
  cursor: text('`nextCursor` of the page before.'),
};

export class AuditController {
  constructor(@Inject(AuditReader) private readonly audit: AuditReader) {}

  @Route({ method: 'GET', action: 'read', summary: 'What operators did, newest first. Filters are all optional.', query: AUDIT })
  async list(call: AdminCall<typeof AUDIT>): Promise<unknown> {
    const { entries, ...page } = await this.audit.list(call.query);
    return { entries: entries.map(auditView), ...page };
  }
}
