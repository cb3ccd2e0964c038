/** What streams defend: each chunk of the workflow once, those of a step by its attempt; readers that miss nothing and cost little. For mutants.mjs. */
const WRITERS = 'lib/durable/streams.ts';
const WRITABLE = 'lib/durable/run-writable.ts';
const HEADS = 'lib/engine/stream-heads.ts';
const FRAME = 'lib/engine/run-frame.ts';
const WAKER = 'lib/engine/waker.ts';
const FEED = 'lib/durable/stream-feed.ts';
const STORE = 'lib/store/streams/stream.store.ts';
const READER = 'lib/client/stream-reader.ts';
const HEARING = 'lib/nest/hear-others.ts';

const written = (test) => ({ spec: 'test/waiting/streams.spec.ts', test });
const read = (test) => ({ spec: 'test/waiting/streams-reading.spec.ts', test });
const inWriter = (test) => ({ spec: 'test/unit/durable/streams.spec.ts', test: `a writer of chunks › ${test}` });
const inFeed = (test) => ({ spec: 'test/unit/durable/stream-feeds.spec.ts', test: `readers of one stream › ${test}` });

const ROOM = 'waits while more is on its way than fits into a few flushes: %s';
const CLOSED = 'a closed stream › ends its readers while the run goes on, and takes nothing more, now and on replay';
const CONTINUED =
  'what the workflow writes › goes on after continueAsNew, where the execution before ended, also when that recorded nothing';
const TOLD = 'a reader in another process › gets each chunk as it is written: %s';
const HERE = 'a reader in the same process › gets each chunk as it is written, and the end, long before the next tick';

