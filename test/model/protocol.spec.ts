// The execution protocol, searched exhaustively in small worlds: with all its rules nothing breaks, and without any single one something
// does, on the way that is told here. Of a transaction only what others can come between is a step of its own. How runs that wait are
// woken is told in wakeups.spec.ts.
//
// Not in the model: that outcomes are delivered one at a time (a matter of microtasks, see test/engine/replay-order.spec.ts), parallel
// operations, eager starts, draining, the count of rescues, and whatever is only sooner or later (notifications, grace times, the
// second look at a stray).
import { explore } from './explorer.js';
import { protocol } from './protocol.js';
import { INVARIANTS, NO_FAULTS, OWNERSHIP_RULES, type OwnershipRule, rulesWithout, type Scenario } from './rules.js';

const LIMIT = 400_000;
const STEPS: Scenario = { ...NO_FAULTS, programs: [['step', 'step']], expiries: 1 };
const TIMER: Scenario = { ...STEPS, programs: [['step', 'timer', 'step']] };
const MESSAGE: Scenario = { ...STEPS, programs: [['message', 'step']] };
const broken = (scenario: Scenario): Scenario => ({ ...scenario, breaks: 1 });

describe('the protocol with all its rules', () => {
  it.each<[string, Scenario, number]>([
    ['two steps', { ...STEPS, expiries: 2, crashes: 1, breaks: 1 }, 20_000],
    ['a timer between two steps', { ...TIMER, crashes: 1, breaks: 1 }, 40_000],
    ['a cancel at any time', { ...broken(TIMER), cancels: 1 }, 18_000],
    ['two runs of one executor', { ...STEPS, programs: [['step'], ['step']], crashes: 1 }, 17_000],
  ])('keeps every invariant, and every run can reach its end: %s', (_, scenario, atLeast) => {
    const { counterexample, states } = explore(protocol(scenario, rulesWithout()), LIMIT);
    expect(counterexample).toBeUndefined();
    expect(states).toBeGreaterThan(atLeast);
  });
});

interface Case {
  scenario: Scenario;
  broken: keyof typeof INVARIANTS;
  /** Of the shortest way, what matters, in order and up to its last step. */
  way: string[];
}

const FLUSH = 'A sends checkpoint 1 + RUNNING of r, which passes the check';
const COMMIT = 'checkpoint 1 + RUNNING of r from A commits';
const LAST_FLUSH = 'A sends checkpoint 2 + SUCCESS of r, which passes the check';
const LAST_COMMIT = 'checkpoint 2 + SUCCESS of r from A commits';
const SUSPEND = 'checkpoint 1 + its wait + WAITING of r from A';
const BEGIN_WAIT = 'checkpoint 1 + its wait + RUNNING of r from A';
const LOST_LEASE = ["A's deadline passes", 'B retires A'];
const TAKEN = 'a sweep re-queues r of A';

