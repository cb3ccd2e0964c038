/**
 * Where in a payload something was found, as a reader would write it: `$.items[3].price`, `args[0]["a b"]`.
 * Kept as segments while walking and turned into text only for an error. Called by the payload encoder and decoder.
 */

import { quoteText } from './describe-value.js';

/** An index, a key, or (as an object) text that is neither: `.values()[2]` of a Map. */
export type PathSegment = number | string | { readonly text: string };

const IDENTIFIER = /^[A-Za-z_$][\w$]{0,79}$/;
const LONGEST_PATH = 400;

/** The path as text; a very long one is cut in the middle. */
export function formatPath(root: string, segments: readonly PathSegment[]): string {
  const path = root + segments.map(formatSegment).join('');
  if (path.length <= LONGEST_PATH) return path;
  return `${path.slice(0, LONGEST_PATH / 2)}…${path.slice(-LONGEST_PATH / 2)}`.toWellFormed();
}

function formatSegment(segment: PathSegment): string {
  if (typeof segment === 'number') return `[${segment}]`;
  if (typeof segment === 'object') return segment.text;
  return IDENTIFIER.test(segment) ? `.${segment}` : `[${quoteText(segment, 40)}]`;
}
