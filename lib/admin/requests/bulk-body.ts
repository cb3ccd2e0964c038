// What bodies of bulk jobs hold: the action, which decides the right that is needed, and the filter, by the keys of `GET runs` as JSON.
import type { BulkFilter } from '../../client/bulk-options.js';
import type { AdminAction } from '../access/admin-access.js';
import { type Field, object } from './fields.js';
import { RUN_FILTER, runFilterOf } from './run-filter.query.js';
import { readBody, schemaOf } from './shape.js';

/** By the key that says what is done. */
const RIGHTS = [
  ['command', 'command'],
  ['cancel', 'cancel'],
  ['legalHold', 'legal_hold'],
  ['priority', 'priority'],
] as const satisfies ReadonlyArray<readonly [string, AdminAction]>;

/** What it means BulkJobs checks. */
export const BULK_ACTION: Field<Record<string, unknown>> = {
  ...object(),
  schema: {
    type: 'object',
    properties: {
      command: { type: 'string' },
      data: {},
      timeout: { type: ['string', 'number'] },
      from: { type: 'string', enum: ['checkpoints', 'start'] },
      cancel: { type: 'object', properties: { children: { type: 'boolean' } }, additionalProperties: false },
      legalHold: { type: 'boolean' },
      priority: { type: 'integer' },
    },
    additionalProperties: false,
    description: 'One of command (with data, timeout, from), cancel, legalHold, priority.',
  },
};

/** Of runs; null is not taken for "all". */
export const BULK_FILTER: Field<BulkFilter> = {
  ...object(),
  fromText: (given, label) => filterOf(object().fromText(given, label)),
  fromJson: (given, label) => filterOf(object().fromJson(given, label)),
  schema: { ...schemaOf(RUN_FILTER), description: 'As of GET runs; times as ISO 8601 texts.' },
};

/** Of an action that says several things, all of their rights; of one that says none, or can't be read any more, all there are. */
export function rightsOf(action: object): AdminAction[] {
  const said = RIGHTS.filter(([key]) => (action as Record<string, unknown>)[key] !== undefined);
  return (said.length === 0 ? RIGHTS : said).map(([, right]) => right);
}

function filterOf(given: Record<string, unknown>): BulkFilter {
  return runFilterOf(readBody(RUN_FILTER, given));
}
