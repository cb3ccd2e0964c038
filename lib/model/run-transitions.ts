// The state machine of a run, as data. Every status write of the store is checked against this table
// (test/unit/model/run-transitions.spec.ts reads the SQL and compares).
//
//   start ──► DELAYED ──due──► PENDING
//     ├────► ENQUEUED ──claim──► PENDING ──first line──► RUNNING ──► SUCCESS | ERROR
//     └─eager──────────────────► PENDING                   │  ▲
//                                                 suspend  ▼  │ claim, once due
//                                                        WAITING
//   PENDING, RUNNING, STOPPING ──rescue, release──► ENQUEUED ──above the cap──► DEAD
//   HOLD: RUNNING, WAITING ─► HELD ─RESUME─► ENQUEUED      STOP: RUNNING ─► STOPPING ─► STOPPED
//   cancel, timeout: any but a terminal one ──► CANCELLED (through STOPPING when compensation is asked for)
//
// A terminal status is never overwritten, but for an operator's audited RESET or resume back to ENQUEUED.
import type { RunStatus } from './run.js';

export const TERMINAL_STATUSES: readonly RunStatus[] = ['SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD'];
/** An executor holds the run in memory. */
export const OWNED_STATUSES: readonly RunStatus[] = ['PENDING', 'RUNNING', 'STOPPING'];

export const RUN_TRANSITIONS: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  DELAYED: ['PENDING', 'ENQUEUED', 'CANCELLED', 'STOPPED'],
  ENQUEUED: ['PENDING', 'CANCELLED', 'STOPPED', 'HELD'],
  PENDING: ['RUNNING', 'SUCCESS', 'ERROR', 'WAITING', 'HELD', 'STOPPING', 'ENQUEUED', 'CANCELLED', 'STOPPED', 'DEAD'],
  RUNNING: ['SUCCESS', 'ERROR', 'WAITING', 'HELD', 'STOPPING', 'ENQUEUED', 'CANCELLED', 'STOPPED', 'DEAD'],
  WAITING: ['PENDING', 'ENQUEUED', 'HELD', 'STOPPING', 'CANCELLED', 'STOPPED'],
  HELD: ['ENQUEUED', 'STOPPING', 'CANCELLED', 'STOPPED'],
  STOPPING: ['STOPPED', 'CANCELLED', 'ERROR', 'ENQUEUED', 'WAITING', 'DEAD'],
  SUCCESS: [],
  ERROR: ['ENQUEUED'],
  CANCELLED: ['ENQUEUED'],
  STOPPED: ['ENQUEUED'],
  DEAD: ['ENQUEUED'],
};

export function isTerminal(status: RunStatus): boolean {
  return TERMINAL_STATUSES.includes(status);
}

export function canTransition(from: RunStatus, to: RunStatus): boolean {
  return RUN_TRANSITIONS[from].includes(to);
}
