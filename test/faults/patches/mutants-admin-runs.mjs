// Defences of the admin routes of runs: what is followed over HTTP, what is kept of orders, and what is shown in full.
const PUMP = 'lib/admin/replies/pump.ts';
const STREAMS = 'lib/admin/controllers/run-streams.controller.ts';
const FEED = 'lib/admin/controllers/feed.controller.ts';
const HISTORY = 'lib/admin/controllers/run-history.controller.ts';
const MESSAGES = 'lib/store/messages/message.sql.ts';
const inStreams = (test) => ({ spec: 'test/admin/streams.spec.ts', test: `streams of runs on %s › ${test}` });
const leaving = (test) => inStreams(`that are followed leave nothing behind › ${test}`);
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
];
