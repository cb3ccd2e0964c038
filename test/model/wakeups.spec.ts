// How a run that waits is woken, searched exhaustively in small worlds: with all rules no run waits for what is there while nobody is left
// who will wake it, and every run can reach its end; without any single rule a run is forgotten, on the way that is told here.
//
// In the model a run waits for one thing at a time: a message, the event of another run, or the end of another run. Not in it: topics,
// several waits at once, runs on hold, and what only makes things sooner (notifications, a look into the inbox by a run in memory).
// Whatever else ends a run than a flush of its owner (a time-out, a rescue too many) is there as a cancel. Worlds with all faults at once
// take minutes (an event with an expiry, a crash and a break: 2,295,168 states); they were searched by hand.
import { explore } from './explorer.js';
import { protocol } from './protocol.js';
import { INVARIANTS, NO_FAULTS, rulesWithout, type Scenario, WAKING_RULES, type WakingRule } from './rules.js';

const LIMIT = 400_000;
const MESSAGE: Scenario = { ...NO_FAULTS, programs: [['message']] };
const EVENT: Scenario = { ...NO_FAULTS, programs: [['event'], ['signal']] };
const RESULT: Scenario = { ...NO_FAULTS, programs: [['result'], []] };

describe('waking with all its rules', () => {
  it.each<[string, Scenario, number]>([
    ['a message, a lost lease', { ...MESSAGE, expiries: 1, breaks: 1 }, 20_000],
    ['a message, a cancel', { ...MESSAGE, crashes: 1, breaks: 1, cancels: 1 }, 8_000],
    ['a message and then a step', { ...MESSAGE, programs: [['message', 'step']], crashes: 1, breaks: 1, nudges: 1 }, 15_000],
    ['an event, a death', { ...EVENT, crashes: 1, nudges: 1 }, 10_000],
    ['an event, a lost lease', { ...EVENT, expiries: 1 }, 30_000],
    ['an event, a cancel', { ...EVENT, breaks: 1, cancels: 1 }, 40_000],
    ['an event and then a timer', { ...EVENT, programs: [['event', 'timer'], ['signal']], crashes: 1 }, 20_000],
    ['a result, a death', { ...RESULT, crashes: 1, breaks: 1 }, 20_000],
    ['a result, a lost lease, a cancel', { ...RESULT, expiries: 1, cancels: 1 }, 15_000],
  ])('forgets no run, and breaks no other invariant: %s', (_, scenario, atLeast) => {
    const { counterexample, states } = explore(protocol(scenario, rulesWithout()), LIMIT);
    expect(counterexample).toBeUndefined();
    expect(states).toBeGreaterThan(atLeast);
  });
});

interface Case {
  scenario: Scenario;
  /** Of the shortest way, what matters, in order and up to its last step. */
  way: string[];
}

// A message: its wait may travel with the move.
const SUSPEND = 'its wait + WAITING of r from A';
const SENT = 'A sends its wait + WAITING of r, which passes the check';
// An event, or the end of a run.
const BEGIN_WAIT = 'its wait + RUNNING of r from A commits';
const SENT_LATER = 'A sends WAITING of r, which passes the check';
const LOOK = 'WAITING of r from A locks r and finds nothing';
const FORGOTTEN = 'WAITING of r from A commits';
const SIGNAL = 'checkpoint 1 + RUNNING of s from A commits';
const HEAR_SIGNAL = 'A hears of checkpoint 1 + RUNNING of s';
const SUCCESS = 'SUCCESS of s from A commits';
const HEAR_SUCCESS = 'A hears of SUCCESS of s';
const SEES_R = 'A looks who waits and finds r';
const SEES_NOBODY = 'A looks who waits and finds nobody';

