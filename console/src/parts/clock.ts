// The time of the server as the page knows it, and one tick a second for everything that shows how long ago something was.
import { useSyncExternalStore } from 'react';

/** ms by which the server's clock is ahead of this machine's. */
let offset = 0;
let now = Math.floor(Date.now() / 1_000) * 1_000;
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

export function setServerTime(serverTime: string): void {
  offset = Date.parse(serverTime) - Date.now();
  tick();
}

export function serverNow(): number {
  return Date.now() + offset;
}

/** To the second. Components that use it are drawn anew each second, unless what they show is over. */
export function useNow(isTicking = true): number {
  return useSyncExternalStore(isTicking ? listen : ignore, () => now);
}

function ignore(): () => void {
  return () => undefined;
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    timer = setInterval(tick, 1_000);
    // It has stood still while nobody looked.
    tick();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = Math.floor(serverNow() / 1_000) * 1_000;
  for (const listener of listeners) listener();
}
