// The state machine as data, against itself and against the SQL that writes statuses.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RUN_STATUSES, type RunStatus } from '../../../lib/model/run.js';
import {
  canTransition,
  isTerminal,
  OWNED_STATUSES,
  RUN_TRANSITIONS,
  TERMINAL_STATUSES,
} from '../../../lib/model/run-transitions.js';

const source = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');
/** The statuses in every `in ('A', 'B')` list that the pattern finds. */
const lists = (text: string, pattern: RegExp): RunStatus[][] =>
  [...text.matchAll(pattern)].map((match) =>
    [...(match[1] ?? '').matchAll(/'([A-Z]+)'/g)].map((status) => status[1] as RunStatus),
  );

describe('the state machine of a run', () => {
  it('knows every status, and leads only to known ones', () => {
    expect(Object.keys(RUN_TRANSITIONS).sort()).toEqual([...RUN_STATUSES].sort());
    for (const targets of Object.values(RUN_TRANSITIONS)) for (const target of targets) expect(RUN_STATUSES).toContain(target);
  });

  it('leaves a terminal status only for the queue, and SUCCESS never', () => {
    for (const status of TERMINAL_STATUSES) expect(RUN_TRANSITIONS[status]).toEqual(status === 'SUCCESS' ? [] : ['ENQUEUED']);
    expect(RUN_STATUSES.filter(isTerminal)).toEqual([...TERMINAL_STATUSES]);
  });

  it('lets every run that is not over be cancelled', () => {
    for (const status of RUN_STATUSES) if (!isTerminal(status)) expect(canTransition(status, 'CANCELLED')).toBe(true);
  });

  it('lets whoever owns a run hand it back, and only those can run out of rescues', () => {
    for (const status of OWNED_STATUSES) expect(canTransition(status, 'ENQUEUED')).toBe(true);
    expect(RUN_STATUSES.filter((status) => canTransition(status, 'DEAD'))).toEqual([...OWNED_STATUSES]);
  });

  it('is what the flush writes: from an owned status, and completed_at for the terminal ones alone', () => {
    const flush = source('migrations/0002-flush.ts');
    const completed = lists(flush, /completed_at = case when u\.status in \(([^)]*)\)/g);
    expect(completed).toHaveLength(1);
    expect(completed[0]).toEqual([...TERMINAL_STATUSES]);
    const unowned = lists(flush, /claimed_by\s+= case when u\.status in \(([^)]*)\)/g);
    expect(unowned).toEqual([['WAITING', 'ENQUEUED', 'HELD']]);
    for (const owned of ['PENDING', 'RUNNING'] as const)
      for (const target of ['SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'STOPPING', 'WAITING', 'ENQUEUED', 'HELD'] as const)
        expect(canTransition(owned, target)).toBe(true);
  });

  it('is what rescues and claims start from', () => {
    const ownership = source('migrations/0003-ownership.ts');
    for (const list of lists(ownership, /[rw]\.status in \(([^)]*)\)/g)) expect(list).toEqual([...OWNED_STATUSES]);
    const claim = source('migrations/0004-claim.ts');
    for (const [from] of [...claim.matchAll(/status = '(ENQUEUED)'/g)].map((match) => [match[1] as RunStatus]))
      expect(canTransition(from as RunStatus, 'PENDING')).toBe(true);
    for (const list of lists(claim, /status in \(([^)]*)\)/g))
      for (const from of list) expect(canTransition(from, 'PENDING')).toBe(true);
  });

  it('is what the table accepts', () => {
    const [checked] = lists(source('migrations/0001-runs.ts'), /check \(status in \(([^)]*)\)/g);
    expect(checked).toEqual([...RUN_STATUSES]);
  });
});
