// Defences of the change feed: nothing is missed unseen, nobody costs without bounds, and nobody is left waiting at a shutdown.
const FEED = 'lib/client/change-feed.ts';
const inBack = (test) => ({ spec: 'test/feed/coming-back.spec.ts', test });

export const FEED_MUTANTS = [
  {
    name: 'feed-foreign-id',
    defence: 'An event of another process, or of the one before, counts as an event of this feed.',
    edits: [{ file: 'lib/client/feed-journal.ts', take: 'id !== this.#idOf(position) || ', leave: '' }],
    ...inBack('a subscriber that comes back › is told so by another process'),
  },
  {
    name: 'feed-old-id',
    defence: 'Whoever comes back after more events than are kept gets the last ones, as if they were all.',
    edits: [
      {
        file: 'lib/client/feed-journal.ts',
        take: 'return position >= oldest - 1 ? position : undefined;',
        leave: 'return position;',
      },
    ],
    ...inBack('a subscriber that comes back › is told so when more has happened since than is kept'),
  },
  {
    name: 'feed-unseen-run',
    defence: 'Whoever comes back is taken for one who missed nothing of a run that nobody looked at meanwhile.',
    edits: [{ file: FEED, take: ' || since.some((position) => (position as number) > from)', leave: '' }],
    ...inBack('a subscriber that comes back › is told so when it comes to look at a run that nobody looked at when it left'),
  },
  {
    name: 'feed-too-early',
    defence: 'A subscriber is told that it misses nothing before its runs were seen.',
    edits: [{ file: FEED, take: '    if (since.includes(undefined)) return;\n', leave: '' }],
    ...inBack('a subscriber that comes while a look is under way › is not told that it misses nothing before its run was seen'),
  },
  {
    name: 'feed-slow-subscriber',
    defence: 'All events are kept, or pressed upon, a subscriber that takes none.',
    edits: [{ file: 'lib/client/feed-subscriber.ts', take: 'if (!this.#isBlocked) {', leave: 'if (!this.#isOver) {' }],
    ...inBack('a subscriber that is slow › gets the last event of each topic when it goes on, in their order, and no others'),
  },
  {
    name: 'feed-hinted-run',
    defence: 'A run that a process names is looked at only when the counters move.',
    edits: [{ file: 'lib/client/feed-watch.ts', take: '    this.#runsMayDiffer ||= isOfRuns;\n', leave: '' }],
    spec: 'test/feed/changes.spec.ts',
    test: 'a subscriber of the change feed › is told at the next look of what processes say, whatever the counters say',
  },
  {
    name: 'feed-shutdown',
    defence: 'Subscribers are not told of a shutdown before runs, and servers, are waited for.',
    edits: [{ file: 'lib/nest/workflows-runtime.ts', take: '    this.cluster.stop();\n', leave: '' }],
    spec: 'test/feed/feed-app.spec.ts',
    test: 'the change feed of an application › tells its subscribers of a shutdown, before runs are waited for, and takes no more',
  },
];
