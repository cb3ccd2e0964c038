/** Public: `nestjs-workflows/embedded`. */
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './embedded-postgres-error.js';
export type { EmbeddedPostgresOptions } from './embedded-postgres-options.js';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './start-embedded-postgres.js';
