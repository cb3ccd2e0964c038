/**
 * Telling errors from other values across realms, reading their fields without trusting them, and building the plain
 * `Error` that stands for a stored one. Called by the payload encoder and decoder and by the error records.
 */

import { types } from 'node:util';

/** Fields of an error as they are stored; `cause` and `errors` are already revived. */
export interface PlainErrorFields {
  name: string;
  message: string;
  stack?: string;
  code?: string | number;
  cause?: unknown;
  errors?: unknown[];
}

/** True for native errors and their subclasses, of any realm, and for DOMException (`AbortSignal.timeout`). Never throws. */
export function isError(value: unknown): value is Error {
  if (types.isNativeError(value)) return true;
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object DOMException]';
  } catch {
    return false;
  }
}

/** The property, or undefined if reading it throws (a hostile getter or proxy). */
export function readField(value: object, key: string | symbol): unknown {
  try {
    return (value as Record<string | symbol, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** The error's own short code, if it is text or a finite number (Node's `ENOENT`, Postgres's `23505`). */
export function readCode(value: object): string | number | undefined {
  const code = readField(value, 'code');
  return typeof code === 'string' || (typeof code === 'number' && Number.isFinite(code)) ? code : undefined;
}

/** The member errors of an AggregateError, of any realm. */
export function readErrors(value: object): unknown[] | undefined {
  const errors = readField(value, 'errors');
  if (!Array.isArray(errors)) return undefined;
  return value instanceof AggregateError || readField(value, 'name') === 'AggregateError' ? errors : undefined;
}

/**
 * An `Error` with these fields, hidden like on native errors, except `code`, which Node shows as well. Always the plain
 * class: stored text must not choose which constructor runs. Without a stored stack its stack is the headline only,
 * since where it was rebuilt says nothing.
 */
export function plainError(fields: PlainErrorFields): Error {
  const error = new Error(fields.message);
  const hide = (key: string, value: unknown) =>
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
  if (fields.name !== 'Error') hide('name', fields.name);
  hide('stack', fields.stack ?? `${fields.name}: ${fields.message}`);
  if (fields.cause !== undefined) hide('cause', fields.cause);
  if (fields.errors !== undefined) hide('errors', fields.errors);
  return fields.code === undefined ? error : Object.assign(error, { code: fields.code });
}
