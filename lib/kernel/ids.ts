/**
 * Identifiers: new run ids, the mapping from a caller's own id to a run id, and the rules an id or name must meet before
 * it reaches SQL, a log line or a URL. A bad id is refused here, by type, because Postgres would answer too late
 * (22021 on NUL, 54000 on an oversized index row) or not at all (a lone surrogate silently becomes U+FFFD, and two ids collide).
 */

import { createHash, randomUUID } from 'node:crypto';
import { describeValue } from './describe-value.js';
import { hasLoneSurrogate } from './stored-text.js';
import { WorkflowsError } from './workflows.error.js';

/** Namespace of the v5 uuids made from callers' own ids. Part of the stored contract: never change it. */
export const RUN_ID_NAMESPACE = '404239cf-416c-4870-b64f-bd44e6038918';

/** Longest id or name, in characters (code points), as Postgres's `char_length` counts them. */
export const MAX_ID_LENGTH = 255;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const LAST_UUID_MS = 2 ** 48 - 1;
const COUNTER_END = 0x1000;

// One sequence per process: uuids must be ordered whoever asks for them.
let lastMs = -1;
let counter = 0;
let prefix = '';

/** An id or a name was not usable; `label` says which one. */
export class InvalidIdError extends WorkflowsError {
  constructor(
    readonly label: string,
    found: unknown,
    readonly reason: string,
  ) {
    const shown = describeValue(found);
    const rule = `Use 1 to ${MAX_ID_LENGTH} printable characters without white space at either end.`;
    super('InvalidIdError', 'INVALID_ID', `${label} ${reason}: ${shown}. ${rule}`, { details: { label, found: shown, reason } });
  }
}

/**
 * A version 7 uuid: 48 bits of milliseconds, a 12-bit counter, 62 random bits. Strictly increasing within the process,
 * also as text, when the clock stands still or steps back: the counter grows, and when it is full the time part is
 * moved one millisecond ahead (RFC 9562, section 6.2, method 1 "fixed bit-length dedicated counter", with its rules on
 * rollover and on a clock set back). A `nowMs` earlier than one already used therefore does not show in the result.
 * @param nowMs milliseconds since 1970, default `Date.now()`
 * @throws RangeError if `nowMs` does not fit into 48 bits
 */
export function uuidv7(nowMs: number = Date.now()): string {
  const random = randomUUID(); // pooled by Node: one system call per 128 uuids
  const ms = Math.floor(nowMs);
  if (!(ms >= 0 && ms < LAST_UUID_MS)) throw new RangeError(`A uuid cannot hold the time ${nowMs}.`);
  if (ms > lastMs) {
    startMillisecond(ms, random);
  } else {
    counter += 1;
    if (counter === COUNTER_END) startMillisecond(lastMs + 1, random);
  }
  return `${prefix}${counter.toString(16).padStart(3, '0')}${random.slice(18)}`;
}

/** A random (version 4) uuid. */
export function uuidv4(): string {
  return randomUUID();
}

/**
 * The version 5 uuid of a name: the same pair always gives the same uuid (SHA-1, RFC 9562, section 5.5).
 * @param namespace a uuid
 * @throws InvalidIdError if the namespace is no uuid
 */
export function uuidv5(name: string, namespace: string): string {
  if (!isUuid(namespace)) throw new InvalidIdError('namespace', namespace, 'is not a uuid');
  const digest = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** True for uuid text in canonical form (8-4-4-4-12), of any version and in either case. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && text.length === 36 && UUID.test(text);
}

/**
 * The run id behind any id a caller may hold. Text shaped like a uuid is the run id itself (in lower case); any other
 * text is the caller's own id, and its run id is the v5 uuid of it. Deterministic, no I/O.
 * @throws InvalidIdError under the rules of `assertId`
 */
export function runIdOf(id: string): { runId: string; externalId: string | null } {
  if (isUuid(id)) return { runId: id.toLowerCase(), externalId: null };
  assertId(id, 'run id');
  return { runId: uuidv5(id, RUN_ID_NAMESPACE), externalId: id };
}

/**
 * Checks an id given by a caller: a string of 1 to 255 characters, well-formed, without control characters or line
 * separators, without white space at either end. Emoji and any script are fine.
 * @param label what the id is for, as the caller knows it: `'deduplicationId'`
 * @throws InvalidIdError naming the label and the rule broken
 */
export function assertId(value: unknown, label: string): asserts value is string {
  const fault = faultOf(value);
  if (fault !== undefined) throw new InvalidIdError(label, value, fault);
}

/**
 * Checks the name of a workflow, queue, step, event, topic, stream or template: the rules of `assertId`, and neither `.` nor `..`, which every address
 * takes for a folder, also when they are percent-encoded: nobody could open such a thing over HTTP.
 * @throws InvalidIdError naming the label and the rule broken
 */
export function assertName(value: unknown, label: string): asserts value is string {
  assertId(value, label);
  if (value === '.' || value === '..') throw new InvalidIdError(label, value, 'can not stand in an address');
}

function startMillisecond(ms: number, random: string): void {
  lastMs = ms;
  // The counter starts at random in its lower half, so that ids cannot be guessed and 2,048 or more still fit.
  counter = Number.parseInt(random.slice(0, 3), 16) & 0x7ff;
  const hex = ms.toString(16).padStart(12, '0');
  prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
}

function faultOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is not a string';
  if (value === '') return 'is empty';
  if (isTooLong(value)) return `is longer than ${MAX_ID_LENGTH} characters`;
  if (hasLoneSurrogate(value)) return 'contains half of a surrogate pair';
  if (CONTROL.test(value)) return 'contains a control character or a line separator';
  const trimmed = value.trim();
  if (trimmed === '') return 'is blank';
  return trimmed === value ? undefined : 'begins or ends with white space';
}

function isTooLong(text: string): boolean {
  if (text.length <= MAX_ID_LENGTH) return false;
  // A code point is at most two units: a longer text need not be counted.
  return text.length > MAX_ID_LENGTH * 2 || Array.from(text).length > MAX_ID_LENGTH;
}
