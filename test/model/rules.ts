// The rules of the execution protocol, each of which can be taken away, the invariants they keep, and how large a world is searched.
// Read by every file of the model; the spec takes the rules away one by one.

export const RULES = {
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
  suspendRecheck: 'who suspends a run locks it and then looks again for what it waits for',
  wakeAfterWrite: 'who brings what a run waits for writes that first and looks at the run afterwards',
} as const;

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
  noLostWakeUp: 'a run does not wait for what is there',
  noLostRun: 'a run can always reach its end',
} as const;

export type OperationKind = 'step' | 'timer' | 'message';

/** A small world. The numbers say how often a thing may go wrong in one history. */
export interface Scenario {
  program: readonly OperationKind[];
  runs: number;
  /** Deadlines that pass before a renewal is answered. */
  expiries: number;
  crashes: number;
  /** Connections that break: an answer is lost, or the request stays on its way and arrives later; what was sent is sent again. */
  breaks: number;
  cancels: number;
}
