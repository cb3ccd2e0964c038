/**
 * Gives the specs a real Postgres: the one DATABASE_URL names, else the embedded server with its data in
 * .data/test-postgres. Plain JavaScript, because Jest would load a TypeScript setup file as CommonJS.
 */
import { fileURLToPath } from 'node:url';
import './swc-register.mjs';

export default async function globalSetup() {
  if (process.env.DATABASE_URL) return;
  const { startEmbeddedPostgres } = await import('../../lib/embedded/index.ts');
  const server = await startEmbeddedPostgres({
    dataDir: fileURLToPath(new URL('../../.data/test-postgres', import.meta.url)),
    database: 'workflows_test',
    log: () => {},
  });
  globalThis.embeddedTestPostgres = server;
  process.env.DATABASE_URL = server.url;
}