export const STREAM_MUTANTS = [
  {
    name: 'stream-once',
    defence: 'A replay writes the chunks of the workflow again.',
    edits: [{ file: HEADS, take: 'return head.bodyAsked <= head.bodyCount;', leave: 'return false;' }],
    ...written('what the workflow writes › is there once, however often the run is unloaded and replayed'),
  },
  {
    name: 'stream-own-count',
    defence: 'What steps wrote counts as written by the workflow.',
    edits: [{ file: HEADS, take: 'if (author === undefined && ordinal === null) head.bodyCount++;', leave: 'head.bodyCount++;' }],
    ...written(
      'a WritableStream › that the workflow hands to its steps gives each chunk to who wrote it, also on replay, and may be closed there',
    ),
  },
  {
    name: 'stream-base',
    defence: 'What an execution before continueAsNew wrote counts as written by the next.',
    edits: [{ file: HEADS, take: 'base === bodyBase ? bodyCount : 0', leave: 'bodyCount' }],
    ...written(CONTINUED),
  },
  {
    name: 'stream-execution',
    defence: 'An execution that recorded nothing begins where the one before began.',
    edits: [
      {
        file: 'lib/engine/run-executor.ts',
        take: 'Math.max(frame.nextOrdinal, frame.firstOrdinal + 1)',
        leave: 'frame.nextOrdinal',
      },
    ],
    ...written(CONTINUED),
  },
  {
    name: 'stream-body-room',
    defence: 'The workflow writes on, whatever waits already.',
    edits: [{ file: WRITERS, take: 'return frame.unrecorded();', leave: 'return Promise.resolve();' }],
    ...inWriter(ROOM),
  },
  {
    name: 'stream-step-room',
    defence: 'A step writes on, whatever waits already.',
    edits: [
      {
        file: FRAME,
        take: 'if (this.lane.isSaturated) return new Promise((resolve) => this.lane',
        leave: 'if (false) return new Promise((resolve) => this.lane',
      },
    ],
    ...inWriter(ROOM),
  },
  {
    name: 'stream-turns',
    defence: 'A step that writes keeps the process to itself.',
    edits: [{ file: FRAME, take: 'return this.#sinceTurn === 0 ?', leave: 'return false ?' }],
    ...inWriter('that is a step and awaits nothing else lets others have a turn now and then'),
  },
  {
    name: 'stream-attempt-over',
    defence: 'An attempt that has timed out writes on.',
    edits: [{ file: 'lib/engine/step-attempt.ts', take: '    this.isOver = true;\n    // Asking', leave: '    // Asking' }],
    ...written('what a step writes › is refused once the attempt is over: it timed out, or has returned'),
  },
  {
    name: 'stream-run-over',
    defence: 'A step of a run that was cancelled is told that it has written.',
    edits: [{ file: WRITERS, take: 'if (step.isOver || !frame.isRunning) throw', leave: 'if (step.isOver) throw' }],
    ...written('what a step writes › is refused when the run is cancelled meanwhile'),
  },
  {
    name: 'stream-closed',
    defence: 'A closed stream takes more.',
    edits: [{ file: HEADS, take: 'if (closedBy === undefined) return false;', leave: 'if (closedBy !== null) return false;' }],
    ...written(CLOSED),
  },
  {
    name: 'stream-closed-on-replay',
    defence: 'What was written before the stream was closed is refused on replay.',
    edits: [
      {
        file: WRITERS,
        take: 'if (frame.isRunning && !frame.streams.isRepeated(stream)) {',
        leave:
          'if (!chunk.closes && frame.streams.isClosed(stream)) throw new StreamClosedError(stream);\n  if (frame.isRunning && !frame.streams.isRepeated(stream)) {',
      },
    ],
    ...written(CLOSED),
  },
  {
    name: 'stream-reopened',
    defence: 'A step that closed its stream and failed can not write again.',
    edits: [
      {
        file: HEADS,
        take: 'return author === undefined || closedBy.ordinal !== author.ordinal || closedBy.author === author;',
        leave: 'return true;',
      },
    ],
    ...written('a closed stream › that an attempt of a step closed is closed to all but the next attempts of that step'),
  },
  {
    name: 'stream-reopened-elsewhere',
    defence: 'After a takeover nobody knows which step has closed a stream.',
    edits: [
      { file: HEADS, take: 'closed ? { ordinal: lastOrdinal } : undefined', leave: 'closed ? { ordinal: null } : undefined' },
    ],
    ...written(
      'a closed stream › that a step closed before its process died may be written to by that step again, in another process',
    ),
  },
  {
    name: 'stream-closed-log',
    defence: 'Progress lines go on in a closed stream.',
    edits: [{ file: 'lib/durable/events.ts', take: 'frame.streams.isClosed(LOG_STREAM)', leave: 'false' }],
    ...written('what a step writes › shares a stream with the workflow and its progress lines; each knows its own'),
  },
  {
    name: 'stream-caller',
    defence: 'A chunk of a WritableStream belongs to whatever context its sink is called in.',
    edits: [{ file: WRITABLE, take: 'last = callers.shift();', leave: 'last = currentScope();' }],
    ...written('a WritableStream › gives chunks that several write at once each to its own, in the order of the calls'),
  },
  {
    name: 'stream-tell',
    defence: 'Other processes are not told of chunks.',
    edits: [{ file: WAKER, take: `this.ports.tell('chunk', [runId]);`, leave: '' }],
    ...read(TOLD),
  },
  {
    name: 'stream-told',
    defence: 'Nobody listens to what is told of chunks.',
    edits: [{ file: HEARING, take: `notifier.on('chunk', (runIds) => streams.poke(runIds));`, leave: '' }],
    ...read(TOLD),
  },
  {
    name: 'stream-end-told',
    defence: 'Readers do not listen to the ends of runs elsewhere.',
    edits: [
      {
        file: HEARING,
        take: `    streams.poke(runIds);\n  });\n  notifier.on('chunk'`,
        leave: `  });\n  notifier.on('chunk'`,
      },
    ],
    ...read(TOLD),
  },
  {
    name: 'stream-tell-here',
    defence: 'Readers of the same process are not told of chunks.',
    edits: [{ file: WAKER, take: 'this.lookouts.streams.poke([runId]);', leave: '' }],
    ...read(HERE),
  },
  {
    name: 'stream-end-here',
    defence: 'Readers of the same process are not told of the ends of runs.',
    edits: [{ file: WAKER, take: 'this.lookouts.streams.poke(runIds);', leave: '' }],
    ...read(HERE),
  },
  {
    name: 'stream-poll',
    defence: 'Nobody looks for chunks at the tick.',
    edits: [{ file: 'lib/dispatch/background-sweeps.ts', take: ', streams.poll()]', leave: ']' }],
    ...read('a reader in another process › gets each chunk as it is written: %s'),
  },
  {
    name: 'stream-snapshot-end',
    defence: 'A reader beyond the end of a closed stream waits for the end of the run.',
    edits: [{ file: STORE, take: 'first.live && first.closed !== true', leave: 'first.live' }],
    ...read(
      'a stream as its readers see it › ends when it is closed, also for a reader who starts beyond its end, and for one who comes later',
    ),
  },
  {
    name: 'stream-cut-page',
    defence: 'A page that was cut for its size counts as the rest of the stream.',
    edits: [{ file: STORE, take: 'found < limit && chunks.length === found', leave: 'found < limit' }],
    ...read('a stream as its readers see it › is given whole in large chunks too, a few at a time'),
  },
  {
    name: 'stream-full-page',
    defence: 'A page that is full counts as the rest of the stream.',
    edits: [{ file: STORE, take: 'found < limit && chunks.length === found', leave: 'chunks.length === found' }],
    ...read('a ReadableStream › reads only as much as is asked for, and all of it when it is'),
  },
  {
    name: 'stream-moved',
    defence: 'A page is taken for one of the place that the buffer has moved to.',
    edits: [{ file: FEED, take: 'if (page.from !== this.end) return;', leave: '' }],
    ...inFeed('are not given chunks of another place, when one goes ahead while a look is on its way'),
  },
  {
    name: 'stream-look-again',
    defence: 'After a full page a reader waits until it is told of more.',
    edits: [{ file: FEED, take: 'if (this.#leave === undefined || !this.#isUpToDate)', leave: 'if (this.#leave === undefined)' }],
    ...inFeed('look again at once when a page was full, without being told'),
  },
  {
    name: 'stream-demand',
    defence: 'Chunks are fetched while no reader waits for any.',
    edits: [
      {
        file: FEED,
        take: 'if (waiting.length > 0 && !this.isOver) this.#watch(false);',
        leave: 'if (!this.isOver) this.#watch(false);',
      },
    ],
    ...inFeed('ask for nothing while none of them waits: slow ones do not fill the memory'),
  },
  {
    name: 'stream-buffer-count',
    defence: 'All chunks that were read stay in memory.',
    edits: [{ file: FEED, take: 'this.#chunks.length - excess > MAX_CHUNKS || ', leave: '' }],
    ...inFeed('keep little in memory: who falls behind it asks for its own place (%s)'),
  },
  {
    name: 'stream-buffer-bytes',
    defence: 'Large chunks that were read stay in memory.',
    edits: [{ file: FEED, take: ' || this.#length > MAX_LENGTH', leave: '' }],
    ...inFeed('keep little in memory: who falls behind it asks for its own place (%s)'),
  },
  {
    name: 'stream-anew',
    defence: 'Who reads after the end is told what the end was before.',
    edits: [
      { file: 'lib/durable/stream-feeds.ts', take: 'shared === undefined || shared.feed.isOver', leave: 'shared === undefined' },
    ],
    ...inFeed('are forgotten when the last has left, and found anew after the end'),
  },
  {
    name: 'stream-forgotten',
    defence: 'A feed stays when its last reader has left.',
    edits: [
      { file: 'lib/durable/stream-feeds.ts', take: 'if (--mine.readers > 0) return;', leave: 'if (--mine.readers > -9) return;' },
    ],
    ...inFeed('are forgotten when the last has left, and found anew after the end'),
  },
  {
    name: 'lookout-closed',
    defence: 'Who begins to wait after the shutdown waits for ever.',
    edits: [{ file: 'lib/engine/lookout.ts', take: 'setImmediate(() => watcher.closed?.(closed));', leave: '' }],
    ...inFeed('fail together when the process shuts down, and whoever comes later'),
  },
  {
    name: 'stream-break',
    defence: 'A reader that breaks off goes on waiting.',
    edits: [{ file: READER, take: '        cursor.close();\n        return { done: true', leave: '        return { done: true' }],
    ...read('a reader that leaves › leaves nothing behind: %s'),
  },
  {
    name: 'stream-cancel',
    defence: 'A ReadableStream that is cancelled goes on reading.',
    edits: [{ file: READER, take: 'await iterator.return?.();', leave: '' }],
    ...read('a reader that leaves › leaves nothing behind: %s'),
  },
  {
    name: 'stream-unsubscribe',
    defence: 'A subscription that has ended goes on reading.',
    edits: [{ file: READER, take: 'return () => void iterator.return?.();', leave: 'return () => undefined;' }],
    ...read('a reader that leaves › leaves nothing behind: %s'),
  },
];
