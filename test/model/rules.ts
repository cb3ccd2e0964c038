// The rules of the execution protocol, each of which can be taken away, the invariants they keep, and how large a world is searched.
// Read by every file of the model; the spec takes the rules away one by one.

/** Who has a run, and what is recorded of it. */
export const OWNERSHIP_RULES = {
  fenceLock: 'a retirement, a cancel and a release wait for the flushes of that executor that are under way',
  aliveCheck: 'a flush of a retired executor is refused',
  tokenCheck: 'a flush whose token is not the run’s is refused',
  keyedWrites: 'there is one checkpoint per run and operation',
  ownerGuard: 'a status is written only where the executor owns the run',
  terminalGuard: 'a status is written only where the run is not over',
  moveToken: 'a status is written only where the token still is the run’s when it is written, not only when it was checked',
  waitToken: 'a wait is written only where the token still is the run’s when it is written',
  waitDone: 'a wait is not written for an operation that has a checkpoint',
  acknowledgementRule: 'the token stays on a run that waits or is over, so that a repeated write is known again',
  claimFence: 'a claim of a retired executor takes nothing',
  claimToken: 'a claim gives a new token',
  rescueToken: 'a rescue gives a new token',
  cancelToken: 'a cancel gives a new token',
  cancelReread: 'a cancel looks again, under the lock, whose run it is',
  historyAfterClaim: 'the history is read after the claim is committed',
  barrier: 'a body starts when all earlier writes of its run are acknowledged',
  deadlineCheck: 'a body starts only before the executor’s own deadline',
  deadlineFromSend: 'that deadline counts from when the renewal was sent',
  renewalFence: 'the renewal of a retired executor fails',
  rescuerReread: 'a rescuer looks again, under the lock, whether the lease is over',
  rescueRepetition: 'every process sweeps, again and again, for runs of the retired',
  strayRelease: 'an executor gives back what it owns but does not hold',
  lanePinning: 'a run keeps to one lane, which has one flush under way at a time',
} as const;

/** How a run that waits is woken. */
export const WAKING_RULES = {
  suspendRecheck: 'a flush that suspends a run looks once more for what the run waits for',
  recheckLocked: 'it does so after it has locked the run, which stays locked until it commits',
  senderLocksOrMarks: 'who sends a message locks the run, or, without waiting for that lock, marks the message',
  markSweep: 'every process sweeps, again and again, for marks',
  waitFirst: 'the row of a wait for another run is acknowledged before the flush that suspends leaves',
  announceAfterCommit: 'a process looks who waits for what it has written after the commit of that, not before',
  announceRefused: 'it does so whatever the answer to its flush is',
  announceUnderLock: 'it waits for the lock of each run that it found, and then looks whether that is to be woken',
  deathSweep: 'a rescue is complete when all have been woken for whom the retired may have written something',
  endMark: 'who ends a run other than by a flush of its owner leaves a mark in that transaction',
} as const;

export const RULES = { ...OWNERSHIP_RULES, ...WAKING_RULES } as const;

export type OwnershipRule = keyof typeof OWNERSHIP_RULES;
export type WakingRule = keyof typeof WAKING_RULES;
export type Rule = keyof typeof RULES;
export type Rules = Readonly<Record<Rule, boolean>>;

export const ALL_RULES = Object.keys(RULES) as Rule[];

export function rulesWithout(...missing: Rule[]): Rules {
  return Object.fromEntries(ALL_RULES.map((rule) => [rule, !missing.includes(rule)])) as Rules;
}

export const INVARIANTS = {
  acceptedOnce: 'a checkpoint is accepted once',
  currentToken: 'a checkpoint is accepted only under the token that the run has',
  noHole: 'the recorded operations have no hole',
  notAgain: 'a recorded step does not run again',
  durableBefore: 'a body starts when all before it is durable',
  onlyOwner: 'a body starts only in the process that owns the run',
  oneOwner: 'a run is not held by two processes under one token',
  notTaken: 'a run is not taken from a living executor that holds it without a change of its token',
  noDeadWait: 'no wait outlives its operation or its run',
  notToRetired: 'a retired executor gets no run',
  endsOnce: 'a run ends once',
  durableResult: 'an acknowledged result is durable',
  toldRight: 'who ended a run is not told that it was lost',
  noLostWakeUp: 'a run does not wait for what is there while nobody is left who will wake it',
  noLostRun: 'a run can always reach its end',
} as const;

/** A signal is what others may wait for as an event; a result is the end of another run. */
export type OperationKind = 'step' | 'signal' | 'timer' | 'message' | 'event' | 'result';
export type Program = readonly OperationKind[];

/** A small world. The numbers say how often a thing may go wrong in one history. */
export interface Scenario {
  /** Of one run, or of two: each of them waits for the other's signal or end. */
  programs: readonly Program[];
  /** Deadlines that pass before a renewal is answered. */
  expiries: number;
  crashes: number;
  /** Connections that break: an answer is lost, or the request stays on its way and arrives later; what was sent is sent again. */
  breaks: number;
  cancels: number;
  /** A run that waits is woken for something else: its time-out, a message on another topic. */
  nudges: number;
}

/** Nothing goes wrong. */
export const NO_FAULTS: Omit<Scenario, 'programs'> = { expiries: 0, crashes: 0, breaks: 0, cancels: 0, nudges: 0 };
