// A number as somebody types it. Pure; used by the number field.

const WHOLE = /^[+-]?\d+$/;

/** Undefined: nothing is typed; a text: it is no number. Whole numbers that no number holds are bigints. */
export function numberOf(typed: string): number | bigint | string | undefined {
  const text = typed.trim();
  if (text === '') return undefined;
  const number = Number(text);
  if (!Number.isFinite(number) || /^[+-]?0[xob]/i.test(text)) return WHOLE.test(text) ? BigInt(text) : typed;
  return WHOLE.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}
