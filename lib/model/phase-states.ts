// The phase states of ISA-88 (procedural elements of batch control), as a workflow that handles commands itself may tell them in its event
// `phase.state`, and which of the standard commands it takes in which. Pure.

export const PHASE_STATE_EVENT = 'phase.state';

export const PHASE_STATES = [
  'IDLE',
  'STARTING',
  'RUNNING',
  'HOLDING',
  'HELD',
  'RESUMING',
  'STOPPING',
  'STOPPED',
  'COMPLETE',
  'RESETTING',
  'ERROR',
] as const;

export type PhaseState = (typeof PHASE_STATES)[number];

/** Of commands that wait together, the one of the highest rank is taken first, of equals the oldest. A command of the workflow's own comes last. */
const RANK: Readonly<Record<string, number>> = { STOP: 3, HOLD: 2, RESUME: 1, RESET: 0 };

const TAKEN_IN: Readonly<Record<string, readonly PhaseState[]>> = {
  STOP: PHASE_STATES,
  HOLD: ['STARTING', 'RUNNING', 'RESUMING'],
  RESUME: ['HELD'],
  RESET: ['STOPPED', 'ERROR'],
};

export function commandRank(command: string): number {
  return RANK[command] ?? -1;
}

/** Commands that are none of the four standard ones are the workflow's own: it takes them whenever it asks. */
export function isTakenIn(command: string, state: PhaseState | undefined): boolean {
  return state === undefined || (TAKEN_IN[command]?.includes(state) ?? true);
}
