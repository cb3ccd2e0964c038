// The Postgres server of the fault runs: one of their own, because they restart it. DATABASE_URL is set to it for everything that this process
// and its children do.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../lib/embedded/index.js';
import { waitForEnd } from '../../lib/embedded/server-process.js';

export interface FaultServer {
  readonly url: string;
  /** As after a power cut: no checkpoint, no goodbye. Resolves when it takes connections again. */
  restartImmediately(): Promise<void>;
  stop(): Promise<void>;
}

export async function faultServer(dataDir: string): Promise<FaultServer> {
  const start = (port?: number) => startEmbeddedPostgres({ dataDir, port, database: 'workflows_faults', log: () => undefined });
  let server = await start();
  process.env.DATABASE_URL = server.url;
  return {
    url: server.url,
    async restartImmediately() {
      const pid = Number(readFileSync(join(server.dataDir, 'cluster', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
      process.kill(pid, 'SIGQUIT');
      if (!(await waitForEnd(pid, 10_000))) throw new Error('the server did not end');
      server = await start(server.port);
    },
    stop: () => server.stop(),
  };
}
