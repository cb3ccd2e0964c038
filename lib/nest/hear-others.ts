// What a process does when another one says that something has happened. Part of the composition in workflows-runtime.ts: nothing is
// right only because of it, the tick would show all of this anyway.
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { LeaseKeeper } from '../dispatch/lease-keeper.js';
import type { QueueDirectory } from '../engine/queue-directory.js';
import type { Lookouts, Waker } from '../engine/waker.js';
import type { Notifier } from '../store/notifier.js';

export interface Hearers {
  dispatcher: Dispatcher;
  queues: QueueDirectory;
  keeper: LeaseKeeper;
  waker: Waker;
  lookouts: Lookouts;
  /** A run that is held here was asked something, changed owner, or is over. */
  lookAfterRuns(): Promise<void>;
}

export function hearOthers(notifier: Notifier, hearers: Hearers): void {
  const { dispatcher, queues, keeper, waker, lookAfterRuns } = hearers;
  const { outcomes, events, inboxes, streams } = hearers.lookouts;
  notifier.on('work', () => dispatcher.foundWork());
  notifier.on('permits', () => dispatcher.lookForPermits());
  // What a change lets begin is found by a claim that knows it.
  notifier.on(
    'queues',
    () =>
      void queues.refresh().then(
        () => dispatcher.foundWork(),
        () => undefined,
      ),
  );
  notifier.on('lost', () => void lookAfterRuns());
  notifier.on('hello', () => void keeper.runOnce());
  notifier.on('done', (runIds) => {
    outcomes.poke(runIds);
    events.poke(runIds);
    streams.poke(runIds);
  });
  notifier.on('chunk', (runIds) => streams.poke(runIds));
  notifier.on('event', (runIds) => events.poke(runIds));
  notifier.on('mail', (runIds) => {
    inboxes.poke(runIds);
    // Of unnamed runs: sent in a transaction, which woke nobody.
    if (runIds === undefined) waker.wakeForPending();
  });
}
