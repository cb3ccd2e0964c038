// Where a value stands within another, and copies of the whole with one value changed. Pure; used by the form, its faults and its changes.

export type Path = ReadonlyArray<string | number>;

/** JSON pointer (RFC 6901), as the server names the places of faults. */
export function pointerOf(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The place around it; of the whole, the whole. */
export function parentOf(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function getAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  return found;
}

/** A copy with another value there; `undefined` takes it away. What is missing on the way is made. */
export function setAt(value: unknown, path: Path, next: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return next;
  if (typeof key === 'number') {
    const list = Array.isArray(value) ? [...value] : [];
    const item = setAt(list[key], rest, next);
    if (item === undefined) list.splice(key, 1);
    else list[key] = item;
    return list;
  }
  const entries = new Map(isObject(value) ? Object.entries(value) : []);
  const item = setAt(entries.get(key), rest, next);
  if (item === undefined) entries.delete(key);
  else entries.set(key, item);
  // Not by assignment, which a key "__proto__" would turn into another prototype.
  return Object.fromEntries(entries);
}

/** A copy of the list with one item at another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const copy = [...list];
  const [item] = copy.splice(from, 1);
  if (item !== undefined) copy.splice(to, 0, item);
  return copy;
}

/** The pointer of the first whole number that no JavaScript number holds: requests can't carry it. */
export function findInexactAt(value: unknown, path: Path = []): { pointer: string; number: bigint } | undefined {
  if (typeof value === 'bigint') return { pointer: pointerOf(path), number: value };
  if (typeof value !== 'object' || value === null) return undefined;
  const entries: Array<[string | number, unknown]> = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  for (const [key, item] of entries) {
    const found = findInexactAt(item, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
