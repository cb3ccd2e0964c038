// Labels of runs: flat and plain, so that Postgres can index and compare them. Checked at the start and in filters.
import { describeValue } from '../kernel/describe-value.js';
import { assertId } from '../kernel/ids.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { RunAttributes } from '../model/run.js';

const LONGEST_TEXT = 1_000;

export class InvalidAttributesError extends WorkflowsError {
  constructor(where: string, expected: string, found: unknown) {
    super('InvalidAttributesError', 'INVALID_ATTRIBUTES', `${where} must be ${expected}, not ${describeValue(found)}.`);
  }
}

/** @throws InvalidAttributesError, InvalidIdError */
export function checkAttributes(attributes: unknown): RunAttributes {
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes))
    throw new InvalidAttributesError('attributes', 'a plain object', attributes);
  for (const [key, value] of Object.entries(attributes)) {
    assertId(key, 'attribute name');
    if (!isLabel(value))
      throw new InvalidAttributesError(
        `attributes.${key}`,
        `a text of up to ${LONGEST_TEXT} characters, a finite number, a boolean or null`,
        value,
      );
  }
  return attributes as RunAttributes;
}

function isLabel(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= LONGEST_TEXT && value.isWellFormed() && !value.includes('\0');
  return value === null || typeof value === 'boolean' || Number.isFinite(value);
}
