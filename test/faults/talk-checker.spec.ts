// The checker of the fault runs notices what it is there for: evidence in which everything is in order, and what it says when something is not.
import type { Audit, CheckpointRow, RunRow } from './audit.js';
import type { LedgerLine } from './ledger.js';
import { checkTalks } from './talk-checker.js';
import { CANCELLED, CLIENT, MAYBE_SENDER } from './talks.js';

type Evidence = { audit: Audit; ledger: LedgerLine[] };

const run = (id: string, workflow: string, input: unknown[], result: unknown, more: Partial<RunRow> = {}): RunRow => ({
  run: id,
  workflow,
  status: 'SUCCESS',
  parent: null,
  input: JSON.stringify(input),
  output: JSON.stringify(result),
  error: null,
  ...more,
});

const done = (
  id: string,
  ordinal: number,
  kind: string,
  name: string,
  output: unknown,
  wakeAt: number | null = null,
): CheckpointRow => ({
  at: 1_000,
  run: id,
  ordinal,
  kind,
  name,
  output: JSON.stringify(output),
  error: null,
  token: 't',
  wakeAt,
});

const letter = (from: string, n: number) => ({ from, n });

/** A little of everything, as it should be. */
function inOrder(): Evidence {
  const letters = [letter(CLIENT, 0), letter('courier', 0), letter(CLIENT, 1), letter('courier', 1)];
  const maybe = letter(CLIENT, 0);
  const balls = [letter('x', 0), letter('x', 1)];
  const children = { left: 'l', right: CANCELLED };
  const sent = (topic: string, n: number): LedgerLine => ({ kind: 'sent', run: 'mailbox', topic, n, at: 900 });
  const page = (n: number) => ({ page: n, nonce: 'p' });
  const chunk = (offset: number, value: unknown, of: number | null = null) => ({
    run: 'scribe',
    stream: 'story',
    offset,
    ordinal: of,
    attempt: of === null ? null : 1,
    attemptFrom: of === null ? null : offset <= 2 ? 1 : 3,
    closes: false,
    value: JSON.stringify(value),
  });
  const chunks = [
    chunk(0, { n: 0 }),
    // of an attempt that was interrupted
    ...[0, 1].map((n) => chunk(n + 1, { ...page(n), nonce: 'lost' }, 0)),
    ...[0, 1, 2, 3].map((n) => chunk(n + 3, page(n), 0)),
    ...[1, 2, 3, 4, 5].map((n) => chunk(n + 6, { n })),
  ];
  return {
    audit: {
      ownership: [],
      rewritten: [],
      executors: [],
      waits: [],
      permits: [],
      runs: [
        run('mailbox', 'mailbox', [0, 2], {
          steps: {},
          letters: [...letters, letter(MAYBE_SENDER, 0)],
          quiet: null,
          inTime: true,
        }),
        run('courier', 'courier', [0, 'mailbox', 2], { steps: {}, letters: [] }),
        run('ping', 'ping', [0, 'pong', 2], { steps: {}, letters: balls }),
        run('pong', 'pong', [0], { steps: {}, letters: balls }),
        run('teller', 'teller', [0], { steps: {} }),
        run('listener', 'listener', [0, 'teller'], { steps: {}, first: 'one', soon: null, second: null, third: null }),
        run('middle', 'middle', [0, 'nested'], { steps: {}, children }),
        run('left', 'leaf', [0, 'left'], 'l', { parent: 'middle' }),
        run('right', 'leaf', [0, 'right'], null, { parent: 'middle', status: 'CANCELLED' }),
        run('scribe', 'scribe', [0, 1], { steps: {} }),
      ],
      messages: [...letters, maybe].map((payload, i) => ({
        run: 'mailbox',
        topic: payload === maybe ? 'maybe' : 'mail',
        payload: JSON.stringify(payload),
        takenBy: i,
      })),
      events: [{ run: 'teller', ordinal: 1, key: 'first', value: '"one"' }],
      chunks,
      checkpoints: [
        ...letters.map((payload, i) => done('mailbox', i, 'receive', 'mail', payload)),
        done('mailbox', letters.length, 'receive', 'maybe', maybe),
        done('mailbox', 9, 'receive', 'quiet', null, 950),
        done('teller', 1, 'event', 'first', null),
        done('scribe', 0, 'step', 'pages1', 'p'),
      ],
    },
    ledger: [
      sent('mail', 0),
      sent('mail', 1),
      sent('maybe', 0),
      {
        kind: 'read',
        run: 'scribe',
        stream: 'story',
        from: 2,
        chunks: chunks.slice(2).map(({ offset, value }) => [offset, value]),
      },
    ],
  };
}

/** What the checker says of evidence that is spoilt like this. */
function said(spoil: (evidence: Evidence) => void): string[] {
  const evidence = inOrder();
  spoil(evidence);
  const violations: string[] = [];
  checkTalks(evidence.audit, evidence.ledger, (invariant, what) => violations.push(`${invariant}: ${what}`));
  return violations;
}

const find = (evidence: Evidence, id: string) => evidence.audit.runs.find((one) => one.run === id) as RunRow;

