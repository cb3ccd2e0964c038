// What the process that answers says of itself: names, numbers and times, no secrets. Bound and guarded by mountControllers.
import { Inject } from '@nestjs/common';
import { ClusterReader } from '../../client/cluster-reader.js';
import { Route } from '../routes/admin-route.js';

export class DiagnosticsController {
  constructor(@Inject(ClusterReader) private readonly cluster: ClusterReader) {}

  @Route({
    method: 'GET',
    action: 'read',
    summary: 'The process that answers: identity, versions, schema, database, lag, capacity.',
  })
  async find(): Promise<unknown> {
    return this.cluster.diagnostics();
  }
}
