/** Defences of single admin routes: whose right a bulk job needs, what is checked before people start, what is hidden. For mutants.mjs. */
const BULK = 'lib/admin/controllers/bulk-jobs.controller.ts';
const BULK_BODY = 'lib/admin/requests/bulk-body.ts';
const BULK_VIEWS = 'lib/admin/replies/bulk-views.ts';
const LETTERS = 'lib/admin/controllers/dead-letters.controller.ts';
const AUDIT_VIEW = 'lib/admin/replies/audit-view.ts';
const DEAD_LETTERS = 'lib/client/dead-letters.ts';
const BULK_JOBS = 'lib/client/bulk-jobs.ts';
const WORKFLOWS = 'lib/admin/controllers/workflows.controller.ts';
const INPUTS = 'lib/operations/templates/input-schemas.ts';
const inBulk = (test) => ({ spec: 'test/admin/bulk.spec.ts', test: `bulk jobs on %s › ${test}` });
const inSchemas = (test) => ({ spec: 'test/templates/input-schema.spec.ts', test });

export const ADMIN_ROUTE_MUTANTS = [
  {
    name: 'bulk-right',
    defence: 'Who may read may do anything to all runs, by a bulk job.',
    edits: [
      {
        file: BULK,
        take: 'const { action, filter } = call.body;\n  for (const right of rightsOf(action)) call.require(right);',
        leave: 'const { filter } = call.body;',
      },
    ],
    ...inBulk('need the right of their action, to be tried, created and ended early'),
  },
  {
    name: 'bulk-cancel-right',
    defence: 'Who may read may end a bulk job.',
    edits: [
      {
        file: BULK,
        take: "const { jobId, action } = await this.jobs.get(call.param('jobId'));\n    for (const right of rightsOf(action)) call.require(right);",
        leave: "const { jobId } = await this.jobs.get(call.param('jobId'));",
      },
    ],
    ...inBulk('need the right of their action, to be tried, created and ended early'),
  },
  {
    name: 'bulk-filter-payloads',
    defence: 'Who may not see payloads learns them from how many runs match.',
    edits: [{ file: BULK, take: 'if (looksIntoPayloads(filter)) call', leave: 'if (looksIntoPayloads({})) call' }],
    ...inBulk('that go by payloads, or carry them, keep them from who may not see any'),
  },
  {
    name: 'bulk-shown-filter',
    defence: 'A bulk job tells what its filter looked for in payloads.',
    edits: [{ file: BULK_VIEWS, take: 'attributes: payload(attributes)', leave: 'attributes' }],
    ...inBulk('that go by payloads, or carry them, keep them from who may not see any'),
  },
  {
    name: 'bulk-shown-data',
    defence: 'A bulk job tells the data of its command.',
    edits: [{ file: BULK_VIEWS, take: 'data: payload(action.data)', leave: 'data: action.data' }],
    ...inBulk('that go by payloads, or carry them, keep them from who may not see any'),
  },
  {
    name: 'bulk-null-filter',
    defence: 'A filter that is null means every run.',
    edits: [
      {
        file: BULK_BODY,
        take: 'filterOf(object().fromJson(given, label))',
        leave: 'filterOf((given ?? {}) as Record<string, unknown>)',
      },
    ],
    ...inBulk('do not take a filter that is null for every run'),
  },
  {
    name: 'dead-letter-reason',
    defence: 'What the database says of a refused run, which may quote it, is shown to everybody.',
    edits: [{ file: LETTERS, take: 'reason: payload(letter.reason)', leave: 'reason: (payload, letter.reason)' }],
    spec: 'test/admin/dead-letters.spec.ts',
    test: 'dead letters on %s › are listed newest first, in pages, without arguments',
  },
  {
    name: 'rest-input-checked',
    defence: 'A start over REST is not held to the input schema.',
    edits: [{ file: WORKFLOWS, take: 'await this.workflows.checkInput(name, args[0]);', leave: '' }],
    spec: 'test/admin/workflows.spec.ts',
    test: 'workflows on %s › are not started with an input that the schema does not allow; the answer tells all faults',
  },
  {
    name: 'input-copied',
    defence: 'What was checked can be changed before it is started.',
    edits: [{ file: INPUTS, take: '  return copy;', leave: '  return inputs;' }],
    ...inSchemas('the input schema of a workflow › starts what was checked, whatever becomes of it meanwhile'),
  },
  {
    name: 'input-schema-frozen',
    defence: 'Who is shown a schema changes it for all.',
    edits: [{ file: INPUTS, take: 'return frozen(schema) as JsonObject;', leave: 'return schema;' }],
    ...inSchemas('the input schema of a workflow › is shown with the workflow, as a copy that nobody can change'),
  },
  {
    name: 'dead-letter-audit',
    defence: 'The audit log tells what the database said of a dead letter to who may not see payloads.',
    edits: [{ file: AUDIT_VIEW, take: 'isOfLetter(entry) ? withoutReason(before) : before', leave: 'before' }],
    spec: 'test/admin/hidden-payloads.spec.ts',
    test: 'a secret in a run, on %s › is not told to who may not see payloads: %s',
  },
  {
    name: 'dead-letter-refusal',
    defence: 'Who replays a dead letter is told what the database said of it.',
    edits: [
      {
        file: DEAD_LETTERS,
        take: "sqlStateOf(cause) ?? 'an error without a code'",
        leave: '(sqlStateOf(cause), (cause as Error).message)',
      },
    ],
    spec: 'test/admin/hidden-payloads.spec.ts',
    test: 'a secret in a run, on %s › is not told by the refusal of a run that is started after all, and what the database said is in the cause',
  },
  {
    name: 'bulk-damaged-rights',
    defence: 'A bulk job whose action can not be read any more is ended early by anybody.',
    edits: [{ file: BULK_BODY, take: '(said.length === 0 ? RIGHTS : said)', leave: 'said' }],
    spec: 'test/admin/bulk.spec.ts',
    test: 'bulk jobs on %s › are listed, though one of them is damaged; to end that early takes every right',
  },
  {
    name: 'bulk-damaged',
    defence: 'A bulk job that is damaged hides all others.',
    edits: [
      { file: BULK_JOBS, take: 'return isPlainObject(value) ? (value as T)', leave: 'return isPlainObject({}) ? (value as T)' },
    ],
    spec: 'test/admin/bulk.spec.ts',
    test: 'bulk jobs on %s › are listed, though one of them is damaged; to end that early takes every right',
  },
];