/** Changes the result of a run. */
const withResult = (id: string, change: (result: Record<string, unknown>) => void) => (evidence: Evidence) => {
  const row = find(evidence, id);
  const result = JSON.parse(row.output ?? 'null');
  change(result);
  row.output = JSON.stringify(result);
};

describe('the checker of the fault runs', () => {
  it('has nothing to say when all is in order', () => {
    expect(said(() => undefined)).toEqual([]);
  });

  it.each<[string, (evidence: Evidence) => void, RegExp]>([
    [
      'an acknowledged message is not received',
      withResult('mailbox', (r) => (r.letters as unknown[]).splice(0, 1)),
      /^message: .* received of mail: 1, acknowledged/,
    ],
    [
      'a message is received twice',
      withResult('mailbox', (r) => (r.letters as unknown[]).push(letter(CLIENT, 1))),
      /^message: .*one of them twice/,
    ],
    [
      'messages of one sender come in another order',
      withResult('mailbox', (r) => (r.letters as unknown[]).reverse()),
      /^message: .* received of mail: 1,0/,
    ],
    [
      'a message of a run is lost',
      withResult('mailbox', (r) => (r.letters as unknown[]).splice(3, 1)),
      /^message: .*courier courier: received 0, and not all/,
    ],
    ['a reply is lost', withResult('ping', (r) => (r.letters as unknown[]).pop()), /^message: ping ping/],
    ['a message comes that nobody sent', withResult('mailbox', (r) => Object.assign(r, { quiet: 1 })), /^message: .*nobody sent/],
    [
      'a message is taken for another receipt',
      ({ audit }) => Object.assign(audit.messages[0] ?? {}, { takenBy: 1 }),
      /^message: .* was taken by mailbox\/1/,
    ],
    ['a receipt has no message', ({ audit }) => audit.messages.splice(0, 1), /^message: .*was taken from no mailbox/],
    [
      'a wait gives up early',
      ({ audit }) => Object.assign(audit.checkpoints[5] ?? {}, { wakeAt: 1_001 }),
      /^I11: .* gave up its wait for quiet 1 ms early/,
    ],
    [
      'a message in time is not seen',
      ({ audit, ledger }) => {
        audit.checkpoints.push(done('mailbox', 8, 'receive', 'maybe', null, 950));
        ledger.push({ kind: 'sent', run: 'mailbox', topic: 'maybe', n: 0, at: 940 });
      },
      /^message: .*acknowledged before its timeout/,
    ],
    ['an event is missed', withResult('listener', (r) => Object.assign(r, { first: null })), /^event: .* saw null as "first"/],
    [
      'an event is seen that was not set',
      withResult('listener', (r) => Object.assign(r, { second: 'two' })),
      /^event: .* saw two as "second"/,
    ],
    [
      'an event is recorded and not written',
      ({ audit }) => audit.checkpoints.push(done('teller', 2, 'event', 'second', null)),
      /^event: operation 2/,
    ],
    ['an event is written and not recorded', ({ audit }) => audit.checkpoints.splice(6, 1), /^event: an event is there/],
    [
      'a child is started twice',
      ({ audit }) => audit.runs.push(run('other', 'leaf', [0, 'left'], 'l', { parent: 'middle' })),
      /^child: .*started left twice/,
    ],
    ['a child is not there', ({ audit }) => audit.runs.splice(7, 1), /^child: .*has the children right/],
    [
      'a parent goes on with another result',
      withResult('middle', (r) => Object.assign(r, { children: { left: 'x', right: CANCELLED } })),
      /^child: .* went on with "x" of left/,
    ],
    [
      'a stream has a gap',
      ({ audit }) => Object.assign(audit.chunks.at(-1) ?? {}, { offset: 99 }),
      /^chunk: stream scribe\/story has the offsets/,
    ],
    [
      'a chunk of the workflow is there twice',
      ({ audit }) => Object.assign(audit.chunks.at(-1) ?? {}, { value: '{"n":4}' }),
      /^chunk: run scribe itself wrote/,
    ],
    ['a chunk of the workflow is missing', ({ audit }) => audit.chunks.pop(), /^chunk: run scribe is over and wrote only/],
    [
      'a chunk of the last attempt is missing',
      ({ audit }) => Object.assign(audit.chunks[5] ?? {}, { value: '{"page":1,"nonce":"p"}' }),
      /^chunk: pages1 of run scribe returned "p"/,
    ],
    [
      'a reader gets a chunk twice',
      ({ ledger }) => {
        for (const line of ledger) if (line.kind === 'read') line.chunks.push(line.chunks[0] ?? [0, '']);
      },
      /^chunk: a reader of scribe\/story from 2/,
    ],
    [
      'a run that is over still waits',
      ({ audit }) => audit.waits.push({ run: 'ping', kind: 'receive', name: 'ball' }),
      /^wait: run ping is over/,
    ],
    [
      'the client is surprised',
      ({ ledger }) => ledger.push({ kind: 'surprise', what: 'RunNotFoundError' }),
      /^client: RunNotFoundError/,
    ],
  ])('notices that %s', (_, spoil, expected) => {
    expect(said(spoil)).toContainEqual(expect.stringMatching(expected));
  });
});
