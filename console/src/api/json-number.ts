// Numbers in the text of JSON: which of them a number of JavaScript, and so a request, would make another one. Pure; used by all that reads JSON.

/** In JSON. Texts are tokens too: so that no number in one counts. */
export const TEXTS_AND_NUMBERS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
export const WHOLE = /^-?\d+$/;

export interface InexactNumber {
  /** As it was written. */
  token: string;
  index: number;
}

/**
 * The first one, by the text: not every browser tells a number as it was written.
 *
 * @param exceptDigits parseJson reads whole numbers without a point or a power as they are
 */
export function findInexactNumber(text: string, { exceptDigits = false } = {}): InexactNumber | undefined {
  for (const { 0: token, index } of text.matchAll(TEXTS_AND_NUMBERS))
    if (!token.startsWith('"') && !isExact(token) && !(exceptDigits && WHOLE.test(token))) return { token, index };
  return undefined;
}

/** A fraction is as near as a number can be, as everybody expects of it. */
function isExact(token: string): boolean {
  const value = Number(token);
  if (!Number.isFinite(value)) return false;
  return !Number.isInteger(value) || Number.isSafeInteger(value) || decimalOf(token) === decimalOf(String(value));
}

/** One text for one value: of `1E21`, `1e+21` and `1000000000000000000000.0` it is `1e21`. */
function decimalOf(token: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = whole + fraction;
  const significant = digits.replace(/0+$/, '');
  const exponent = Number(power) - fraction.length + digits.length - significant.length;
  return `${sign}${significant.replace(/^0+/, '')}e${exponent}`;
}
