// Server-sent events that say what has changed, so that pages load anew only that. Bound and guarded by mountControllers.
import { Inject } from '@nestjs/common';
import { ChangeFeed } from '../../client/change-feed.js';
import type { FeedEvent } from '../../client/feed-journal.js';
import type { EventStream, StreamEvent } from '../replies/event-stream.js';
import { list, required, text } from '../requests/fields.js';
import { lastEventIdOf } from '../requests/last-event-id.js';
import type { AdminCall } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const FEED = { topics: required(list(text('Such as `runs`, `queues` or `run:<id>`.', 300))) };

/** Ids of this process or of another: the feed tells them apart. */
const ANY_ID = /^[\x21-\x7e]{1,100}$/;

export class FeedController {
  constructor(@Inject(ChangeFeed) private readonly feed: ChangeFeed) {}

  @Route({
    method: 'GET',
    action: 'read',
    summary:
      'Events `{ topic, at, data? }`, named by the kind of the topic (`runs`, `run`, …). After `reset` everything is to be loaded anew. Goes on after `Last-Event-ID`.',
    query: FEED,
    answer: 'events',
  })
  subscribe(call: AdminCall<typeof FEED>, open: () => EventStream): void {
    const lastEventId = lastEventIdOf(call.request, ANY_ID);
    let stream: EventStream | undefined;
    const subscription = this.feed.subscribe({
      topics: call.query.topics,
      ...(lastEventId !== undefined && { lastEventId }),
      onEvent: (event) => {
        const isTaken = stream?.send(toStreamEvent(event)) === true;
        // Until then the feed keeps the last event of each topic, and no more.
        if (!isTaken) void stream?.drained().then(() => subscription.resume());
        return isTaken;
      },
      onClose: () => stream?.end(),
    });
    // Nothing comes before this: the first event is that of a look at the database.
    try {
      stream = open();
    } catch (error) {
      subscription.unsubscribe();
      throw error;
    }
    stream.whenClosed(() => subscription.unsubscribe());
  }
}

function toStreamEvent({ id, topic, at, data }: FeedEvent): StreamEvent {
  return { id, event: topic.split(':', 1)[0], data: { topic, at, ...(data !== undefined && { data }) } };
}
