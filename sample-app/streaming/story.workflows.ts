// Writes a story, sentence by sentence. Whoever reads it gets each word as it is written, from the beginning, in any process.
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext } from 'nestjs-workflows';
import { type StoryRequest, type Word, WriterSteps } from './writer.steps.js';

export interface StoryResult {
  words: number;
}

const SENTENCES = 6;

/** What operators may start it with. Requests to the story's own routes are checked there. */
const REQUEST_SCHEMA = {
  type: 'object',
  title: 'A story',
  properties: {
    topic: { type: 'string', title: 'Topic', description: 'What it is about.', minLength: 1, maxLength: 200 },
    paceMs: { type: 'integer', title: 'Pace', description: 'ms between two words.', minimum: 0, maximum: 5_000, default: 100 },
  },
  required: ['topic', 'paceMs'],
  additionalProperties: false,
};

@Injectable()
export class StoryWorkflows {
  constructor(
    private readonly writer: WriterSteps,
    private readonly wf: WorkflowContext,
  ) {}

  @Workflow({ name: 'stories.write', timeout: '1h', inputSchema: REQUEST_SCHEMA })
  async write({ topic, paceMs }: StoryRequest): Promise<StoryResult> {
    const writable = this.wf.getWritable<Word>();
    let words = 0;
    for (let sentence = 0; sentence < SENTENCES; sentence++)
      words += await this.writer.writeSentence(writable, { topic, sentence, paceMs, place: words });
    await writable.close();
    return { words };
  }
}
