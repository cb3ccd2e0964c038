// Defences of the admin routes of runs: what is followed over HTTP, what is kept of orders, and what is shown in full.
const PUMP = 'lib/admin/replies/pump.ts';
const STREAMS = 'lib/admin/controllers/run-streams.controller.ts';
const FEED = 'lib/admin/controllers/feed.controller.ts';
const HISTORY = 'lib/admin/controllers/run-history.controller.ts';
const ORDERS = 'lib/admin/controllers/run-orders.controller.ts';
const BOUNDED = 'lib/store/history/bounded-page.sql.ts';
const RECORDS = 'lib/store/history/record-page.sql.ts';
const RECORDED = 'lib/client/recorded-payloads.ts';
const MESSAGES = 'lib/store/messages/message.sql.ts';
const inStreams = (test) => ({ spec: 'test/admin/streams.spec.ts', test: `streams of runs on %s › ${test}` });
const leaving = (test) => inStreams(`that are followed leave nothing behind › ${test}`);
const inPages = (test) => ({ spec: 'test/runs/page-bytes.spec.ts', test });
const slowly = (test) => ({ spec: 'test/admin/feed.spec.ts', test: `a client of the feed that reads slowly › ${test}` });

export const ADMIN_RUN_MUTANTS = [
  {
    name: 'follow-left',
    defence: 'A stream is read on for a client that has gone away.',
    edits: [{ file: PUMP, take: 'stream.whenClosed(() => void source.return?.());', leave: '' }],
    ...leaving('when the client goes away while it waits'),
  },
  {
    name: 'follow-back-pressure',
    defence: 'A stream is read as fast as it comes for a client that takes nothing.',
    edits: [
      {
        file: PUMP,
        take: 'if (!stream.send(toEvent(value))) await stream.drained();',
        leave: 'stream.send(toEvent(value));',
      },
    ],
    ...leaving('when the application shuts down and a client does not take what was sent'),
  },
  {
    name: 'follow-resume',
    defence: 'A client that comes back gets its last chunk again.',
    edits: [{ file: STREAMS, take: 'Number(last) + 1', leave: 'Number(last)' }],
    ...inStreams(
      'as they are asked for › are followed from where a client wants, and go on after what it has got, without loss or double',
    ),
  },
  {
    name: 'follow-checked-first',
    defence: 'A stream of a run that is not there is begun, and only then refused.',
    edits: [{ file: STREAMS, take: 'await run.readStream({ namespace: stream, from: startIndex, limit: 1 });', leave: '' }],
    ...inStreams('as they are asked for › are not begun for a run that is not there, nor from an id that is none'),
  },
  {
    name: 'follow-shutdown',
    defence: 'A client is told that the stream is over when only the process is.',
    edits: [
      {
        file: PUMP,
        take: '  } catch (error) {\n',
        leave: "  } catch (error) {\n    stream.send({ event: 'end', data: {} });\n",
      },
    ],
    ...leaving('when the run is deleted meanwhile: the client comes back, and is told'),
  },
  {
    name: 'feed-client-left',
    defence: 'The feed keeps a client that has gone away.',
    edits: [{ file: FEED, take: 'stream.whenClosed(() => subscription.unsubscribe());', leave: '' }],
    ...slowly('is forgotten when it is gone'),
  },
  {
    name: 'feed-client-caught-up',
    defence: 'A client that was slow once is given nothing any more.',
    edits: [
      {
        file: FEED,
        take: 'if (!isTaken) void stream?.drained().then(() => subscription.resume());',
        leave: 'if (!isTaken) void stream?.drained();',
      },
    ],
    ...slowly('is given no more until it has caught up'),
  },
  {
    name: 'payload-right',
    defence: 'Who may not see payloads asks for one in full.',
    edits: [{ file: HISTORY, take: "call.requirePayloads('you can not fetch one');", leave: '' }],
    spec: 'test/admin/runs.spec.ts',
    test: 'runs on %s › show large payloads cut, and in full when they are asked for',
  },
  {
    name: 'message-audited-once',
    defence: 'A message that was sent before is written to the audit log again.',
    edits: [{ file: MESSAGES, take: " where t.verdicts[1] = 'SENT'", leave: '' }],
    spec: 'test/admin/orders.spec.ts',
    test: 'orders to runs on %s › send a message, once by its key',
  },
  {
    name: 'page-bytes',
    defence: 'A page of records brings gigabytes when the records are large.',
    edits: [{ file: BOUNDED, take: 'BYTES_PER_PAGE = 8 * 1_048_576', leave: 'BYTES_PER_PAGE = 1_000_000_000_000' }],
    ...inPages('a page of a run’s records › ends early where it comes to 8 MiB, and the next one goes on there: %s'),
  },
  {
    name: 'page-first',
    defence: 'A record that is larger than a page is never shown, nor what comes after it.',
    edits: [{ file: BOUNDED, take: 'rows unbounded preceding) - f.bytes before', leave: 'rows unbounded preceding) before' }],
    ...inPages('a page of a run’s records › gives its first one however large that is: %s'),
  },
  {
    name: 'page-attempts',
    defence: 'Failed attempts make a page of steps as large as they are.',
    edits: [{ file: RECORDS, take: ' + coalesce(t.bytes, 0) bytes', leave: ' bytes' }],
    ...inPages('a page of a run’s records › counts the texts of errors, of failed attempts those that are shown'),
  },
  {
    name: 'record-unreadable',
    defence: 'One damaged command hides all others.',
    edits: [
      {
        file: RECORDED,
        take: 'return { unreadable: (error as Error).message } satisfies UnreadablePayload;',
        leave: 'throw error;',
      },
    ],
    ...inPages(
      'commands that a run was sent › are listed with data that is cut, or damaged, and hide no other by that; in full they are read by themselves',
    ),
  },
  {
    name: 'command-cut',
    defence: 'A list of commands shows data of any size.',
    edits: [{ file: ORDERS, take: '{ ...call.query, ...LARGEST_SHOWN }', leave: '(LARGEST_SHOWN, call.query)' }],
    spec: 'test/admin/runs.spec.ts',
    test: 'runs on %s › show large payloads cut, and in full when they are asked for',
  },
];
