// The messages of one run as this process sees them: read by topic, oldest first, and given to those who wait for one in the order in
// which they asked. Only the run's owner takes messages, so what was given here is not given again; that it was taken is recorded
// together with its receipt.
import type { Watcher } from '../engine/lookout.js';
import type { RunFrame } from '../engine/run-frame.js';
import type { InboxMessage } from '../store/messages/message.store.js';

/** So many are read ahead. */
const READ_AHEAD = 16;

interface Topic {
  waiting: Array<Watcher<InboxMessage>>;
  available: InboxMessage[];
  /** Read here, ever: what is taken is still there until its receipt is committed, and for a look that began before. */
  seen: Set<string>;
  /** Read, and not durably taken. */
  unsettled: number;
}

const inboxes = new WeakMap<RunFrame, Inbox>();

export function inboxOf(frame: RunFrame): Inbox {
  let inbox = inboxes.get(frame);
  if (inbox === undefined) {
    inbox = new Inbox(frame);
    inboxes.set(frame, inbox);
  }
  return inbox;
}

export class Inbox {
  readonly #topics = new Map<string, Topic>();

  constructor(private readonly frame: RunFrame) {}

  /** Tells one message, or after the first look that there is none for this one. @returns leaves */
  watch(name: string, watcher: Watcher<InboxMessage>): () => void {
    const topic = this.#topic(name);
    topic.waiting.push(watcher);
    const query = { runId: this.frame.runId, topic: name, most: READ_AHEAD + topic.unsettled };
    const leave = this.frame.services.lookouts.inboxes.watch(query, {
      found: (messages) => offer(topic, messages),
      nothing: () => watcher.nothing?.(),
    });
    if (topic.available.length > 0) setImmediate(() => serve(topic));
    return () => {
      leave();
      topic.waiting = topic.waiting.filter((other) => other !== watcher);
    };
  }

  /** The receipt of a message is durable. */
  settled(name: string): void {
    this.#topic(name).unsettled--;
  }

  #topic(name: string): Topic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = { waiting: [], available: [], seen: new Set(), unsettled: 0 };
      this.#topics.set(name, topic);
    }
    return topic;
  }
}

function offer(topic: Topic, messages: readonly InboxMessage[]): void {
  for (const message of messages) {
    if (topic.seen.has(message.messageId)) continue;
    topic.seen.add(message.messageId);
    topic.unsettled++;
    topic.available.push(message);
  }
  serve(topic);
}

function serve(topic: Topic): void {
  while (topic.waiting.length > 0 && topic.available.length > 0) {
    const [watcher] = topic.waiting.splice(0, 1);
    const [message] = topic.available.splice(0, 1);
    if (message !== undefined) watcher?.found(message);
  }
}
