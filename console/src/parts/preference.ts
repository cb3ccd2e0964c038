// What one operator prefers on one machine: kept in localStorage, the same in all tabs. Used for theme, times, columns, saved filters.
import { useCallback, useSyncExternalStore } from 'react';

const PREFIX = 'nestjs-workflows:';
const listeners = new Map<string, Set<() => void>>();
/** As they are now, also where the browser keeps nothing. Undefined: there is none. */
const values = new Map<string, unknown>();

window.addEventListener('storage', ({ key }) => {
  const name = key?.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;
  // Without a key everything was cleared.
  for (const each of key === null ? listeners.keys() : name === undefined ? [] : [name]) {
    values.delete(each);
    tell(each);
  }
});

export function readPreference<T>(name: string, fallback: T, isValid: (value: unknown) => value is T): T {
  // Once: lists ask for each cell, and React wants the same object each time.
  if (!values.has(name)) values.set(name, stored(name));
  const value = values.get(name);
  return isValid(value) ? value : fallback;
}

export function writePreference(name: string, value: unknown): void {
  values.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Full, or not allowed: for as long as the page is open.
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

function stored(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? 'null');
  } catch {
    return undefined;
  }
}

function tell(name: string): void {
  for (const listener of listeners.get(name) ?? []) listener();
}
