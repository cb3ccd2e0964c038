// Defences of bulk jobs: which runs they touch, how often, and whose job it is.
const JOBS = 'migrations/0012-bulk-jobs.ts';
const WORKER = 'lib/operations/bulk/bulk-page-worker.ts';
const RUNNER = 'lib/operations/bulk/bulk-runner.ts';
const CLIENT = 'lib/client/bulk-jobs.ts';
const OPTIONS = 'lib/client/bulk-options.ts';
const SWEEPS = 'lib/dispatch/background-sweeps.ts';
const inJobs = (test) => ({ spec: 'test/bulk/jobs.spec.ts', test: `a bulk job › ${test}` });
const inTakeover = (test) => ({ spec: 'test/bulk/takeover.spec.ts', test });
const TAKEN_OVER =
  'a bulk job whose process dies in the middle of a page › and that %s goes on in another one, and touches each run once';

export const BULK_MUTANTS = [
  {
    name: 'bulk-command-key',
    defence: 'The command of a job has another key each time that it is sent.',
    edits: [{ file: WORKER, take: 'send(runId, resolved, uuidv5(runId, jobId))', leave: 'send(runId, resolved)' }],
    ...inTakeover(TAKEN_OVER),
  },
  {
    name: 'bulk-page-again',
    defence: 'Whoever takes a page over does not ask what was done of it.',
    edits: [{ file: RUNNER, take: 'let isRepeated = page !== null;', leave: 'let isRepeated = false;' }],
    ...inTakeover(TAKEN_OVER),
  },
  {
    name: 'bulk-owner',
    defence: 'Progress is taken from a process whose job another one has taken over.',
    edits: [
      {
        file: JOBS,
        take: "select * into j from bulk_jobs b where b.job_id = job and b.owner = me and b.status = 'RUNNING' for update;",
        leave: "select * into j from bulk_jobs b where b.job_id = job and b.status = 'RUNNING' for update;",
      },
    ],
    ...inTakeover('the row of a bulk job › takes progress, and an end, from its owner only'),
  },
  {
    name: 'bulk-turn-once',
    defence: 'What became of a page is counted again when its answer was lost.',
    edits: [
      {
        file: JOBS,
        take: '  if j.turn > of_turn then return j.cancelled_by is not null and j.page is null; end if;\n',
        leave: '',
      },
    ],
    ...inTakeover('the row of a bulk job › counts a page once, however often the same answer comes'),
  },
  {
    name: 'bulk-created-before',
    defence: 'A job takes up runs that were created after it.',
    edits: [{ file: CLIENT, take: 'page ?? cursorOf({ exact: createdBefore, runId: LOWEST })', leave: 'page ?? undefined' }],
    ...inJobs('does not touch runs that were created after it, by the clock of the database'),
  },
  {
    name: 'bulk-orphans',
    defence: 'Nobody looks for jobs whose process is gone.',
    edits: [{ file: SWEEPS, take: 'if (!this.#stopped && this.#rounds % BULK_EVERY === 0) this.parts.bulk.look();', leave: '' }],
    ...inTakeover('a bulk job whose process shuts down › is given back, and goes on in another one, with no run touched twice'),
  },
  {
    name: 'bulk-given-back',
    defence: 'A process that shuts down keeps its job until its lease is over.',
    edits: [{ file: RUNNER, take: 'await this.parts.store.release(jobId, owner).catch(() => undefined);', leave: '' }],
    ...inTakeover('a bulk job whose process shuts down › is given back, and goes on in another one, with no run touched twice'),
  },
  {
    name: 'bulk-all',
    defence: 'An empty filter is every run, without a word.',
    edits: [{ file: OPTIONS, take: 'if (isEmpty && !all) throw new BulkFilterRequiredError();', leave: '' }],
    spec: 'test/bulk/failures.spec.ts',
    test: 'what is no bulk job › is refused before any SQL, by type',
  },
];
