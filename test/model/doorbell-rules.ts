// The rules by which no partition is forgotten and none has more permits than its limit, each of which can be taken away; and how large a
// world is searched. Read by the model of the line (doorbells.ts) and its spec.
export const DOORBELL_RULES = {
  queueLock: 'one claim at a time has the queue',
  countUnderLock: 'permits are counted, and after the lock was got',
  countAfterBells: 'they are counted in no earlier snapshot than that in which the bells are read',
  lookAfterBells: 'a row is deleted when nothing waits in no earlier snapshot than that',
  lockedStays: 'what waits and could not be locked keeps its row, too',
  freedReturns: 'the bell of a permit that came back brings a row without a turn into line',
  oneRow: 'a partition has one row per name, whoever comes into it',
  startBell: 'the bell of a start is rung in its transaction',
  endBell: 'the end of a run rings',
  letGoBell: 'who lets go of a run that was over before its body rings',
  cancelBell: 'the cancel of a run that nobody owns, but that has a permit, rings',
  deadBell: 'a rescue too many rings',
  releaseBell: 'a run that gives its permit back while it waits rings',
  dueBell: 'a run that comes back from such a wait rings',
  rescueKeepsPermit: 'a run that is rescued keeps its permit',
  permitUntilLetGo: 'a run that is over keeps its permit until its body is done',
  letGoAfterAnswer: 'a process lets go of no run that it may have claimed without knowing it yet',
  clearLooksAgain: 'a retirement is complete when, in a later snapshot, none of its runs is owned or has a permit still',
} as const;

export type DoorbellRule = keyof typeof DOORBELL_RULES;
export type DoorbellRules = Readonly<Record<DoorbellRule, boolean>>;

export const doorbellRulesWithout = (...missing: DoorbellRule[]): DoorbellRules =>
  Object.fromEntries(Object.keys(DOORBELL_RULES).map((rule) => [rule, !missing.includes(rule as DoorbellRule)])) as DoorbellRules;

export const LINE_INVARIANTS = {
  limit: 'no partition has more runs that have begun, or of which a body runs, than its limit',
  onceInLine: 'a partition is in the line at most once per name',
  noLostPartition: 'a run that waits in a partition with a free permit is found by the next claim',
  everybodyServed: 'every run can reach its end, and every permit come back',
} as const;

export interface LineScenario {
  /** Partition and name of each. */
  runs: ReadonlyArray<readonly [partition: number, name?: number]>;
  /** Names that each of the two processes runs. */
  serves: readonly [number[], number[]];
  /** Permits of a partition. */
  limit: number;
  /** Runs that a claim takes at most. */
  room: number;
  /** A run that waits for time gives its permit back. */
  release: boolean;
  // how often, in one history
  cancels: number;
  crashes: number;
  naps: number;
  rollbacks: number;
}
