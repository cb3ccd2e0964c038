// Messages between runs and from outside: a mailbox per run, by topic. What was received is recorded; a message is taken from the mailbox in
// the same commit, so it is received exactly once.
import type { RunFrame } from '../engine/run-frame.js';
import { currentScope } from '../engine/run-scope.js';
import { awaitSource, NONE } from '../engine/source-wait.js';
import { runStep } from '../engine/step-runner.js';
import { assertName } from '../kernel/ids.js';
import { NO_RETRY } from '../model/retry-policy.js';
import type { InboxMessage } from '../store/messages/message.store.js';
import { inboxOf } from './inbox.js';

/**
 * The next message of that topic, or null when none came in time.
 *
 * @throws InvalidIdError (as a rejection), before anything is recorded
 */
export async function receive<T>(frame: RunFrame, topic: string, timeoutMs?: number): Promise<T | null> {
  assertName(topic, 'topic');
  return frame.operation<T | null>('receive', topic, (operation) => {
    const inbox = inboxOf(frame);
    awaitSource<InboxMessage>(frame, operation, {
      kind: 'receive',
      source: null,
      key: topic,
      timeoutMs,
      watch: (watcher) => inbox.watch(topic, watcher),
      outcome: ({ messageId, payload }) => ({
        output: payload,
        value: frame.services.serializer.deserialize(payload),
        error: null,
        attempts: 1,
        writes: [{ part: 'taken', values: [operation.ordinal, messageId] }],
        onDurable: () => inbox.settled(topic),
      }),
      none: () => NONE,
    });
  });
}

/** From one run to another; a recorded step, so that a replay sends nothing again. @throws RunNotFoundError, RunFinishedError */
export function sendFromRun(
  frame: RunFrame,
  message: { runId: string; topic: string; payload: string | null; idempotencyKey?: string },
): Promise<void> {
  const { runId, topic, payload, idempotencyKey } = message;
  return runStep(frame, `send ${topic}`, { retry: NO_RETRY }, async () => {
    // The same message, if the step has to run again.
    const key = idempotencyKey ?? `${frame.runId}/${frame.keyOf(currentScope()?.step?.ordinal ?? -1)}`;
    await frame.services.ports.send({ runId, topic, payload, key, hasOwnKey: idempotencyKey !== undefined });
  });
}
