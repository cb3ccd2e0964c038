// What a process does at the fault points of its sources: CRASH_AT kills it, CRASH_SOON_AT a moment later (a statement is on the wire then),
// STOP_AT stops it until somebody lets it go on, BLOCK_AT blocks its event loop. Each is `<point>:<n>` for the n-th time it is reached; STOP_AT and BLOCK_AT begin anew after that. The sources
// have points only when FAULT_POINTS is set (patches/source-patches.mjs).
import type { Ledger } from './ledger.js';

interface Trap {
  point: string;
  left: number;
  every: number;
  action: 'crash' | 'crash soon' | 'stop' | 'block';
}

/** How long BLOCK_AT blocks: three leases of 3 s. */
const BLOCK_MS = 9_000;

export function armFaultPoints(ledger: Ledger): void {
  const traps = [
    trap('CRASH_AT', 'crash'),
    trap('CRASH_SOON_AT', 'crash soon'),
    trap('STOP_AT', 'stop'),
    trap('BLOCK_AT', 'block'),
  ].filter((one) => one !== undefined);
  if (traps.length === 0) return;
  (globalThis as { atFaultPoint?: (point: string) => void }).atFaultPoint = (point) => {
    for (const one of traps) if (one.point === point && --one.left === 0) spring(one, ledger);
  };
}

function spring(trap: Trap, ledger: Ledger): void {
  trap.left = trap.every;
  ledger.append({ kind: 'fault', point: trap.point, action: trap.action, at: Date.now(), pid: process.pid });
  if (trap.action === 'block') block(BLOCK_MS);
  else if (trap.action === 'stop') process.kill(process.pid, 'SIGSTOP');
  else if (trap.action === 'crash') process.kill(process.pid, 'SIGKILL');
  else setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGKILL')));
}

/** The whole thread, as a heavy synchronous computation does. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function trap(variable: string, action: Trap['action']): Trap | undefined {
  const text = process.env[variable];
  if (!text) return undefined;
  const [, point, times] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (point === undefined) throw new Error(`${variable}=${text} is not <point>:<n>`);
  return { point, left: Number(times), every: Number(times), action };
}
