// What an error from Postgres or its socket means for a write: try again, split the batch, or give the lease up.
import { WorkflowsError } from '../kernel/workflows.error.js';

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
]);

export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Raised by `flush` and `claim` when the executor row is not alive any more. */
export function isExecutorRetired(error: unknown): boolean {
  return sqlStateOf(error) === 'WF001';
}

/** The statement itself can't succeed: bad data (22, 23), or over a limit of the server (54). Repeating it would not help. */
export function isDataError(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && /^(22|23|54)[0-9A-Z]{3}$/.test(state);
}

/** Somebody else holds the row or key that we wait for. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

/** The server gave the statement up because it took too long. */
export function isStatementTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '57014';
}

export function isSerializationFailure(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === '40001' || state === '40P01';
}

/** The database is not there now: refused, reset, shutting down, starting up, read-only standby, out of connections. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined && (CONNECTION_CODES.has(state) || /^(08|57P|53)/.test(state) || state === '25006')) return true;
  const message = error instanceof Error ? error.message : '';
  return /timeout|terminated|Connection ended|not queryable/i.test(message);
}

/**
 * Nothing is wrong with the rows: as they are, they can be written at another time. Besides what `isUnavailable` tells: locks, conflicts,
 * privileges or tables that are missing, a statement that was cancelled. Never by the text of an error of the server, in which there may be
 * a name of the application.
 */
export function isPassing(error: unknown): boolean {
  if (WorkflowsError.is(error)) return WorkflowsError.is(error, 'SHUTTING_DOWN');
  const state = sqlStateOf(error);
  if (state === undefined || CONNECTION_CODES.has(state)) return isUnavailable(error);
  return /^(08|25|28|3D|3F|40|53|55|57|58)/.test(state) || state === '42501' || state === '42P01';
}
