// What somebody typed as JSON: its value, or where it is wrong. Numbers that requests can't carry exactly are refused. Pure; used by JSON editors and
// by forms before they send.
import { findInexactNumber } from '../api/json-number.js';
import { faultAt, findJsonFault, type JsonFault } from './json-fault.js';

export type JsonReading = { value: unknown; fault?: undefined } | { fault: JsonFault };

/** @param withLarge not of whole numbers that are too large: whoever reads them by parseJson has them exact, and refuses them by their place */
export function readJson(text: string, { withLarge = false } = {}): JsonReading {
  try {
    const value: unknown = JSON.parse(text);
    const found = findInexactNumber(text, { exceptDigits: withLarge });
    if (found === undefined) return { value };
    return { fault: faultAt(text, found.index, `${found.token} is too large to be sent exactly: write it as a text, in quotes`) };
  } catch (error) {
    return { fault: findJsonFault(text) ?? faultAt(text, 0, error instanceof Error ? error.message : String(error)) };
  }
}

/** Undefined: there is nothing to say. */
export function faultText({ fault }: JsonReading): string | undefined {
  return fault === undefined ? undefined : `Line ${fault.line}, column ${fault.column}: ${fault.message}.`;
}
