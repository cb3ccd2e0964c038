/** What keeps the audit log true, and its pages exact and bounded: run.sql.ts, lib/store/audit. For mutants.mjs. */
const RUN_SQL = 'lib/store/runs/run.sql.ts';
const AUDIT_SQL = 'lib/store/audit/audit.sql.ts';
const AUDIT_STORE = 'lib/store/audit/audit.store.ts';
const RUNS = 'migrations/0001-runs.ts';

const inReader = (test) => ({ spec: 'test/audit/reader.spec.ts', test: `the audit log › ${test}` });
const inStart = (test) => ({ spec: 'test/audit/start.spec.ts', test: `a start with an actor › ${test}` });

export const AUDIT_MUTANTS = [
  {
    name: 'start-audit-of-started',
    defence: 'A start that was turned away is audited as if it had started something.',
    edits: [{ file: RUN_SQL, take: 'where t.holder is null and t.maintenance is null', leave: 'where true' }],
    ...inStart('of a run that is there already, or that was turned away, writes nothing'),
  },
  {
    name: 'priority-before-locked',
    defence: 'The priority before a change is read without the lock of the run.',
    edits: [{ file: RUN_SQL, take: 'and not r.permit for no key update', leave: 'and not r.permit' }],
    spec: 'test/audit/actions.spec.ts',
    test: 'setPriority › by several at once leaves a line of each, which tells the priority before as the other left it',
  },
  {
    name: 'audit-cursor-ties',
    defence: 'A page of the audit log begins behind the moment at which the one before ended, not behind its last line.',
    edits: [
      { file: AUDIT_SQL, take: '(a.at, a.audit_id) < ($3, $4::bigint)', leave: 'a.at < $3::timestamptz and $4::bigint > 0' },
    ],
    ...inReader('gives every line that a filter matches once, newest first, page by page, while others are written'),
  },
  {
    name: 'audit-walked-to',
    defence: 'What a bounded look did not reach counts as not there.',
    edits: [
      {
        file: AUDIT_STORE,
        take: 'if (rest.length === 0 || entries.length === limit) return { entries };',
        leave: 'return { entries };',
      },
    ],
    ...inReader('is looked through piece by piece when a filter by request is narrowed further, and nothing is left out'),
  },
  {
    name: 'audit-lead',
    defence: 'The planner may walk over all lines to find those of one actor.',
    edits: [{ file: RUNS, take: '(at, audit_id) where audit_id > 0`', leave: '(at, audit_id)`' }],
    ...inReader('is read by an index, whatever is asked for'),
  },
];
