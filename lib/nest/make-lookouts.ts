// What waits in this process, made and connected to what it asks. Part of the composition in workflows-runtime.ts.
import { keyOfStreamQuery } from '../durable/stream-feed.js';
import { Lookout } from '../engine/lookout.js';
import { RunOutcomes } from '../engine/run-outcomes.js';
import type { Lookouts } from '../engine/waker.js';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { HistoryStore } from '../store/history/history.store.js';
import type { MessageStore } from '../store/messages/message.store.js';
import type { RunStore } from '../store/runs/run.store.js';
import type { StreamStore } from '../store/streams/stream.store.js';

export function makeLookouts(
  runs: RunStore,
  histories: HistoryStore,
  messages: MessageStore,
  streams: StreamStore,
  isHeldHere: (runId: string) => boolean,
  clock: Clock,
  logger: WorkflowsLogger,
): Lookouts {
  return {
    outcomes: new RunOutcomes(runs, clock, logger, isHeldHere),
    events: new Lookout(
      (queries) => histories.findEvents(queries),
      ({ runId, key }) => `${runId} ${key}`,
      clock,
      logger,
    ),
    inboxes: new Lookout(
      async (queries) => (await messages.listInboxes(queries)).map((inbox) => (inbox.length > 0 ? inbox : undefined)),
      ({ runId, topic }) => `${runId} ${topic}`,
      clock,
      logger,
    ),
    streams: new Lookout((queries) => streams.findMany(queries), keyOfStreamQuery, clock, logger),
  };
}
