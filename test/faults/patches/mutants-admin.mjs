// Defences of the admin room: who gets in, what a write must look like, what is shown to whom, and what ends when the process does.
const GUARD = 'lib/admin/access/admin-guard.ts';
const ACCESS = 'lib/admin/access/admin-access.ts';
const WRITES = 'lib/admin/access/write-rules.ts';
const VIEW = 'lib/admin/replies/json-view.ts';
const REPLY = 'lib/admin/replies/admin-reply.ts';
const OPTIONS = 'lib/admin/admin-options.ts';
const STREAM = 'lib/admin/replies/event-stream.ts';
const STREAMS = 'lib/admin/replies/event-streams.ts';
const DATABASE = 'lib/store/pg-database.ts';
const GATE = 'lib/store/search-gate.ts';
const SEARCH = 'lib/client/run-search.ts';
const onEvery = (test) => ({ spec: 'test/admin/every-route.spec.ts', test });
const inAccess = (test) => ({ spec: 'test/admin/access.spec.ts', test });

export const ADMIN_MUTANTS = [
  {
    name: 'admin-right',
    defence: 'Who may only read may write.',
    edits: [
      {
        file: GUARD,
        take: "if (route.action !== 'read' && !access.actions.has(route.action)) throw",
        leave: 'if (route === undefined) throw',
      },
    ],
    ...onEvery('every admin route on %s › does nothing for whom may only read: %s'),
  },
  {
    name: 'admin-forbidden',
    defence: 'Who is forbidden everything reads all.',
    edits: [
      {
        file: GUARD,
        take: 'if (decided === undefined) throw new ForbiddenException();',
        leave: 'if (decided === undefined) return FULL_ACCESS;',
      },
    ],
    ...onEvery('every admin route on %s › answers 403 to whom access forbids everything: %s'),
  },
  {
    name: 'admin-nonsense-access',
    defence: 'A right that does not exist is taken for no right instead of for a mistake.',
    edits: [{ file: ACCESS, take: 'if (unknown !== -1) throw', leave: 'if (unknown < -1) throw' }],
    ...onEvery('every admin route on %s › answers 403 or worse, and nothing else, when access gives nonsense: %s'),
  },
  {
    name: 'admin-csrf-header',
    defence: 'A form of another site can write.',
    edits: [{ file: WRITES, take: 'if (header(request, CSRF_HEADER) === undefined)', leave: 'if (CSRF_HEADER === undefined)' }],
    ...onEvery('every admin route on %s › is written to only with our header, as JSON, from this site: %s'),
  },
  {
    name: 'admin-origin',
    defence: 'A page of another site can write.',
    edits: [{ file: WRITES, take: '\n  refuseForeignSite(request);', leave: '' }],
    ...onEvery('every admin route on %s › is written to only with our header, as JSON, from this site: %s'),
  },
  {
    name: 'admin-unguarded-boot',
    defence: 'A mount without guards and access boots.',
    edits: [{ file: OPTIONS, take: 'if (!insecure && !isGuarded) throw', leave: 'if (mount === undefined) throw' }],
    ...inAccess('WorkflowsAdminModule.forRoot › refuses to mount without guards, and says what to do'),
  },
  {
    name: 'admin-hidden-payload',
    defence: 'Payloads are shown to who may not see them.',
    edits: [{ file: VIEW, take: 'return hides ? {', leave: 'return false ? {' }],
    spec: 'test/admin/hidden-payloads.spec.ts',
    test: 'a secret in a run, on %s › is not told to who may not see payloads: %s',
  },
  {
    name: 'admin-payloads-by-default',
    defence: 'An answer for which nobody decided shows payloads.',
    edits: [
      { file: REPLY, take: 'JSON.stringify(showsPayloads ? jsonView(body)', leave: 'JSON.stringify(true ? jsonView(body)' },
    ],
    spec: 'test/admin/hidden-payloads.spec.ts',
    test: 'a secret in a run, on %s › is not told to who may not see payloads: %s',
  },
  {
    name: 'stream-left-early',
    defence: 'A stream whose client left before it was opened stays open for ever.',
    edits: [{ file: STREAMS, take: '\n    this.#watch(raw, stream);', leave: '' }],
    spec: 'test/admin/event-streams.spec.ts',
    test: 'an event stream on %s › is closed when its client left before it was opened',
  },
  {
    name: 'stream-limit',
    defence: 'One client opens event streams without end.',
    edits: [{ file: STREAMS, take: 'if (this.#open.size >= this.limits.most) throw', leave: 'if (this.#open.size < 0) throw' }],
    spec: 'test/admin/event-streams.spec.ts',
    test: 'the event streams of a mount › are limited, and one that ends makes room',
  },
  {
    name: 'stream-lifetime',
    defence: 'A stream goes on for ever after the right to it was withdrawn.',
    edits: [{ file: STREAM, take: 'setTimeout(() => this.end(), longestMs)', leave: 'setTimeout(() => undefined, longestMs)' }],
    spec: 'test/admin/event-streams.spec.ts',
    test: 'the event streams of a mount › end after their time, so that whoever comes back is asked anew',
  },
  {
    name: 'search-connection',
    defence: 'A connection that breaks in the midst of a search ends the process.',
    edits: [{ file: DATABASE, take: "client.on('error', ", leave: "client.on('notice', " }],
    spec: 'test/store/searches.spec.ts',
    test: 'a search › whose connection breaks is rejected, and nothing else happens; the next one is answered',
  },
  {
    name: 'search-gate',
    defence: 'Searches take all connections, and no run can be started.',
    edits: [{ file: GATE, take: 'if (this.#free > 0) this.#free--;', leave: 'if (this.#free > -1_000) this.#free--;' }],
    spec: 'test/store/searches.spec.ts',
    test: 'a search › leaves half of the connections to others, however many wait',
  },
  {
    name: 'search-smaller',
    defence: 'A search that takes the database too long fails, instead of looking at less at once.',
    edits: [{ file: SEARCH, take: 'if (isStatementTimeout(error)) return undefined;', leave: '' }],
    spec: 'test/runs/heavy-search.spec.ts',
    test: 'a search that is too much for the database › goes on in smaller windows, and finds the same',
  },
];
