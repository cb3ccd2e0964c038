// What somebody typed as JSON: its value, or where it is wrong. Numbers that requests can't carry exactly are refused. Pure; used by JSON editors and
// by forms before they send.
import { faultAt, findJsonFault, type JsonFault } from './json-fault.js';

export type JsonReading = { value: unknown; fault?: undefined } | { fault: JsonFault };

/** Texts are passed over, so that no number in one counts. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export function readJson(text: string): JsonReading {
  try {
    const value: unknown = JSON.parse(text);
    const fault = findInexact(text);
    return fault === undefined ? { value } : { fault };
  } catch (error) {
    return { fault: findJsonFault(text) ?? faultAt(text, 0, error instanceof Error ? error.message : String(error)) };
  }
}

/** Undefined: there is nothing to say. */
export function faultText({ fault }: JsonReading): string | undefined {
  return fault === undefined ? undefined : `Line ${fault.line}, column ${fault.column}: ${fault.message}.`;
}

/** The first whole number that a request would round. By the text: not every browser tells a number as it was written. */
function findInexact(text: string): JsonFault | undefined {
  for (const { 0: token, index } of text.matchAll(TOKENS))
    if (/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)))
      return faultAt(text, index, `${token} is too large to be sent exactly: write it as a text, in quotes`);
  return undefined;
}
