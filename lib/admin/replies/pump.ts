// Sends what a source gives to a client of server-sent events, no faster than the client takes it. Whoever ends first ends the other: a client
// that leaves, and the shutdown, close the source.
import { Logger } from '@nestjs/common';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import type { EventStream, StreamEvent } from './event-stream.js';

/** Why a source may end early; the client comes back and is told. */
const EXPECTED = ['RUN_NOT_FOUND', 'SHUTTING_DOWN'];

/** Ends with an event `end` when the source has, and without when it fails: then the client comes back. Never rejects. */
export async function pump<T>(stream: EventStream, source: AsyncIterator<T>, toEvent: (item: T) => StreamEvent): Promise<void> {
  // It may wait for long: `return` ends that.
  stream.whenClosed(() => void source.return?.());
  try {
    while (stream.isOpen) {
      const { done, value } = await source.next();
      if (done) {
        stream.send({ event: 'end', data: {} });
        break;
      }
      if (!stream.send(toEvent(value))) await stream.drained();
    }
  } catch (error) {
    if (!EXPECTED.some((code) => WorkflowsError.is(error, code)))
      new Logger('WorkflowsAdmin').error(
        `event stream: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
  }
  stream.end();
}
