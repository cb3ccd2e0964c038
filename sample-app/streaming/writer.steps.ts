// The writer. In real life it is a language model that answers token by token; this one knows a single story.
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Step, WorkflowContext } from 'nestjs-workflows';

export interface StoryRequest {
  topic: string;
  /** Between two words. */
  paceMs: number;
}

/**
 * A word and its place in the story. A step whose process died begins its sentence anew, and what it wrote before stays in the stream: by
 * their places readers know the words they have.
 */
export interface Word {
  place: number;
  word: string;
}

const STORY = [
  'Nobody in the valley had ever asked for {topic}.',
  'One morning it was there all the same, a little wet, between the post office and the pear tree.',
  'The mayor wrote three letters and got four answers.',
  'By noon the children had given it a name, and by evening a hat.',
  'When the lights went out that night, it was the only thing that went on where it had stopped.',
  'Since then people in the valley speak kindly of {topic}, and save their work more often.',
];

@Injectable()
export class WriterSteps {
  constructor(private readonly wf: WorkflowContext) {}

  /** @returns the number of words written */
  @Step({ name: 'story.sentence', retry: { maxAttempts: 3 }, timeout: '5m' })
  async writeSentence(
    writable: WritableStream<Word>,
    { topic, sentence, paceMs, place }: StoryRequest & { sentence: number; place: number },
  ): Promise<number> {
    const words = (STORY[sentence] ?? '').replace('{topic}', topic).split(' ');
    const writer = writable.getWriter();
    try {
      for (const [i, word] of words.entries()) {
        await delay(paceMs, undefined, { signal: this.wf.signal });
        await writer.write({ place: place + i, word });
      }
    } finally {
      writer.releaseLock();
    }
    return words.length;
  }
}
