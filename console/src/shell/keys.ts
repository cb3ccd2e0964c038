// Keys of the keyboard: each is bound where it acts, and stands on the key sheet while it does. Never while somebody types, or with Ctrl, Alt or Meta.
import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface KeyBinding {
  /** As `KeyboardEvent.key`; two of them after each other as `g r`. */
  key: string;
  /** What it does, for the sheet. */
  does: string;
  act(): void;
}

/** ms in which the second of two keys has to come. */
const PAIR_MS = 1_200;

let bindings: readonly KeyBinding[] = [];
const listeners = new Set<() => void>();
let first: { key: string; at: number } | undefined;

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  const pair = first !== undefined && event.timeStamp - first.at < PAIR_MS ? `${first.key} ${event.key}` : undefined;
  first = { key: event.key, at: event.timeStamp };
  const binding = bindings.findLast(({ key }) => key === pair) ?? bindings.findLast(({ key }) => key === event.key);
  if (binding === undefined) return;
  event.preventDefault();
  first = undefined;
  binding.act();
});

/** Bound for as long as the component is there; the latest of two for the same key acts. */
export function useKey(key: string, does: string, act: () => void): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    const binding: KeyBinding = { key, does, act: () => latest.current() };
    change([...bindings, binding]);
    return () => change(bindings.filter((each) => each !== binding));
  }, [key, does]);
}

export function useKeyBindings(): readonly KeyBinding[] {
  return useSyncExternalStore(listen, () => bindings);
}

function change(next: readonly KeyBinding[]): void {
  bindings = next;
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // A dialog has the keyboard to itself.
  return (
    target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest('[role="dialog"]') !== null
  );
}