/** But for rescueToken, see below. */
const CASES: Record<Exclude<OwnershipRule, 'rescueToken'>, Case> = {
  fenceLock: { scenario: STEPS, broken: 'currentToken', way: ['A claims r', FLUSH, ...LOST_LEASE, TAKEN, COMMIT] },
  aliveCheck: { scenario: STEPS, broken: 'currentToken', way: ['A claims r', ...LOST_LEASE, FLUSH, TAKEN, COMMIT] },
  tokenCheck: {
    scenario: { ...STEPS, cancels: 1 },
    broken: 'currentToken',
    way: ['A claims r', 'somebody cancels r', FLUSH, COMMIT],
  },
  keyedWrites: {
    scenario: broken(STEPS),
    broken: 'acceptedOnce',
    way: [FLUSH, COMMIT, 'the answer is lost, and A repeats it', COMMIT],
  },
  ownerGuard: {
    scenario: broken(TIMER),
    broken: 'noLostRun',
    way: [
      'that flush gets stuck, and A repeats it',
      `${BEGIN_WAIT} commits`,
      'WAITING of r from A commits',
      `the late ${BEGIN_WAIT} commits`,
    ],
  },
  terminalGuard: {
    scenario: broken(STEPS),
    broken: 'endsOnce',
    way: [LAST_FLUSH, LAST_COMMIT, 'the answer is lost, and A repeats it', LAST_COMMIT],
  },
  moveToken: {
    scenario: broken(TIMER),
    broken: 'notTaken',
    way: [
      'A claims r',
      `${SUSPEND} commits`,
      'the answer is lost, and A repeats it',
      `${SUSPEND} passes the check`,
      'the timer of r is due',
      'A claims r',
      `${SUSPEND} commits`,
    ],
  },
  waitToken: {
    scenario: { ...broken(TIMER), cancels: 1 },
    broken: 'noDeadWait',
    way: [`${SUSPEND} commits`, `${SUSPEND} passes the check`, 'somebody cancels r', `${SUSPEND} commits`],
  },
  waitDone: {
    scenario: broken(TIMER),
    broken: 'noDeadWait',
    way: [
      'that flush gets stuck, and A repeats it',
      `${BEGIN_WAIT} commits`,
      'A completes the timer of r',
      'checkpoint 2 of r from A commits',
      `the late ${BEGIN_WAIT} commits`,
    ],
  },
  acknowledgementRule: {
    scenario: broken(STEPS),
    broken: 'toldRight',
    way: [LAST_COMMIT, 'the answer is lost, and A repeats it', 'checkpoint 2 + SUCCESS of r from A is refused'],
  },
  claimFence: {
    scenario: broken(STEPS),
    broken: 'notToRetired',
    way: ['A sends a claim and loses the connection', ...LOST_LEASE, 'the late claim of A takes r'],
  },
  claimToken: {
    scenario: broken(TIMER),
    broken: 'notTaken',
    way: ['A claims r', `${SUSPEND} commits`, 'the answer is lost, and A repeats it', 'A claims r', `${SUSPEND} commits`],
  },
  cancelToken: {
    scenario: { ...STEPS, cancels: 1 },
    broken: 'durableResult',
    way: ['somebody cancels r', LAST_FLUSH, LAST_COMMIT, 'A hears of checkpoint 2 + SUCCESS of r'],
  },
  cancelReread: {
    scenario: { ...STEPS, cancels: 1 },
    broken: 'currentToken',
    way: ['somebody who will cancel r looks whose it is', 'A claims r', FLUSH, 'somebody cancels r', COMMIT],
  },
  historyAfterClaim: {
    scenario: STEPS,
    broken: 'notAgain',
    way: ['B reads histories', COMMIT, 'B retires A', TAKEN, 'B claims r', 'B runs operation 1 of r'],
  },
  barrier: {
    scenario: STEPS,
    broken: 'durableBefore',
    way: ['A claims r', 'A runs operation 1 of r', 'A runs operation 2 of r'],
  },
  deadlineCheck: { scenario: STEPS, broken: 'onlyOwner', way: ['A claims r', ...LOST_LEASE, TAKEN, 'A runs operation 1 of r'] },
  deadlineFromSend: {
    scenario: { ...STEPS, expiries: 2 },
    broken: 'onlyOwner',
    way: [
      'A claims r',
      'A renews its lease',
      "A's renewed deadline passes",
      'B retires A',
      'A hears of its renewal',
      TAKEN,
      'A runs operation 1 of r',
    ],
  },
  renewalFence: {
    scenario: STEPS,
    broken: 'onlyOwner',
    way: ['A claims r', ...LOST_LEASE, 'A renews its lease', 'A hears of its renewal', TAKEN, 'A runs operation 1 of r'],
  },
  rescuerReread: {
    scenario: STEPS,
    broken: 'onlyOwner',
    way: [
      'A claims r',
      'B sees the lease of A expired',
      'A renews its lease',
      'A hears of its renewal',
      'B retires A',
      TAKEN,
      'A runs operation 1 of r',
    ],
  },
  rescueRepetition: { scenario: { ...STEPS, crashes: 1 }, broken: 'noLostRun', way: ['A claims r', ...LOST_LEASE, 'B crashes'] },
  strayRelease: {
    scenario: broken(STEPS),
    broken: 'noLostRun',
    way: ['A sends a claim and loses the connection', 'the late claim of A takes r'],
  },
  lanePinning: {
    scenario: STEPS,
    broken: 'noHole',
    way: [
      'A sends checkpoint 2 of r, which passes the check',
      'A sends SUCCESS of r, which passes the check',
      'SUCCESS of r from A commits',
    ],
  },
};

describe('the protocol without one of its rules', () => {
  it.each(
    (Object.entries(CASES) as Array<[OwnershipRule, Case]>).map(([rule, told]) => [rule, OWNERSHIP_RULES[rule], told] as const),
  )('breaks: %s (%s)', (rule, _, { scenario, broken: invariant, way }) => {
    const { counterexample } = explore(protocol(scenario, rulesWithout(rule)), LIMIT);
    expect(counterexample?.invariant).toBe(INVARIANTS[invariant]);
    expect(counterexample?.trace.filter((action) => way.includes(action))).toEqual(way);
    expect(counterexample?.trace.at(-1)).toBe(way.at(-1));
  });

  it('holds as long as either the rescue or the next claim gives a new token; a retired executor is refused anyway', () => {
    for (const scenario of [{ ...broken(STEPS), crashes: 1 }, broken(TIMER), broken(MESSAGE), { ...broken(STEPS), cancels: 1 }])
      expect(explore(protocol(scenario, rulesWithout('rescueToken')), LIMIT).counterexample).toBeUndefined();
    expect(explore(protocol(broken(STEPS), rulesWithout('claimToken')), LIMIT).counterexample).toBeUndefined();
    expect(explore(protocol(broken(STEPS), rulesWithout('rescueToken', 'claimToken')), LIMIT).counterexample).toEqual({
      invariant: INVARIANTS.oneOwner,
      trace: ['A claims r', ...LOST_LEASE, TAKEN, 'B claims r'],
    });
  });

  it('is told here for every rule of ownership, and breaks every invariant but that of wake-ups', () => {
    expect([...Object.keys(CASES), 'rescueToken'].sort()).toEqual(Object.keys(OWNERSHIP_RULES).sort());
    const found = new Set(Object.values(CASES).map(({ broken: invariant }) => invariant));
    expect([...found, 'oneOwner', 'noLostWakeUp'].sort()).toEqual(Object.keys(INVARIANTS).sort());
  });
});
