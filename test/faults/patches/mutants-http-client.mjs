/** Defences of the client for browsers: what it never sends, and how it reads streams across lost connections. For mutants.mjs. */
const PATHS = 'lib/http-client/encoded-path.ts';
const STREAMS = 'lib/http-client/run-streams.ts';
const SOURCE = 'lib/http-client/event-source.ts';
const PARSER = 'lib/http-client/event-source-parser.ts';
const inSource = (test) => ({ spec: 'test/http-client/event-source.spec.ts', test: `a stream that is followed › ${test}` });

export const HTTP_CLIENT_MUTANTS = [
  {
    name: 'client-path-dots',
    defence: 'A queue named ".." is taken for a step up in the path: another route is asked.',
    edits: [{ file: PATHS, take: " || text === '.' || text === '..'", leave: '' }],
    spec: 'test/http-client/requests.spec.ts',
    test: 'a request of the client › is not sent for a name that would make it another one',
  },
  {
    name: 'client-chunk-again',
    defence: 'Chunks that the server sends again after a lost connection are given twice.',
    edits: [{ file: STREAMS, take: 'if (chunk.offset < next) continue;', leave: '' }],
    ...inSource('goes on after the last chunk when the connection breaks in the midst of one, without loss or repeat'),
  },
  {
    name: 'client-last-event',
    defence: 'A stream begins anew at every lost connection.',
    edits: [{ file: SOURCE, take: 'last = parser.lastEventId ?? last;', leave: '' }],
    spec: 'test/http-client/event-source.spec.ts',
    test: 'the feed of changes › gives changes with their ids, and says so when something may have been missed',
  },
  {
    name: 'client-backoff',
    defence: 'A server that takes connections and drops them is asked as often as one that works.',
    edits: [{ file: SOURCE, take: 'if (events.length > 0) failures = 0;', leave: 'failures = 0;' }],
    ...inSource('waits longer each time that it fails, and by the rule of the server again once an event came'),
  },
  {
    name: 'client-refused',
    defence: 'What the server refuses for good is asked for again and again.',
    edits: [
      {
        file: SOURCE,
        take: 'if (!isPassing(error) || failures >= maxRetries) throw error;',
        leave: 'if (failures >= 2) throw error;',
      },
    ],
    ...inSource('fails at once when %s'),
  },
  {
    name: 'client-cr-lf',
    defence: 'CR and LF that come in two pieces end two lines: half events are given.',
    edits: [
      {
        file: PARSER,
        take: "this.#endedByCr = char === '\\r';",
        leave: "this.#endedByCr = char === '\\r' && i + 1 < text.length;",
      },
    ],
    spec: 'test/http-client/event-source-parser.spec.ts',
    test: 'a parser of server-sent events › reads the same byte by byte',
  },
];
