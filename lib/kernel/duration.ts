/**
 * Durations and points in time as callers write them, checked once where they enter: options at boot, arguments of
 * `sleep`, `timeout` and `startAt` before any SQL. Everything behind this file works in whole milliseconds and valid dates.
 */

import { types } from 'node:util';
import { describeValue } from './describe-value.js';
import { WorkflowsError } from './workflows.error.js';

/** Milliseconds as a number, or text such as `'500ms'`, `'30s'`, `'1.5h'`, `'2d'`, `'1w'`. */
export type Duration = number | string;

/** Bounds of a duration, in milliseconds, both included. */
export interface DurationLimits {
  /** Default 0. */
  min?: number;
  /** Default 100 years of 365.25 days. */
  max?: number;
  /** Default true; false refuses exactly 0 even where `min` is 0. */
  allowZero?: boolean;
}

/** 100 years of 365.25 days, in milliseconds: the longest duration accepted anywhere. */
export const MAX_DURATION_MS = 3_155_760_000_000;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const DURATION_TEXT = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/;
const DURATION_FORMS = "a number of milliseconds or text such as '500ms', '30s', '5m', '1.5h', '2d' or '1w'";

const DATE_TEXT = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;
const DATE_FORMS = "a Date, milliseconds since 1970, or ISO 8601 text with a zone such as '2026-01-31T08:00:00Z'";
// Years 1 to 9999: within Postgres's timestamptz, and ISO text keeps its four-digit year.
const FIRST_DATE_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_DATE_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** A duration or a date was not usable; the message names the option, the value and the accepted forms. */
export class InvalidDurationError extends WorkflowsError {
  constructor(
    readonly label: string,
    found: unknown,
    expected: string,
  ) {
    const shown = describeValue(found);
    super('InvalidDurationError', 'INVALID_DURATION', `${label} must be ${expected}, but is ${shown}.`, {
      details: { label, found: shown },
    });
  }
}

/**
 * Whole milliseconds, fractions rounded up (`0.4` → 1), bounds applied after rounding.
 * @param label what the value is for, as the caller knows it: `'retry.initialDelay'`
 * @throws InvalidDurationError for negative, NaN, infinite, out-of-bounds values, other text and other types
 */
export function parseDuration(value: unknown, label: string, limits: DurationLimits = {}): number {
  const { min = 0, max = MAX_DURATION_MS, allowZero = true } = limits;
  const exact = millisecondsIn(value);
  if (exact === undefined) throw new InvalidDurationError(label, value, DURATION_FORMS);
  const ms = Math.ceil(exact) + 0; // + 0 turns -0 into 0
  if (exact < 0) throw new InvalidDurationError(label, value, `zero or more: ${DURATION_FORMS}`);
  if (ms === 0 && !allowZero) throw new InvalidDurationError(label, value, `more than zero: ${DURATION_FORMS}`);
  if (ms < min) throw new InvalidDurationError(label, value, `at least ${formatDuration(min)}: ${DURATION_FORMS}`);
  if (ms > max) throw new InvalidDurationError(label, value, `at most ${formatDuration(max)}: ${DURATION_FORMS}`);
  return ms;
}

/**
 * A new, valid Date between the years 1 and 9999. Text must carry its zone: without one its meaning would depend on
 * the process's time zone, which differs between replicas.
 * @throws InvalidDurationError for invalid dates, days that do not exist, years out of range, other text and other types
 */
export function parseDate(value: unknown, label: string): Date {
  const ms = epochMsIn(value);
  if (ms === undefined || Number.isNaN(ms)) throw new InvalidDurationError(label, describedDate(value), DATE_FORMS);
  if (ms < FIRST_DATE_MS || ms > LAST_DATE_MS) {
    throw new InvalidDurationError(label, describedDate(value), `between the years 1 and 9999: ${DATE_FORMS}`);
  }
  return new Date(ms);
}

/**
 * For messages and logs: `250ms`, `1.5s`, `2m`, `1h 30m`, `36525d`. Exact below a minute; above it the two largest
 * units, the rest dropped. A value that is no finite number is printed as it is.
 */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return String(ms);
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 1_000) return `${Number(ms.toFixed(3))}ms`;
  if (ms < 60_000) return `${Math.floor(ms) / 1_000}s`;
  const parts: string[] = [];
  let rest = ms;
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNIT_MS[unit] ?? 1;
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break; // only neighbouring units: "2d 5s" would read as more exact than it is
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

function millisecondsIn(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const match = DURATION_TEXT.exec(value);
  return match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? Number.NaN);
}

function epochMsIn(value: unknown): number | undefined {
  if (types.isDate(value)) return Date.prototype.getTime.call(value);
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value !== 'string') return undefined;
  const match = DATE_TEXT.exec(value);
  if (match === null) return undefined;
  // Date.parse turns 30 February into 2 March.
  const lastDay = new Date(Date.UTC(2000 + (Number(match[1]) % 400), Number(match[2]), 0)).getUTCDate();
  return Number(match[3]) > lastDay ? undefined : Date.parse(value);
}

/** A Date is shown as its text; anything else is left for `describeValue`. */
function describedDate(value: unknown): unknown {
  if (!types.isDate(value)) return value;
  const ms = Date.prototype.getTime.call(value);
  return Number.isNaN(ms) ? 'Invalid Date' : new Date(ms).toISOString();
}
