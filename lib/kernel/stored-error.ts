/**
 * Errors as they are recorded: what user code threw, made storable whatever it is. Recording a failure must never
 * fail itself, so nothing here throws: hostile getters, proxies, cycles and thrown non-errors are normalised, texts
 * cleaned and cut. Called wherever a step, a run or a loop records why it failed, and by whoever shows the record.
 */

import { inspect } from 'node:util';
import { isError, plainError, readCode, readErrors, readField } from './plain-error.js';
import { cutText } from './stored-text.js';

/** JSON-safe record of an error. At most 16 errors deep and wide together, thus well below 1 MiB of text. */
export interface StoredError {
  /** The error's name; `NonError` if what was thrown is no error and has no name. */
  name: string;
  /** At most 8 KiB of UTF-8. */
  message: string;
  /** At most 16 KiB of UTF-8. */
  stack?: string;
  /** The error's own `code`, if it is text or a finite number. */
  code?: string | number;
  /** Up to 5 causes down; a cause that was seen already is left out. */
  cause?: StoredError;
  /** Members of an AggregateError. */
  errors?: StoredError[];
  /** The error's own `retryable`, if it is a boolean. */
  retryable?: boolean;
}

const MAX_NAME_BYTES = 256;
const MAX_MESSAGE_BYTES = 8_192;
const MAX_STACK_BYTES = 16_384;
const MAX_CAUSE_DEPTH = 5;
const MAX_ERRORS = 16;
const NON_ERROR = 'NonError';

/** What one record may still take in: cycles and wide aggregates end here. */
interface Budget {
  left: number;
  readonly seen: Set<object>;
}

/**
 * The record of anything thrown. `throw 'x'` gives `{ name: 'NonError', message: 'x' }`; a thrown object with a
 * `message` is read like an error; any other value is printed into the message. Never throws.
 */
export function toStoredError(error: unknown): StoredError {
  return recordOf(error, 0, { left: MAX_ERRORS, seen: new Set() }) ?? { name: NON_ERROR, message: '' };
}

/** The same for an error that the library itself decided on: where in the library that was tells nobody anything. */
export function storedVerdictText(error: unknown): string {
  return JSON.stringify({ ...toStoredError(error), stack: undefined });
}

/** JSON text of `toStoredError(error)`, storable as it is. Never throws. */
export function storedErrorText(error: unknown): string {
  return JSON.stringify(toStoredError(error));
}

/**
 * The record in a stored text (or in an already parsed value). Text that is no record gives one named
 * `UnreadableError`. Never throws.
 */
export function parseStoredError(text: unknown): StoredError {
  if (typeof text !== 'string')
    return toRecord(text, 0) ?? unreadable(text === null || text === undefined ? 'nothing' : 'no text');
  try {
    return toRecord(JSON.parse(text), 0) ?? unreadable('no error record');
  } catch {
    return unreadable(`no JSON (${text.length} characters)`);
  }
}

/** A plain `Error` whose `name`, `message`, `stack`, `code`, `cause` and `errors` are those recorded. */
export function fromStoredError(stored: StoredError): Error {
  const error = plainError({
    ...stored,
    cause: stored.cause === undefined ? undefined : fromStoredError(stored.cause),
    errors: stored.errors?.map(fromStoredError),
  });
  return stored.retryable === undefined ? error : Object.assign(error, { retryable: stored.retryable });
}

function recordOf(error: unknown, depth: number, budget: Budget): StoredError | undefined {
  if (depth > MAX_CAUSE_DEPTH || budget.left === 0) return undefined;
  if (typeof error !== 'object' || error === null) {
    budget.left -= 1;
    return { name: NON_ERROR, message: cutText(printed(error), MAX_MESSAGE_BYTES) };
  }
  if (budget.seen.has(error)) return undefined;
  budget.seen.add(error);
  budget.left -= 1;
  const [name, message, stack] = [readField(error, 'name'), readField(error, 'message'), readField(error, 'stack')];
  const record: StoredError = {
    name: cutText(typeof name === 'string' && name !== '' ? name : isError(error) ? 'Error' : NON_ERROR, MAX_NAME_BYTES),
    message: cutText(messageOf(error, message), MAX_MESSAGE_BYTES),
  };
  if (typeof stack === 'string') record.stack = cutText(stack, MAX_STACK_BYTES);
  const code = readCode(error);
  if (code !== undefined) record.code = typeof code === 'string' ? cutText(code, MAX_NAME_BYTES) : code;
  const retryable = readField(error, 'retryable');
  if (typeof retryable === 'boolean') record.retryable = retryable;
  const cause = readField(error, 'cause');
  const causeRecord = cause === undefined || cause === null ? undefined : recordOf(cause, depth + 1, budget);
  if (causeRecord !== undefined) record.cause = causeRecord;
  const errors = membersOf(error, depth, budget);
  if (errors !== undefined) record.errors = errors;
  return record;
}

function messageOf(error: object, message: unknown): string {
  if (typeof message === 'string') return message;
  if (isError(error)) return message === undefined ? '' : printed(message);
  return printed(message === undefined ? error : message);
}

function membersOf(error: object, depth: number, budget: Budget): StoredError[] | undefined {
  try {
    // Read by index up to the cap: the list may be a proxy that claims any length.
    const members = readErrors(error)?.slice(0, MAX_ERRORS);
    return members?.map((member) => recordOf(member, depth + 1, budget)).filter((record) => record !== undefined);
  } catch {
    return undefined;
  }
}

/** Any value as text, without running its code. */
function printed(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return inspect(value, { depth: 2, customInspect: false, maxArrayLength: 20, maxStringLength: 1_000, breakLength: Infinity });
  } catch {
    return 'a value that cannot be printed';
  }
}

/** Checks a parsed record field by field; anything may stand in the database. */
function toRecord(value: unknown, depth: number): StoredError | undefined {
  if (typeof value !== 'object' || value === null || depth > MAX_CAUSE_DEPTH) return undefined;
  const { name, message, stack, code, cause, errors, retryable } = value as Record<string, unknown>;
  if (typeof name !== 'string' && typeof message !== 'string') return undefined;
  const record: StoredError = {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
  };
  if (typeof stack === 'string') record.stack = stack;
  if (typeof code === 'string' || typeof code === 'number') record.code = code;
  if (typeof retryable === 'boolean') record.retryable = retryable;
  const causeRecord = toRecord(cause, depth + 1);
  if (causeRecord !== undefined) record.cause = causeRecord;
  if (Array.isArray(errors)) {
    record.errors = errors
      .slice(0, MAX_ERRORS)
      .map((member) => toRecord(member, depth + 1))
      .filter((member) => member !== undefined);
  }
  return record;
}

function unreadable(what: string): StoredError {
  return { name: 'UnreadableError', message: `The recorded error cannot be read: it is ${what}.` };
}
