// The line of partitions, searched exhaustively in small worlds: with all rules no partition has more runs under way than its limit, and no
// run waits in a partition with a free permit unless the next claim finds it; without any single rule one of that happens, on the way that is told here.
//
// Not in the model: whose turn it is (a claim may take any partition that is in line), priorities, the limits of a queue, a rate and a pause, changes
// of settings, the number of bells that a claim reads at most, processes that were retired and do not know it, and what only makes things
// sooner. A start and a flush are one step each: nobody sees anything of them before their commit, and neither waits for a claim. A run that
// returns while a body of it runs is, from then on, one that was cancelled. Larger worlds were searched by hand (three runs in two partitions,
// a released wait, a cancel, a death: 760,828 states).
import { DOORBELL_RULES, type DoorbellRule, doorbellRulesWithout, LINE_INVARIANTS, type LineScenario } from './doorbell-rules.js';
import { doorbells } from './doorbells.js';
import { explore } from './explorer.js';

const LIMIT = 400_000;
const PAIR: LineScenario = {
  runs: [[0], [0]],
  serves: [[0], [0]],
  limit: 1,
  room: 2,
  release: false,
  cancels: 0,
  crashes: 0,
  naps: 0,
  rollbacks: 0,
};
const CANCEL: LineScenario = { ...PAIR, cancels: 1 };
const CRASH: LineScenario = { ...PAIR, crashes: 1 };
const NAP: LineScenario = { ...PAIR, naps: 1 };
const RELEASE: LineScenario = { ...NAP, release: true };

describe('the line of partitions with all its rules', () => {
  it.each<[string, LineScenario, number]>([
    ['two runs, a death, a cancel', { ...CRASH, cancels: 1, rollbacks: 1 }, 20_000],
    ['a run that keeps its permit while it sleeps, a death, a cancel', { ...NAP, cancels: 1, crashes: 1 }, 20_000],
    ['a run that gives it back, a death, a cancel', { ...RELEASE, cancels: 1, crashes: 1 }, 40_000],
    ['two partitions, claimed one by one', { ...PAIR, runs: [[0], [0], [1]], room: 1 }, 6_000],
    ['two permits for three runs', { ...PAIR, runs: [[0], [0], [0]], limit: 2 }, 9_000],
    [
      'two names, one of which a process does not run',
      { ...RELEASE, runs: [[0], [0, 1], [0]], serves: [[0], [0, 1]], rollbacks: 1 },
      20_000,
    ],
  ])('never exceeds the limit, and loses no partition: %s', (_, scenario, atLeast) => {
    const { counterexample, states } = explore(doorbells(scenario, doorbellRulesWithout()), LIMIT);
    expect(counterexample).toBeUndefined();
    expect(states).toBeGreaterThan(atLeast);
  });
});

interface Case {
  scenario: LineScenario;
  broken: keyof typeof LINE_INVARIANTS;
  /** Of the shortest way, what matters, in order and up to its last step. */
  way: string[];
}

const SECOND = 'the start of a2 commits';
const COMMIT = 'A commits';
const BELLS = 'A reads the bells';
const lost = (scenario: LineScenario, ...way: string[]): Case => ({ scenario, broken: 'noLostPartition', way });
const tooMany = (scenario: LineScenario, ...way: string[]): Case => ({ scenario, broken: 'limit', way });

