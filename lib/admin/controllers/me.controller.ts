// Who is asking, what they may do here, and which process and release answers: what a page asks first. Reads nothing of the database.
import { Inject } from '@nestjs/common';
import { ClusterReader } from '../../client/cluster-reader.js';
import { LIBRARY_VERSION } from '../../kernel/library-version.js';
import { ADMIN_ACTIONS } from '../access/admin-access.js';
import type { AdminCall } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

export class MeController {
  constructor(@Inject(ClusterReader) private readonly cluster: ClusterReader) {}

  @Route({ method: 'GET', action: 'read', summary: 'Who you are to this application, what you may do, and who answers.' })
  find({ actor, access }: AdminCall): unknown {
    const { executorId, schema, now } = this.cluster.here();
    const actions = ADMIN_ACTIONS.filter((action) => access.actions.has(action));
    return {
      actor,
      access: { actions, payloads: access.payloads },
      version: LIBRARY_VERSION,
      schema: { name: schema },
      ...(executorId !== null && { executorId }),
      serverTime: now,
    };
  }
}
