// Defences of searches: that pages are exact whatever indexes and windows they are put together from, and that nobody reads without bounds.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source texts, in which these are placeholders
const SQL = 'lib/store/runs/run-search.sql.ts';
const THROUGHPUT = 'lib/store/runs/run-throughput.sql.ts';
const STORE = 'lib/store/runs/run-search.store.ts';
const SEARCH = 'lib/client/run-search.ts';
const PACE = 'lib/client/search-pace.ts';
const FRAGMENT = 'lib/store/runs/input-fragment.ts';
const PAGES = 'lib/store/history/bounded-page.sql.ts';
const inSearch = (test) => ({ spec: 'test/runs/search.spec.ts', test: `a list of runs › ${test}` });
const EXACT = inSearch('gives exactly the runs that match, newest first, for any filter and any pages (seed %s)');
const OF_ONE_MOMENT = inSearch('of runs of one and the same moment is in order of their ids, window after window');
const IN_TIME = inSearch('that is out of time says how far it came, and has looked at everything newer');

export const SEARCH_MUTANTS = [
  {
    name: 'search-in-memory',
    defence: 'Runs in the memory of an executor, which are in another index, are left out of lists.',
    edits: [{ file: SQL, take: '...(owned.length > 0 ? [inMemory()] : []),', leave: '' }],
    ...EXACT,
  },
  {
    name: 'search-bound',
    defence: 'Of what is not over only what is newer than all that is over is merged.',
    edits: [{ file: SQL, take: 'then min(created_at) else', leave: 'then max(created_at) else' }],
    ...EXACT,
  },
  {
    name: 'search-names-in-memory',
    defence: 'Workflows all of whose runs are in memory are not looked for.',
    edits: [
      {
        file: SQL,
        take: 'union select r.name from ${s}.workflow_status r where ${OWNED}',
        leave: 'union select r.name from ${s}.workflow_status r where false and ${OWNED}',
      },
    ],
    ...{
      spec: 'test/runs/filters.spec.ts',
      test: 'the filter nameContains › finds part of a name in any case, and means every character as it is',
    },
  },
  {
    name: 'search-full-window',
    defence: 'After a window that was full the next one begins where it was to end, not where it did.',
    edits: [
      {
        file: PACE,
        take: 'isFull && last !== undefined ? last',
        leave: 'isFull && last !== undefined && floor === undefined ? last',
      },
    ],
    ...EXACT,
  },
  {
    name: 'search-mark-id',
    defence: 'A page begins at a moment, not at a run: others of the same moment are lost.',
    edits: [
      {
        file: SQL,
        take: "(r.created_at, r.workflow_id) < (${bind(before.exact, 'timestamptz')}, ${bind(before.runId, 'uuid')})",
        leave: "(r.created_at < ${bind(before.exact, 'timestamptz')} and ${bind(before.runId, 'uuid')} is not null)",
      },
    ],
    ...OF_ONE_MOMENT,
  },
  {
    name: 'search-probe-cap',
    defence: 'A probe that finds more than it may read is taken for complete.',
    edits: [{ file: STORE, take: 'return found.scanned > size.most ? undefined : found;', leave: 'return found;' }],
    ...inSearch('that an index of candidates gives too many of is put together from windows (budget %s ms)'),
  },
  {
    name: 'search-budget',
    defence: 'A search goes on until it has looked at all runs.',
    edits: [{ file: SEARCH, take: 'if (spentMs + (now - windowAt) >= this.budgetMs) return mark;', leave: '' }],
    ...IN_TIME,
  },
  {
    name: 'search-input-fragment',
    defence: 'Arguments are passed over that have the wanted value among others.',
    edits: [{ file: FRAGMENT, take: 'return longest(JSON.parse(stored));', leave: 'return stored;' }],
    spec: 'test/runs/filters.spec.ts',
    test: 'the filter input › finds runs one of whose arguments contains the value, as it was given',
  },
  {
    name: 'largest-payload',
    defence: 'Pages carry payloads of any size.',
    edits: [
      {
        file: PAGES,
        take: 'case when octet_length(${column}) > ${largest}::int then null',
        leave: 'case when ${largest}::int < 0 then null',
      },
    ],
    spec: 'test/runs/record-pages.spec.ts',
    test: 'pages of steps › give all of them once, in order, with large outputs left out and readable by themselves',
  },
  {
    name: 'throughput-bound',
    defence: 'A count of what ended lately reads all of it, however many they are.',
    edits: [{ file: THROUGHPUT, take: 'limit (select m.most + 1 from most m)', leave: '' }],
    spec: 'test/runs/throughput.spec.ts',
    test: 'throughput › says from when on it is complete, when more ended than it looks at',
  },
];
