// What one operator prefers on one machine: kept in localStorage, the same in all tabs. Used for theme, times, columns, saved filters.
import { useCallback, useSyncExternalStore } from 'react';

const PREFIX = 'nestjs-workflows:';
const listeners = new Map<string, Set<() => void>>();
/** Where the browser keeps nothing: for as long as the page is open. */
const memory = new Map<string, string>();
const parsed = new Map<string, { text: string; value: unknown }>();

window.addEventListener('storage', ({ key }) => {
  if (key?.startsWith(PREFIX)) tell(key.slice(PREFIX.length));
});

export function readPreference<T>(name: string, fallback: T, isValid: (value: unknown) => value is T): T {
  const text = read(name);
  if (text === undefined) return fallback;
  const known = parsed.get(name);
  // The same object for the same text: React compares them.
  if (known?.text === text) return isValid(known.value) ? known.value : fallback;
  try {
    const value: unknown = JSON.parse(text);
    parsed.set(name, { text, value });
    return isValid(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

export function writePreference(name: string, value: unknown): void {
  const text = JSON.stringify(value);
  memory.set(name, text);
  try {
    localStorage.setItem(PREFIX + name, text);
  } catch {
    // Full, or not allowed.
  }
  tell(name);
}

export function listenToPreference(name: string, listener: () => void): () => void {
  const all = listeners.get(name) ?? new Set();
  listeners.set(name, all.add(listener));
  return () => all.delete(listener);
}

/** @param fallback, isValid must not change between renders */
export function usePreference<T>(
  name: string,
  fallback: T,
  isValid: (value: unknown) => value is T,
): [value: T, set: (value: T) => void] {
  const listen = useCallback((listener: () => void) => listenToPreference(name, listener), [name]);
  const value = useSyncExternalStore(listen, () => readPreference(name, fallback, isValid));
  const set = useCallback((next: T) => writePreference(name, next), [name]);
  return [value, set];
}

export function isOneOf<const T extends string>(...values: T[]): (value: unknown) => value is T {
  return (value): value is T => values.includes(value as T);
}

function read(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? memory.get(name);
  } catch {
    return memory.get(name);
  }
}

function tell(name: string): void {
  for (const listener of listeners.get(name) ?? []) listener();
}