const CASES: Record<DoorbellRule, Case[]> = {
  queueLock: [tooMany(PAIR, 'A takes a1', 'B locks the queue', 'B finds 1 free in a', COMMIT, 'B takes a2', 'B commits')],
  countUnderLock: [tooMany(PAIR, 'A takes a1', 'B counts the permits', COMMIT, 'B locks the queue', 'B takes a2', 'B commits')],
  countAfterBells: [lost(PAIR, BELLS, COMMIT, SECOND, 'A ends a1', BELLS, 'A finds 0 free in a', COMMIT)],
  lookAfterBells: [lost(PAIR, 'A locks the queue', SECOND, BELLS, COMMIT, 'A ends a1')],
  lockedStays: [lost(CANCEL, 'somebody locks a1 to cancel it', 'A takes nobody: locked', 'A gives a its place', COMMIT)],
  freedReturns: [
    lost(PAIR, SECOND, 'A gives a its place', COMMIT, 'A ends a1'),
    // read by a process that does not run what waits there
    lost({ ...PAIR, runs: [[0], [0, 1]], serves: [[0], [1]] }, SECOND, 'A gives a its place', COMMIT, 'A ends a1'),
  ],
  oneRow: [{ scenario: PAIR, broken: 'onceInLine', way: [BELLS, SECOND, COMMIT, BELLS, COMMIT] }],
  // Without it that is another transaction, before.
  startBell: [lost(PAIR, 'the start of a1 rings', BELLS, 'A gives a its place', COMMIT, 'the start of a1 commits')],
  endBell: [lost(PAIR, SECOND, 'A gives a its place', COMMIT, 'A ends a1')],
  letGoBell: [
    lost(CANCEL, SECOND, 'A gives a its place', COMMIT, 'somebody cancels a1', 'A stops the body of a1', 'A lets go of a1'),
    lost(
      { ...CANCEL, crashes: 1 },
      SECOND,
      'A gives a its place',
      COMMIT,
      'somebody cancels a1',
      'what A has not let go of is let go',
    ),
  ],
  cancelBell: [
    lost({ ...CANCEL, crashes: 1 }, SECOND, COMMIT, 'a1 is rescued', 'the cancel of a1 commits'),
    lost({ ...CANCEL, naps: 1 }, SECOND, COMMIT, 'A suspends a1', 'the cancel of a1 commits'),
  ],
  deadBell: [lost(CRASH, SECOND, COMMIT, 'A is retired', 'a1 is rescued once too often')],
  releaseBell: [lost(RELEASE, SECOND, COMMIT, 'A suspends a1')],
  dueBell: [lost(RELEASE, COMMIT, 'A suspends a1', 'a1 is due')],
  // Without it the permit comes back, with its bell, and the run into line, with its own.
  rescueKeepsPermit: [tooMany(CRASH, 'A takes a2', COMMIT, 'a2 is rescued', 'B takes a1', 'B commits')],
  // Without it a cancel gives it back, with its bell.
  permitUntilLetGo: [tooMany(CANCEL, 'A takes a1', COMMIT, 'somebody cancels a1', 'A takes a2', COMMIT)],
  letGoAfterAnswer: [
    tooMany(CANCEL, COMMIT, 'somebody cancels a1', 'A lets go of a1', 'A hears that it has claimed a1', 'A takes a2', COMMIT),
  ],
  clearLooksAgain: [
    {
      scenario: { ...CRASH, cancels: 1 },
      broken: 'everybodyServed',
      way: ['A is retired', 'what A has not let go of is let go', 'somebody cancels a1'],
    },
  ],
};

describe('the line of partitions without one of its rules', () => {
  const told = (Object.entries(CASES) as Array<[DoorbellRule, Case[]]>).flatMap(([rule, cases]) =>
    cases.map(({ scenario, broken, way }) => [rule, DOORBELL_RULES[rule], broken, scenario, way] as const),
  );

  it.each(told)('breaks: %s (%s): %s', (rule, _, broken, scenario, way) => {
    const { counterexample } = explore(doorbells(scenario, doorbellRulesWithout(rule)), LIMIT);
    expect(counterexample?.invariant).toBe(LINE_INVARIANTS[broken]);
    expect(counterexample?.trace.filter((action) => way.includes(action))).toEqual(way);
    expect(counterexample?.trace.at(-1)).toBe(way.at(-1));
  });

  it('is told here for every rule of the line', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(DOORBELL_RULES).sort());
  });
});