const CASES: Record<WakingRule, Case[]> = {
  suspendRecheck: [
    { scenario: MESSAGE, way: [SENT, 'a message for r commits', `${SUSPEND} locks r and finds nothing`, `${SUSPEND} commits`] },
    { scenario: EVENT, way: [SIGNAL, SEES_NOBODY, BEGIN_WAIT, LOOK, FORGOTTEN] },
    { scenario: RESULT, way: [SUCCESS, SEES_NOBODY, BEGIN_WAIT, LOOK, FORGOTTEN] },
  ],
  // Without it the look is a part of the check.
  recheckLocked: [
    { scenario: MESSAGE, way: [SENT, 'a message for r commits', `${SUSPEND} locks r and finds nothing`, `${SUSPEND} commits`] },
    { scenario: EVENT, way: [SENT_LATER, SIGNAL, SEES_R, 'A need not wake r', LOOK, FORGOTTEN] },
    { scenario: RESULT, way: [SENT_LATER, SUCCESS, SEES_R, 'A need not wake r', LOOK, FORGOTTEN] },
  ],
  senderLocksOrMarks: [
    {
      scenario: MESSAGE,
      way: [
        `${SUSPEND} locks r and finds nothing`,
        'who has a message for r looks whether it waits',
        `${SUSPEND} commits`,
        'a message for r commits',
      ],
    },
  ],
  markSweep: [
    {
      scenario: MESSAGE,
      way: [`${SUSPEND} locks r and finds nothing`, `${SUSPEND} commits`, 'a message for r commits with a mark'],
    },
    { scenario: { ...RESULT, cancels: 1 }, way: [BEGIN_WAIT, LOOK, FORGOTTEN, 'somebody cancels s'] },
  ],
  waitFirst: [
    { scenario: EVENT, way: [`${SUSPEND} locks r and finds nothing`, SIGNAL, HEAR_SIGNAL, SEES_NOBODY, `${SUSPEND} commits`] },
    { scenario: RESULT, way: [`${SUSPEND} locks r and finds nothing`, SUCCESS, HEAR_SUCCESS, SEES_NOBODY, `${SUSPEND} commits`] },
  ],
  // Without it the look is a part of the check of the flush that writes the event or the end.
  announceAfterCommit: [
    {
      scenario: EVENT,
      way: [
        'A sends checkpoint 1 + RUNNING of s, which passes the check',
        BEGIN_WAIT,
        SENT_LATER,
        LOOK,
        SIGNAL,
        HEAR_SIGNAL,
        FORGOTTEN,
      ],
    },
    {
      scenario: RESULT,
      way: ['A sends SUCCESS of s, which passes the check', BEGIN_WAIT, SENT_LATER, LOOK, SUCCESS, HEAR_SUCCESS, FORGOTTEN],
    },
  ],
  announceRefused: [
    {
      scenario: { ...EVENT, breaks: 1, cancels: 1 },
      way: [
        'that flush gets stuck, and A repeats it',
        FORGOTTEN,
        'the late checkpoint 1 + RUNNING of s from A commits',
        'somebody cancels s',
        'checkpoint 1 + RUNNING of s from A is refused',
      ],
    },
  ],
  announceUnderLock: [
    { scenario: EVENT, way: [LOOK, SIGNAL, HEAR_SIGNAL, SEES_R, 'A need not wake r', FORGOTTEN] },
    { scenario: RESULT, way: [LOOK, SUCCESS, HEAR_SUCCESS, SEES_R, 'A need not wake r', FORGOTTEN] },
  ],
  deathSweep: [
    {
      scenario: { ...EVENT, crashes: 1 },
      way: ['A crashes', `the late ${LOOK}`, `the late ${SIGNAL}`, `the late ${FORGOTTEN}`],
    },
    {
      scenario: { ...EVENT, expiries: 1 },
      way: ["A's deadline passes", LOOK, SIGNAL, FORGOTTEN, 'B retires A', 'A hears that it is retired'],
    },
    {
      scenario: { ...RESULT, crashes: 1 },
      way: ['A crashes', `the late ${LOOK}`, `the late ${SUCCESS}`, `the late ${FORGOTTEN}`],
    },
  ],
  // Without it who cancels looks for those who wait after its commit, as for a flush, or leaves that to whoever rescues it.
  endMark: [
    {
      scenario: { ...RESULT, crashes: 1, cancels: 1 },
      way: [
        LOOK,
        FORGOTTEN,
        'A sends a cancel of s',
        'A crashes',
        'A retires the former A',
        'the cancel of s from the former A commits',
      ],
    },
  ],
};

describe('waking without one of its rules', () => {
  const told = (Object.entries(CASES) as Array<[WakingRule, Case[]]>).flatMap(([rule, cases]) =>
    cases.map(({ scenario, way }) => [rule, WAKING_RULES[rule], scenario.programs[0]?.[0], scenario, way] as const),
  );

  it.each(told)('forgets a run: %s (%s; here for one %s)', (rule, _rule, _kind, scenario, way) => {
    const { counterexample } = explore(protocol(scenario, rulesWithout(rule)), LIMIT);
    expect(counterexample?.invariant).toBe(INVARIANTS.noLostWakeUp);
    expect(counterexample?.trace.filter((action) => way.includes(action))).toEqual(way);
    expect(counterexample?.trace.at(-1)).toBe(way.at(-1));
  });

  it('is told here for every rule of waking', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(WAKING_RULES).sort());
  });
});
