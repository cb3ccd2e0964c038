// Commands that a run's own code handles: custom ones, and of a cooperative workflow HOLD, RESUME and STOP too. They lie in the run's mailbox under
// a topic of their own. Of those that lie there together the one of the highest rank is received; the others stay. What the state that the
// code names does not allow is rejected with the receipt. Both are durable together with it, so a replay receives the same again.
import type { RunFrame } from '../engine/run-frame.js';
import { awaitSource, NONE } from '../engine/source-wait.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { commandRank } from '../model/phase-states.js';
import type { WriteRow } from '../store/flush/write-lane.js';
import type { InboxMessage } from '../store/messages/message.store.js';

/** Also in send_command, migrations/0008-commands.ts. */
export const COMMAND_TOPIC = 'wf.commands';
/** So many are looked at together. */
const MOST = 64;

export interface ReceivedCommand<T = unknown> {
  commandId: string;
  /** In capitals. */
  command: string;
  actor: string;
  reason: string | null;
  data: T | null;
}

interface Winner {
  message: InboxMessage;
  command: ReceivedCommand;
}

/** Received here, and not durably so yet: a look that began before would bring them again. */
const taken = new WeakMap<RunFrame, Set<string>>();

/** The next command, or null when none that is taken came in time. What is not taken is rejected as soon as it is seen. */
export function receiveCommand<T>(
  frame: RunFrame,
  takes: (command: string) => boolean,
  timeoutMs?: number,
): Promise<ReceivedCommand<T> | null> {
  const known = takenOf(frame);
  return frame.operation<ReceivedCommand<T> | null>('receive', COMMAND_TOPIC, (operation) =>
    awaitSource<Winner>(frame, operation, {
      kind: 'receive',
      source: null,
      key: COMMAND_TOPIC,
      timeoutMs,
      watch: (watcher) =>
        frame.services.lookouts.inboxes.watch(
          { runId: frame.runId, topic: COMMAND_TOPIC, most: MOST },
          {
            found: (messages) => {
              const { winner, refused } = arbitrate(frame, messages, known, takes);
              // At once: what stays in the mailbox keeps the run from resting.
              if (refused.length > 0) reject(frame, operation.ordinal, refused, known);
              if (winner !== undefined) watcher.found(winner);
            },
            nothing: () => watcher.nothing?.(),
          },
        ),
      outcome: ({ message, command }) => {
        known.add(message.messageId);
        const writes: WriteRow[] = [
          { part: 'taken', values: [operation.ordinal, message.messageId] },
          { part: 'settled', values: [command.commandId, 'APPLIED'] },
        ];
        return { output: message.payload, value: command, error: null, attempts: 1, writes };
      },
      none: () => NONE,
    }),
  );
}

/** Calls handlers of commands beside the workflow's own code, one at a time, for as long as that goes on. */
export function withCommandHandlers<T>(
  frame: RunFrame,
  handlers: ReadonlyMap<string, (command: ReceivedCommand) => unknown>,
  main: () => T,
): T {
  const listen = async () => {
    for (;;) {
      const command = await receiveCommand(frame, (name) => handlers.has(name));
      try {
        if (command !== null) await handlers.get(command.command)?.(command);
      } catch (error) {
        // The workflow's own code decides how the run ends.
        if (WorkflowsError.is(error, 'RUN_STOPPED')) return;
        frame.services.logger.error(`run ${frame.runId}: handler of ${command?.command}: ${(error as Error)?.message}`);
      }
    }
  };
  // A stop ends it where it waits.
  listen().catch(() => undefined);
  return main();
}

function arbitrate(
  frame: RunFrame,
  messages: readonly InboxMessage[],
  known: ReadonlySet<string>,
  takes: (command: string) => boolean,
): { winner?: Winner; refused: Array<{ message: InboxMessage; commandId?: string }> } {
  const refused: Array<{ message: InboxMessage; commandId?: string }> = [];
  let winner: Winner | undefined;
  for (const message of messages) {
    if (known.has(message.messageId)) continue;
    const command = frame.services.serializer.deserialize(message.payload) as ReceivedCommand | null | undefined;
    if (typeof command?.command !== 'string' || !takes(command.command)) refused.push({ message, commandId: command?.commandId });
    else if (winner === undefined || commandRank(command.command) > commandRank(winner.command.command))
      winner = { message, command };
  }
  return { winner, refused };
}

function reject(
  frame: RunFrame,
  ordinal: number,
  refused: ReadonlyArray<{ message: InboxMessage; commandId?: string }>,
  known: Set<string>,
): void {
  for (const { message } of refused) known.add(message.messageId);
  frame.writeTogether(
    refused.flatMap(({ message, commandId }): WriteRow[] => [
      { part: 'taken', values: [ordinal, message.messageId] },
      ...(commandId === undefined ? [] : [{ part: 'settled' as const, values: [commandId, 'REJECTED'] }]),
    ]),
  );
}

function takenOf(frame: RunFrame): Set<string> {
  let known = taken.get(frame);
  if (known === undefined) {
    known = new Set();
    taken.set(frame, known);
  }
  return known;
}
