// Defences of bulk jobs: which runs they touch, how often, and whose job it is.
const JOBS = 'migrations/0012-bulk-jobs.ts';
const WORKER = 'lib/operations/bulk/bulk-page-worker.ts';
const RUNNER = 'lib/operations/bulk/bulk-runner.ts';
const CLIENT = 'lib/client/bulk-jobs.ts';
const OPTIONS = 'lib/client/bulk-options.ts';
const FILTER = 'lib/client/run-filter.ts';
const SWEEPS = 'lib/dispatch/background-sweeps.ts';
const SQL = 'lib/store/bulk/bulk-job.sql.ts';
const MADE = 'lib/nest/make-bulk.ts';
const inJobs = (test) => ({ spec: 'test/bulk/jobs.spec.ts', test: `a bulk job › ${test}` });
const inCutOff = (test) => ({ spec: 'test/bulk/cut-off.spec.ts', test });
const inFailures = (test) => ({ spec: 'test/bulk/failures.spec.ts', test });
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
    edits: [
      {
        file: OPTIONS,
        take: 'if (!all && Object.entries(filter).every(isNoRestriction)) throw new BulkFilterRequiredError();',
        leave: '',
      },
    ],
    ...inFailures('what is no bulk job › is refused before any SQL, by type'),
  },
  {
    name: 'bulk-all-of-some',
    defence: 'Whoever says every run gets those of a filter that is empty by its looks only.',
    edits: [
      {
        file: OPTIONS,
        take: 'if (all && Object.keys(filter).length > 0)',
        leave: 'if (all && !Object.entries(filter).every(isNoRestriction))',
      },
    ],
    ...inFailures('what is no bulk job › is refused before any SQL, by type'),
  },
  {
    name: 'bulk-any-input',
    defence: 'An input that is empty is taken for none.',
    edits: [{ file: OPTIONS, take: "  if (key === 'input') return false;\n", leave: '' }],
    ...inFailures('a bulk job › takes an input of any kind for a restriction, and no attributes for none'),
  },
  {
    name: 'bulk-no-attributes',
    defence: 'No attributes are found in runs with attributes only.',
    edits: [{ file: FILTER, take: 'Object.keys(checked).length === 0 ? undefined : checked', leave: 'checked' }],
    ...inFailures('a bulk job › takes an input of any kind for a restriction, and no attributes for none'),
  },
  {
    name: 'bulk-children-again',
    defence: 'A parent that its job has cancelled is taken for done, whatever became of its children.',
    edits: [{ file: WORKER, take: "!('command' in action) && !cancelsChildren(action)", leave: "!('command' in action)" }],
    ...inCutOff(
      'a bulk job that cancels children too › and whose process dies between a parent and its children cancels those as well',
    ),
  },
  {
    name: 'bulk-lines-of-run',
    defence: 'What was done to a run is looked for among all lines of the job.',
    edits: [{ file: SQL, take: 'x.workflow_id = u.run offset 0) a', leave: 'x.workflow_id = u.run) a' }],
    spec: 'test/bulk/plans.spec.ts',
    test: 'what was done to the runs of a page › is found by the lines of each run, with statistics of any age',
  },
  {
    name: 'bulk-not-ours',
    defence: 'A process goes on with a job that it may have lost.',
    edits: [{ file: MADE, take: 'if (!isOurs()) throw new ShuttingDownError();', leave: 'isOurs();' }],
    ...inCutOff(
      'a process that is cut off from the database › sends nothing of a job that another one was through with meanwhile: %s',
    ),
  },
  {
    name: 'bulk-claim-again',
    defence: 'A job whose claim was not answered is left to whoever looks for jobs of others.',
    edits: [{ file: RUNNER, take: 'await this.#wait.outlast(() => this.#claim())', leave: 'await this.#claim()' }],
    ...inCutOff(
      'a process that does not look for jobs of others › goes on with its own when the answer that gave it the job is lost',
    ),
  },
  {
    name: 'bulk-owed',
    defence: 'A process that does not look for jobs of others forgets its own that it could not work at.',
    edits: [
      { file: SWEEPS, take: 'if (this.#watches++ % BULK_EVERY === 0) this.parts.bulk.lookIfOwed();', leave: 'this.#watches++;' },
    ],
    ...inCutOff('a process that does not look for jobs of others › looks at its own again that could not be %s'),
  },
  {
    name: 'bulk-deleted-run',
    defence: 'A run that was deleted is taken for one that has begun.',
    edits: [
      {
        file: MADE,
        take: 'if ((await commands.findState(runId)) === undefined) throw new RunNotFoundError(runId);',
        leave: 'void RunNotFoundError;',
      },
    ],
    ...inFailures('a bulk job › says of a run that was deleted meanwhile that it is not found: %s'),
  },
];
