// A number as somebody types it. Pure; used by the number field.
import { findInexactNumber } from '../../../api/json-number.js';

const WHOLE = /^[+-]?\d+$/;

/** Undefined: nothing is typed; a text: it is no number. Whole numbers that no number holds are bigints. */
export function numberOf(typed: string): number | bigint | string | undefined {
  const text = typed.trim();
  if (text === '') return undefined;
  const number = Number(text);
  if (!Number.isFinite(number) || /^[+-]?0[xob]/i.test(text)) return WHOLE.test(text) ? BigInt(text) : typed;
  if (WHOLE.test(text)) return Number.isSafeInteger(number) ? number : BigInt(text);
  // A number that would become another one is none that can be given.
  return findInexactNumber(text) === undefined ? number : typed;
}
