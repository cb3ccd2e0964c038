// Which runs are meant: the filter of lists, counts and bulk jobs, as the admin routes read it.
import type { LIST_RUNS, RUN_FILTER } from '../admin/requests/run-filter.query.js';
import type { Read } from '../admin/requests/shape.js';
import type { RunAttributes, RunStatus } from '../model/run.js';
import type { Query } from './query-text.js';
import type { Sent } from './wire.js';

type Typed<T> = Omit<Sent<T>, 'status' | 'attributes'> & {
  status?: readonly RunStatus[];
  /** Runs whose attributes contain all of these. Needs the right to see payloads. */
  attributes?: RunAttributes;
};

/** All are optional; a run has to fit all that are given. `input` needs the right to see payloads. */
export type RunQuery = Typed<Read<typeof RUN_FILTER>>;

export type RunPageQuery = Typed<Read<typeof LIST_RUNS>>;

/** What is JSON in the query: a text is one in quotes there. */
export function runQueryOf({ attributes, input, ...rest }: RunPageQuery & Readonly<Record<string, unknown>>): Query {
  return {
    ...(rest as Query),
    ...(attributes !== undefined && { attributes: JSON.stringify(attributes) }),
    ...(input !== undefined && { input: JSON.stringify(input) }),
  };
}
