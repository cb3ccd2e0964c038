/** Defences of templates: versions, what a start accepts, and the provenance of runs. For mutants.mjs. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source texts, in which these are placeholders
const BOOK = 'lib/operations/templates/template-book.ts';
const ENUMS = 'lib/operations/templates/enum-book.ts';
const REFERENCES = 'lib/operations/templates/enum-references.ts';
const JSON_COPY = 'lib/operations/templates/plain-json.ts';
const INPUT = 'lib/operations/templates/template-input.ts';
const COMPILER = 'lib/operations/templates/schema-compiler.ts';
const GUARD = 'lib/operations/templates/time-guard.ts';
const TRANSFER = 'lib/operations/templates/template-transfer.ts';
const TEMPLATE_SQL = 'lib/store/templates/template.sql.ts';
const RUN_SQL = 'lib/store/runs/run.sql.ts';
const RUN_STORE = 'lib/store/runs/run.store.ts';
const inVersions = (test) => ({ spec: 'test/templates/versions.spec.ts', test });
const inResolve = (test) => ({ spec: 'test/templates/resolve.spec.ts', test });
const inEnums = (test) => ({ spec: 'test/templates/enums.spec.ts', test });
const inStart = (test) => ({ spec: 'test/templates/start.spec.ts', test });

export const TEMPLATE_MUTANTS = [
  // Versions.
  {
    name: 'template-version-lock',
    defence: 'The next version is looked up without a lock.',
    edits: [
      {
        file: TEMPLATE_SQL,
        take: `  insert into \${s}.param_versions as v (workflow, name, last_version) values ($1, $2, 1)
  on conflict (workflow, name) do update set last_version = v.last_version + 1
  returning last_version`,
        leave: `  select coalesce(max(v.version), 0) + 1 last_version from \${s}.param_templates v where v.workflow = $1 and v.name = $2`,
      },
    ],
    ...inVersions('a template that is saved › twenty times at once gets the versions 1 to 20, none twice and none left out'),
  },
  {
    name: 'template-version-kept',
    defence: 'The number of a version that was deleted is given again.',
    edits: [
      {
        file: TEMPLATE_SQL,
        take: 'do update set last_version = v.last_version + 1',
        leave:
          'do update set last_version = (select coalesce(max(t.version), 0) + 1 from ${s}.param_templates t where t.workflow = $1 and t.name = $2)',
      },
    ],
    ...inVersions('templates › are deleted for good, one version or all, and their numbers are never given again'),
  },
  {
    name: 'template-latest-active',
    defence: 'Who names no version gets the highest one, whatever its status.',
    edits: [{ file: TEMPLATE_SQL, take: "$3::int is null and t.status = 'active')", leave: '$3::int is null)' }],
    ...inVersions('a template that is looked for › is the highest active version; a version that is named may be obsolete'),
  },
  {
    name: 'template-status-word',
    defence: 'A word for the status that is not known means obsolete.',
    edits: [
      {
        file: INPUT,
        take: 'throw new TemplateStatusUnknownError(describeValue(status));',
        leave: "return 'obsolete';",
      },
    ],
    ...inVersions('the status of a version › is never taken from a word that is not known'),
  },
  // What a start accepts.
  {
    name: 'template-obsolete',
    defence: 'An obsolete version can be started when it is named.',
    edits: [{ file: BOOK, take: "if (template.status !== 'active') throw", leave: 'if (false) throw' }],
    ...inResolve(
      'the inputs of a template › come from the highest active version, or the version that is named, but never from an obsolete one',
    ),
  },
  {
    name: 'template-stray-key',
    defence: 'A key that the template does not list is taken.',
    edits: [
      {
        file: BOOK,
        take: 'for (const key of Object.keys(own)) if (!known.includes(key)) throw',
        leave: 'for (const key of []) throw',
      },
    ],
    ...inResolve('the inputs of a template › have no key that the template does not list, and the error says which was meant'),
  },
  {
    name: 'template-checked',
    defence: 'The values of a start are not checked on the server.',
    edits: [{ file: BOOK, take: 'const faults = check(inputs);', leave: 'const faults = check(inputs).slice(0, 0);' }],
    ...inResolve('the inputs of a template › that are not allowed are refused with all that is wrong, and nothing is converted'),
  },
  {
    name: 'template-defaults',
    defence: 'The defaults of a template are not checked.',
    edits: [{ file: BOOK, take: '(schemaOfDefaults(expanded)))(defaults);', leave: '(schemaOfDefaults(expanded)))({});' }],
    spec: 'test/templates/schemas.spec.ts',
    test: 'defaults › must each be allowed, but need not be complete; those given apart go before those of the schema',
  },
  {
    name: 'template-prototype',
    defence: 'A key "__proto__" in a value becomes a prototype.',
    edits: [{ file: JSON_COPY, take: "if (key === '__proto__') throw", leave: 'if (false) throw' }],
    ...inResolve('the inputs of a template › can not be poisoned by keys that objects have anyway'),
  },
  {
    name: 'template-own-keys',
    defence: 'What an object inherits counts as given.',
    edits: [{ file: COMPILER, take: 'ownProperties: true,', leave: 'ownProperties: false,' }],
    ...inResolve('the inputs of a template › can not be poisoned by keys that objects have anyway'),
  },
  {
    name: 'template-time',
    defence: 'A check takes as long as it takes.',
    edits: [{ file: GUARD, take: '{ timeout: timeoutMs }', leave: '{}' }],
    spec: 'test/templates/slow-schemas.spec.ts',
    test: 'a check that takes too long › ends when its time is up, long before it would be done',
  },
  {
    name: 'enum-obsolete',
    defence: 'A reference to an obsolete version of an enum holds.',
    edits: [{ file: ENUMS, take: "if (row.status !== 'active' && !allowObsolete) throw", leave: 'if (false) throw' }],
    ...inEnums('a reference to an enum › to what has become obsolete or was deleted lets nothing start'),
  },
  {
    name: 'enum-disabled',
    defence: 'A disabled value of an enum is accepted.',
    edits: [{ file: REFERENCES, take: 'values.filter(({ disabled }) => disabled !== true)', leave: 'values' }],
    ...inEnums(
      'a reference to an enum › accepts the values that are not disabled, in lists and definitions too, and nothing where no schema is',
    ),
  },
  {
    name: 'template-import-checked',
    defence: 'The enums of a document are saved before it is known that its template can be.',
    edits: [
      {
        file: TRANSFER,
        take: 'await this.book.check(template, new Map(enums.map(({ name, values }) => [name, values])));',
        leave: '',
      },
    ],
    spec: 'test/templates/transfer.spec.ts',
    test: 'a document › that can not be used is refused, and leaves nothing, no enum either',
  },
  // Provenance.
  {
    name: 'provenance-with-run',
    defence: 'A run starts without its provenance when that can’t be written.',
    edits: [
      {
        file: RUN_STORE,
        take: 'sql.insertAuditedRuns(this.#schema), auditedColumns(runs))',
        leave:
          'sql.insertAuditedRuns(this.#schema), auditedColumns(runs)).catch(() => this.database.query<InsertedRow & Row>(sql.insertRunsWithIds(this.#schema), columnsWithIds(runs)))',
      },
    ],
    ...inStart(
      'the provenance of a run › is written with the run or not at all: a run whose provenance is refused does not start',
    ),
  },
  {
    name: 'provenance-within',
    defence: 'A start with a template in the caller’s transaction is written outside of it.',
    edits: [
      {
        file: RUN_STORE,
        take: 'await transaction.query<InsertedRow & Row>(sql.insertAuditedRunsWithin',
        leave: 'await this.database.query<InsertedRow & Row>(sql.insertAuditedRunsWithin',
      },
    ],
    ...inStart('the provenance of a run › is there if and only if the transaction of the caller commits'),
  },
  {
    name: 'provenance-of-started',
    defence: 'A start that was turned away leaves a provenance.',
    edits: [{ file: RUN_SQL, take: 'where t.holder is null and t.maintenance is null', leave: 'where true' }],
    ...inStart(
      'the provenance of a run › is that of the run which has the deduplication id, not of the start that was turned away',
    ),
  },
];
