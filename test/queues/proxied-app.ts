// An application whose way to the database can be cut, on the schema of a cluster.
import type { Type } from '@nestjs/common';
import type { WorkflowsModuleOptions } from '../../lib/index.js';
import type { Cluster } from '../engine/cluster.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

export async function withProxiedApp(
  { schema }: Cluster,
  providers: Type[],
  workflowsOptions: WorkflowsModuleOptions,
  test: (app: WorkflowApp, proxy: TcpProxy) => Promise<void>,
): Promise<void> {
  const proxy = await TcpProxy.start(schema.url);
  try {
    const app = await startApp(
      { ...schema, url: proxy.url },
      { providers, workflowsOptions: { shutdownTimeout: 0, tickInterval: 100, ...workflowsOptions } },
    );
    try {
      await test(app, proxy);
    } finally {
      proxy.heal();
      await app.close();
    }
  } finally {
    await proxy.close();
  }
}
