// Options are closed sets: a misspelt one is an error, not a silent default. Used wherever a user hands in an options object.
import { didYouMean } from './near-names.js';
import { WorkflowsError } from './workflows.error.js';

export class UnknownOptionError extends WorkflowsError {
  constructor(kind: string, option: string, remedy: string) {
    super('UnknownOptionError', 'UNKNOWN_OPTION', `Unknown ${kind} "${option}".${remedy}`, { details: { option } });
  }
}

/**
 * @param later options of the design that this release does not have yet; they get a message of their own
 * @throws UnknownOptionError
 */
export function refuseUnknownKeys(options: unknown, known: readonly string[], later: readonly string[], kind: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new WorkflowsError('InvalidOptionsError', 'INVALID_OPTION', `The ${kind}s must be an object, not ${kindOf(options)}.`);
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    if (later.includes(key)) throw new UnknownOptionError(kind, key, ' It is planned, but this release does not have it yet.');
    throw new UnknownOptionError(
      kind,
      key,
      didYouMean(key, known) || (known.length === 0 ? ' There are none.' : ` Known are: ${known.join(', ')}.`),
    );
  }
}

/** Not the value itself: it may be a connection url. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
