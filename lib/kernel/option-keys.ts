// Options are closed sets: a misspelt one is an error, not a silent default. Used wherever a user hands in an options object.
import { types } from 'node:util';
import { describeObject, quoteText, shortText } from './describe-value.js';
import { didYouMean } from './near-names.js';
import { WorkflowsError } from './workflows.error.js';

export class UnknownOptionError extends WorkflowsError {
  constructor(kind: string, option: string, remedy: string) {
    super('UnknownOptionError', 'UNKNOWN_OPTION', `Unknown ${kind} ${quoteText(option)}.${remedy}`, {
      details: { option: shortText(option) },
    });
  }
}

/**
 * @param later options of the design that this release does not have yet; they get a message of their own
 * @throws UnknownOptionError; WorkflowsError (`INVALID_OPTION`) as `requirePlainObject`
 */
export function refuseUnknownKeys(options: unknown, known: readonly string[], later: readonly string[], kind: string): void {
  requirePlainObject(options, kind);
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

/**
 * What holds its content elsewhere than in its own keys (a Map, a promise, an instance of a class) would be taken for no options at all.
 *
 * @param kind what its keys are, in the singular
 * @throws WorkflowsError (`INVALID_OPTION`)
 */
export function requirePlainObject(value: unknown, kind: string): asserts value is object {
  if (isPlainObject(value)) return;
  throw new WorkflowsError('InvalidOptionsError', 'INVALID_OPTION', `Expected a plain object, not ${kindOf(value)} (${kind}).`);
}

/** Also of another realm, without a prototype, or, like the queries of some HTTP adapters, with an empty one. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value) || Array.isArray(value)) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || (!types.isProxy(prototype) && Object.getPrototypeOf(prototype) === null);
}

/** Of a text not the value itself: it may be a connection url. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? describeObject(value) : `a ${typeof value}`;
}
