// Labels of runs: flat and plain, so that Postgres can index and compare them. Checked at the start and in filters.
import { types } from 'node:util';
import { describeValue } from '../kernel/describe-value.js';
import { assertId } from '../kernel/ids.js';
import { isPlainObject } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { RunAttributes } from '../model/run.js';

const LONGEST_TEXT = 1_000;

export class InvalidAttributesError extends WorkflowsError {
  constructor(where: string, expected: string, found: unknown) {
    super('InvalidAttributesError', 'INVALID_ATTRIBUTES', `${where} must be ${expected}, not ${describeValue(found)}.`);
  }
}

/**
 * A plain copy: what is checked is what is stored, whatever a getter or a toJSON() would say next.
 *
 * @throws InvalidAttributesError, InvalidIdError
 */
export function checkAttributes(attributes: unknown): RunAttributes {
  if (!isPlainObject(attributes) && !isInstanceWithFields(attributes))
    throw new InvalidAttributesError('attributes', 'a plain object', attributes);
  const entries = Object.entries(attributes);
  for (const [key, value] of entries) {
    assertId(key, 'attribute name');
    if (!isLabel(value))
      throw new InvalidAttributesError(
        `attributes.${key}`,
        `a text of up to ${LONGEST_TEXT} characters, a finite number, a boolean or null`,
        value,
      );
  }
  // fromEntries defines properties, also one named __proto__, and calls no setter.
  return Object.fromEntries(entries) as RunAttributes;
}

/** An object of a class whose content is in its own fields; not a Date, a Map or a promise, whose content is elsewhere. */
function isInstanceWithFields(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value) || Array.isArray(value)) return false;
  if (types.isNativeError(value) || types.isBoxedPrimitive(value) || ArrayBuffer.isView(value)) return false;
  return Object.keys(value).length > 0 && !('toJSON' in value);
}

function isLabel(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= LONGEST_TEXT && value.isWellFormed() && !value.includes('\0');
  return value === null || typeof value === 'boolean' || Number.isFinite(value);
}
