// The checker of limits finds what is wrong: evidence in which nothing is, spoiled in one way each time.
import type { Audit, OwnershipRow } from './audit.js';
import type { GateQueue } from './gated.js';
import type { LedgerLine } from './ledger.js';
import { checkPermits, type GateEvidence, mostWithin } from './permit-checker.js';

const QUEUES: readonly GateQueue[] = [
  { name: 'one', concurrency: 1 },
  { name: 'lax', concurrency: 1, releaseWhileWaiting: true },
  { name: 'keyed' },
  { name: 'narrow', workerConcurrency: 1 },
  { name: 'rated', rateLimit: { limit: 2, period: 1_000 } },
];
const PID = 1;

/** Facts about a run, by the ms at which they happened. */
class Evidence implements GateEvidence {
  readonly queues = QUEUES;
  readonly ledger: LedgerLine[] = [];
  readonly deaths: Array<{ pid: number; at: number }> = [];
  readonly pauses: Array<{ queue: string; from: number; to: number }> = [];
  readonly audit: Audit = {
    ownership: [],
    checkpoints: [],
    permits: [],
    rewritten: [],
    runs: [],
    messages: [],
    events: [],
    chunks: [],
    waits: [],
    executors: [{ executor: 'e', pid: PID, retiredAt: null }],
  };

  permit(run: string, queue: string, from: number, to?: number, partition: string | null = null): this {
    this.audit.permits.push({ at: from, run, queue, partition, permit: true });
    this.status(run, from, 'PENDING');
    if (to !== undefined) this.audit.permits.push({ at: to, run, queue, partition, permit: false });
    this.audit.permits.sort((a, b) => a.at - b.at);
    return this;
  }

  status(run: string, at: number, status: OwnershipRow['status']): this {
    this.audit.ownership.push({ at, run, workflow: 'w', status, owner: 'e', token: run });
    return this;
  }

  body(run: string, from: number, to?: number, pid = PID): this {
    const line = { run, step: 'a', token: run, nonce: `${run}/${from}`, pid };
    this.ledger.push({ kind: 'begin', ...line, at: from });
    if (to !== undefined) this.ledger.push({ kind: 'end', ...line, at: to });
    return this;
  }

  /** A run from its claim to its end, with one body. */
  run(run: string, queue: string, from: number, to: number, partition: string | null = null): this {
    return this.permit(run, queue, from, to, partition)
      .body(run, from + 2, to - 2)
      .status(run, to, 'SUCCESS');
  }

  get found(): string[] {
    return [...new Set(checkPermits(this).violations.map(({ invariant }) => invariant))].sort();
  }
}

/** Everything at its limit, and nothing over it. */
const inOrder = () =>
  new Evidence()
    .run('a', 'one', 100, 200)
    .run('b', 'one', 200, 300)
    .run('k1', 'keyed', 100, 200, 'x')
    .run('k2', 'keyed', 100, 200, 'y')
    .run('k3', 'keyed', 200, 300, 'x')
    .run('n1', 'narrow', 100, 200)
    .run('n2', 'narrow', 200, 300)
    .run('r1', 'rated', 100, 200)
    .run('r2', 'rated', 150, 200)
    .run('r3', 'rated', 1_100, 1_200);

describe('evidence in which nothing is wrong', () => {
  it('is accepted, and shows that the limits were reached', () => {
    const { violations, mostBodies, mostPermits, mostBegun } = checkPermits(inOrder());
    expect(violations).toEqual([]);
    expect([mostBodies.get('one'), mostPermits.get('one'), mostPermits.get('keyed/x'), mostPermits.get('keyed')]).toEqual([
      1, 1, 1, 2,
    ]);
    expect([mostBodies.get(`narrow@${PID}`), mostBegun.get('rated')]).toEqual([1, 2]);
  });

  it('is accepted where a run gave its permit back while it waited', () => {
    const evidence = new Evidence().permit('a', 'lax', 100, 150).body('a', 102, 140).status('a', 150, 'WAITING');
    evidence.run('b', 'lax', 160, 190).permit('a', 'lax', 200, 300).body('a', 202, 280).status('a', 300, 'SUCCESS');
    expect(evidence.found).toEqual([]);
  });

  it('is accepted where a process was killed in a body, and another took the run over', () => {
    const evidence = new Evidence().permit('a', 'one', 100, 900).body('a', 102, undefined, 2).status('a', 900, 'SUCCESS');
    evidence.deaths.push({ pid: 2, at: 150 });
    evidence.body('a', 600, 700).run('b', 'one', 900, 950);
    expect(evidence.found).toEqual([]);
    expect(checkPermits(evidence).mostBodies.get('one')).toBe(1);
  });
});

describe('spoiled evidence is found out', () => {
  const spoiled: Array<[what: string, spoil: (evidence: Evidence) => unknown, invariants: string[]]> = [
    ['a second permit of a queue', (e) => e.permit('c', 'one', 190, 195), ['I8 permit']],
    ['two runs of a queue at once', (e) => e.run('c', 'one', 190, 210), ['I8 body', 'I8 permit']],
    ['two runs of a partition at once', (e) => e.run('c', 'keyed', 150, 190, 'y'), ['I8 body', 'I8 permit']],
    ['a body that runs on when the permit is given back', (e) => e.body('a', 150, 230), ['I8 body', 'held']],
    ['a body before the permit', (e) => e.body('b', 190, 195), ['I8 body', 'held']],
    ['a body of a killed process that nobody saw end', (e) => e.body('a', 160), ['I8 body', 'held']],
    ['a permit that is never given back', (e) => e.permit('c', 'one', 50), ['I8 permit']],
    ['two runs of a queue in one process', (e) => e.run('c', 'narrow', 150, 190), ['process']],
    ['one beginning too many in a period', (e) => e.run('c', 'rated', 1_099, 1_150), ['I9']],
    ['a beginning in a pause', (e) => e.pauses.push({ queue: 'one', from: 199, to: 201 }), ['pause']],
  ];

  it.each(spoiled)('%s', (_, spoil, invariants) => {
    const evidence = inOrder();
    spoil(evidence);
    expect(evidence.found).toEqual(invariants);
  });

  it('a run that keeps its permit while it waits is over the limit of a queue that releases it: by permits, not by bodies', () => {
    const evidence = new Evidence().permit('a', 'lax', 100, 300).body('a', 102, 140).status('a', 150, 'WAITING');
    evidence.run('b', 'lax', 160, 190);
    expect(evidence.found).toEqual(['I8 permit']);
  });
});

describe('the most within a period', () => {
  it('counts windows that are open at their end', () => {
    expect(mostWithin([], 10)).toBe(0);
    expect(mostWithin([0, 9, 10, 19], 10)).toBe(2);
    expect(mostWithin([5, 0, 5, 9, 14], 10)).toBe(4);
  });
});
