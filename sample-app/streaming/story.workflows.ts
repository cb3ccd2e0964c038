// Writes a story, sentence by sentence. Whoever reads it gets each word as it is written, from the beginning, in any process.
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext } from 'nestjs-workflows';
import { type StoryRequest, type Word, WriterSteps } from './writer.steps.js';

export interface StoryResult {
  words: number;
}

const SENTENCES = 6;

@Injectable()
export class StoryWorkflows {
  constructor(
    private readonly writer: WriterSteps,
    private readonly wf: WorkflowContext,
  ) {}

  @Workflow({ name: 'stories.write', timeout: '1h' })
  async write({ topic, paceMs }: StoryRequest): Promise<StoryResult> {
    const writable = this.wf.getWritable<Word>();
    let words = 0;
    for (let sentence = 0; sentence < SENTENCES; sentence++)
      words += await this.writer.writeSentence(writable, { topic, sentence, paceMs, place: words });
    await writable.close();
    return { words };
  }
}
