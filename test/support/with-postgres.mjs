// Runs a TypeScript script with DATABASE_URL set, on the embedded Postgres of the specs unless it is set already: `node test/support/with-postgres.mjs script.ts …`

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import './swc-register.mjs';

const [script, ...rest] = process.argv.slice(2);
process.argv.splice(1, process.argv.length - 1, resolve(script), ...rest);
const { default: setUp } = await import('./global-setup.mjs');
const { default: tearDown } = await import('./global-teardown.mjs');
await setUp();
try {
  await import(pathToFileURL(resolve(script)).href);
} finally {
  await tearDown();
}
