// The processes of the cluster. Bound and guarded by mountControllers; thin, everything is delegated.
import { Inject } from '@nestjs/common';
import { ClusterReader } from '../../client/cluster-reader.js';
import { Route } from '../routes/admin-route.js';

export class ExecutorsController {
  constructor(@Inject(ClusterReader) private readonly cluster: ClusterReader) {}

  @Route({ method: 'GET', action: 'read', summary: 'Processes that live, then those that were retired within the last hour.' })
  async list(): Promise<unknown> {
    return { executors: await this.cluster.listExecutors() };
  }
}
