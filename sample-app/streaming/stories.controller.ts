// Starts stories, and streams them: as server-sent events, which a browser resumes by itself, and as plain text.
import { Readable } from 'node:stream';
import { Body, Controller, Get, Header, Headers, Param, Post, Sse, StreamableFile } from '@nestjs/common';
import { type Run, WorkflowService } from 'nestjs-workflows';
import { readPage } from '../page.js';
import { fieldsOf, idField, numberField, textField } from '../request-fields.js';
import { type StoryResult, StoryWorkflows } from './story.workflows.js';
import type { Word } from './writer.steps.js';

@Controller('stories')
export class StoriesController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly stories: StoryWorkflows,
  ) {}

  @Get('page')
  @Header('Content-Type', 'text/html; charset=utf-8')
  page() {
    return readPage('streaming/stories.html');
  }

  @Post()
  async start(@Body() body: unknown) {
    const { id } = await this.#start(body);
    return { id, look: `/stories/${id}`, words: `/stories/${id}/words`, text: `/stories/${id}/text` };
  }

  /** Starts one and answers with its text, while it is written. Who hangs up does not stop it. */
  @Post('text')
  async startAndRead(@Body() body: unknown) {
    const { run } = await this.#start(body);
    return asText(run);
  }

  /** Later, in any process: its status, and the result once it is there. */
  @Get(':id')
  async show(@Param('id') id: string) {
    const run = this.#find(id);
    const status = await run.status;
    return status === 'SUCCESS' ? { id, status, result: await run.returnValue } : { id, status };
  }

  /** From its first word, however long ago that was. */
  @Get(':id/text')
  async read(@Param('id') id: string) {
    const run = this.#find(id);
    await run.status; // 404, if there is none
    return asText(run);
  }

  /** A browser reconnects whenever the answer ends, until the event `end` tells it not to. */
  @Sse(':id/words')
  async words(@Param('id') id: string, @Headers('last-event-id') lastEventId?: string) {
    const run = this.#find(id);
    await run.status; // 404, if there is none
    const startIndex = /^\d{1,9}$/.test(lastEventId ?? '') ? Number(lastEventId) + 1 : 0;
    return run.observe<Word>('default', { startIndex, endEvent: 'end' });
  }

  async #start(body: unknown) {
    const { id: wanted, topic, pace = 0.1 } = fieldsOf(body);
    const id = idField('STORY', wanted);
    const request = { topic: textField('topic', topic), paceMs: Math.round(1_000 * numberField('pace', pace, 0, 5)) };
    return { id, run: await this.workflows.start(this.stories.write, [request], { id: runOf(id) }) };
  }

  #find(id: string): Run<StoryResult> {
    return this.workflows.getRun(runOf(id));
  }
}

/** The run's id follows from the story's; no other run is found here. */
function runOf(id: string): string {
  return `story-${id}`;
}

/** What `new Response(run.readable)` is elsewhere. Words that were written twice are sent once. */
function asText(run: Run<StoryResult>): StreamableFile {
  let next = 0;
  const text = new TransformStream<Word, string>({
    transform({ place, word }, controller) {
      if (place !== next) return;
      controller.enqueue(next === 0 ? word : ` ${word}`);
      next++;
    },
    flush: (controller) => controller.enqueue('\n'),
  });
  const bytes = run.getReadable<Word>().pipeThrough(text).pipeThrough(new TextEncoderStream());
  return new StreamableFile(Readable.fromWeb(bytes), { type: 'text/plain; charset=utf-8' });
}
