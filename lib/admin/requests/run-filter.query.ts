// The filter of runs, as queries and bulk jobs give it. What the values mean (a known status, a cursor) RunReader checks.
import type { ListRunsFilter } from '../../client/run-reader.js';
import { assertId } from '../../kernel/ids.js';
import { textFault } from '../../kernel/stored-text.js';
import type { RunAttributes, RunStatus } from '../../model/run.js';
import { flag, integer, json, list, object, refuse, text, time } from './fields.js';
import type { Read } from './shape.js';

/** All but where a page begins and ends. */
export const RUN_FILTER = {
  name: list(text('Exact name of a workflow.')),
  nameContains: text('Part of the name of a workflow, in any case.', 255),
  status: list(text()),
  queue: list(text()),
  partitionKey: text(),
  parentId: text('Children of this run.'),
  externalId: text('The id that the starter chose.'),
  deduplicationId: text(),
  executorId: text('Runs that this process has claimed.'),
  legalHold: flag(),
  errorCode: text('Runs that ended with an error of this code.', 255),
  createdFrom: time(),
  createdBefore: time(),
  completedFrom: time(),
  completedBefore: time(),
  attributes: object('Runs whose attributes contain all of these.'),
  input: json({ description: 'JSON that the arguments of the run contain.' }),
};

export const RUN_PAGE = {
  limit: integer(1, 500, 'Default 50.'),
  cursor: text('`nextCursor` of the page before.'),
};

export const LIST_RUNS = { ...RUN_FILTER, ...RUN_PAGE };

/** @throws InvalidIdError, AdminRequestError */
export function runFilterOf({ name, status, attributes, ...rest }: Read<typeof LIST_RUNS>): ListRunsFilter {
  return {
    ...rest,
    ...(name !== undefined && { workflowName: name }),
    ...(status !== undefined && { status: status as RunStatus[] }),
    ...(attributes !== undefined && { attributes: checkAttributes(attributes) }),
  } as ListRunsFilter;
}

/** Filters that tell what payloads hold. */
export function looksIntoPayloads({ attributes, input }: { attributes?: unknown; input?: unknown }): boolean {
  return attributes !== undefined || input !== undefined;
}

function checkAttributes(attributes: Record<string, unknown>): RunAttributes {
  for (const [key, value] of Object.entries(attributes)) {
    assertId(key, 'attribute name');
    const fits =
      value === null ||
      typeof value === 'boolean' ||
      Number.isFinite(value) ||
      (typeof value === 'string' && textFault(value) === undefined);
    if (!fits) refuse(`Attribute "${key}" in the query must be a text, a finite number, a boolean or null.`);
  }
  return attributes as RunAttributes;
}
