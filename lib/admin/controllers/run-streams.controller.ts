// Streams of a run: which there are, some chunks of one, and one as it is written. Bound and guarded by mountControllers; thin, everything is
// delegated.
import { Inject } from '@nestjs/common';
import type { StreamChunk } from '../../client/stream-reader.js';
import { WorkflowService } from '../../client/workflow.service.js';
import type { EventStream } from '../replies/event-stream.js';
import { pump } from '../replies/pump.js';
import { chunkView } from '../replies/run-views.js';
import { integer } from '../requests/fields.js';
import { lastEventIdOf } from '../requests/last-event-id.js';
import type { AdminCall } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

/** As the column that holds offsets. */
const LAST_OFFSET = 2 ** 31 - 1;
const from = integer(0, LAST_OFFSET, 'Offset of the first chunk that is wanted. Default 0.');

const RANGE = { from, limit: integer(1, 500, 'Default 100.') };
const FOLLOW = { from };

export class RunStreamsController {
  constructor(@Inject(WorkflowService) private readonly workflows: WorkflowService) {}

  @Route({ method: 'GET', path: ':id/streams', action: 'read', summary: 'The streams of a run, by name; the first 200.' })
  async list(call: AdminCall): Promise<unknown> {
    return { streams: await this.workflows.getRun(call.param('id')).listStreams() };
  }

  @Route({
    method: 'GET',
    path: ':id/streams/:stream',
    action: 'read',
    summary: 'Chunks of a stream as it is now; `nextFrom` when there are more.',
    query: RANGE,
  })
  async range(call: AdminCall<typeof RANGE>): Promise<unknown> {
    const run = this.workflows.getRun(call.param('id'));
    const { chunks, ...rest } = await run.readStream({ namespace: call.param('stream'), ...call.query });
    return { chunks: chunks.map(chunkView), ...rest };
  }

  @Route({
    method: 'GET',
    path: ':id/streams/:stream/follow',
    action: 'read',
    summary:
      'A stream as it is written: an event `chunk` for each, whose id is the offset, and `end` when nothing follows. Goes on after `Last-Event-ID`.',
    query: FOLLOW,
    answer: 'events',
  })
  async follow(call: AdminCall<typeof FOLLOW>, open: () => EventStream): Promise<void> {
    const run = this.workflows.getRun(call.param('id'));
    const stream = call.param('stream');
    const last = lastEventIdOf(call.request, /^\d{1,10}$/);
    const startIndex = last === undefined ? (call.query.from ?? 0) : Number(last) + 1;
    // An EventSource tells its page no more of an answer than that it was none: what is wrong is said before it begins.
    await run.readStream({ namespace: stream, from: startIndex, limit: 1 });
    const chunks = run.stream(stream, { startIndex }).chunks((damage) => ({ unreadable: damage.message }));
    const toEvent = (chunk: StreamChunk) => ({ event: 'chunk', id: String(chunk.offset), data: chunkView(chunk) });
    void pump(open(), chunks, toEvent);
  }
}
