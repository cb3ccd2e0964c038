// JSON without loss: a whole number that no JavaScript number holds becomes a bigint, as it was written. Used by the client and by editors of JSON.

interface Source {
  source?: string;
}

const WHOLE = /^-?\d+$/;

/** @throws SyntaxError */
export function parseJson(text: string): unknown {
  return JSON.parse(text, exact as (this: unknown, key: string, value: unknown) => unknown);
}

/** With bigints as the numbers they are; two spaces deep. */
export function jsonText(value: unknown): string {
  const marker = `bigint-${crypto.getRandomValues(new Uint32Array(2)).join('')}:`;
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
