// What a form changed against the defaults of its template. Pure; used by start pages to send no more than what differs.

export interface TemplateDifference {
  /** Keys of the data whose value is another than the base's, or that the base does not have, with their values. */
  overrides: Record<string, unknown>;
  /** Keys of the base that the data does not have, sorted. No override can say that: whoever means it must give another value, as null. */
  removed: string[];
}

/** Own keys only; one that is `undefined` counts as not there. Values are compared as JSON is: the order of keys does not matter. */
export function differenceOf(base: object, data: object): TemplateDifference {
  const [before, after] = [given(base), given(data)];
  return {
    // Not by assignment, which a key "__proto__" would turn into another prototype.
    overrides: Object.fromEntries([...after].filter(([key, value]) => !before.has(key) || !isSameJson(before.get(key), value))),
    removed: [...before.keys()].filter((key) => !after.has(key)).sort(),
  };
}

/** The own keys that have a value. */
export function given(object: object): Map<string, unknown> {
  return new Map(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** For plain data; anything else is the same only as itself. */
function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => isSameJson(item, b[i]));
  if (!isPlain(a) || !isPlain(b)) return false;
  const [left, right] = [given(a), given(b)];
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && isSameJson(value, right.get(key)));
}

function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
