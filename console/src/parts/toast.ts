// Short messages about what was just done: `toast()`, from anywhere. What draws them (parts/toasts.tsx) is loaded when there is one.
import { useSyncExternalStore } from 'react';

export interface ToastContent {
  kind: 'good' | 'bad';
  title: string;
  detail?: string;
  /** Where it leads. */
  link?: { path: string; text: string };
}

let waiting: ToastContent[] = [];
let take: ((content: ToastContent) => void) | undefined;
let isWanted = false;
const listeners = new Set<() => void>();

export function toast(content: ToastContent): void {
  if (take !== undefined) {
    take(content);
    return;
  }
  waiting.push(content);
  isWanted = true;
  for (const listener of listeners) listener();
}

/** Whether there has been one. */
export function useHasToasts(): boolean {
  return useSyncExternalStore(listen, () => isWanted);
}

/** Those that wait, and all that come; until the function that it gives is called. */
export function takeToasts(taker: (content: ToastContent) => void): () => void {
  take = taker;
  for (const content of waiting) taker(content);
  waiting = [];
  return () => {
    take = undefined;
  };
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
