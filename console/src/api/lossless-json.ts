// JSON without loss: a whole number that no JavaScript number holds becomes a bigint, as it was written. Used by the client and by editors of JSON.
import { TEXTS_AND_NUMBERS, WHOLE } from './json-number.js';

interface Source {
  source?: string;
}

type Reviver = (this: unknown, key: string, value: unknown) => unknown;

const MAY_BE_LARGE = /\d{16}/;

/** Older browsers give a reviver no text of the number: it is rounded before anybody sees it. */
const HAS_SOURCE = (() => {
  let has = false;
  JSON.parse('1', ((_key: string, value: unknown, context?: Source) => {
    has = context?.source === '1';
    return value;
  }) as Reviver);
  return has;
})();

/** @param hasSource whether revivers get the text of a number @throws SyntaxError */
export function parseJson(text: string, hasSource = HAS_SOURCE): unknown {
  if (hasSource) return JSON.parse(text, exact as Reviver);
  const value: unknown = JSON.parse(text);
  return MAY_BE_LARGE.test(text) ? parseMarked(text) : value;
}

/** With bigints as the numbers they are; two spaces deep. */
export function jsonText(value: unknown): string {
  const marker = markerFor('bigint');
  const text = JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? `${marker}${each}` : each), 2);
  return text === undefined ? 'undefined' : text.replaceAll(new RegExp(`"${marker}(-?\\d+)"`, 'g'), '$1');
}

/** The first whole number in it that a number does not hold, as it was written: requests can't carry it. */
export function findInexact(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const each of Object.values(value)) {
    const found = findInexact(each);
    if (found !== undefined) return found;
  }
  return undefined;
}

function exact(_key: string, value: unknown, context?: Source): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && WHOLE.test(source) ? BigInt(source) : value;
}

/** Large whole numbers as texts that nobody can have written before. The text is known to be JSON: put in quotes it stays what it is. */
function parseMarked(text: string): unknown {
  const marker = markerFor('exact');
  const marked = text.replaceAll(TEXTS_AND_NUMBERS, (token) =>
    WHOLE.test(token) && !Number.isSafeInteger(Number(token)) ? `"${marker}${token}"` : token,
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(marker) ? BigInt(value.slice(marker.length)) : value,
  );
}

function markerFor(what: string): string {
  return `${what}-${crypto.getRandomValues(new Uint32Array(2)).join('')}:`;
}
