// The workflows of the fault runs that have to do with others: mailboxes, events, children, runs that go on as new. Each returns what it got, so
// that the checker can compare it with what was sent, set and returned elsewhere; `steps` are nonces as in workload.ts.
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext, type WorkflowsError } from '../../lib/index.js';
import { Ledger } from './ledger.js';
import { type Nonces, type StepConduct, tellingStep } from './workload.js';

/** `from`: a run, or CLIENT. `n` counts per sender and topic, from 0. */
export interface Letter {
  from: string;
  n: number;
  last?: boolean;
}

export const CLIENT = 'client';
/** The client, as writer about `maybe`. */
export const MAYBE_SENDER = `${CLIENT}, maybe`;
export const CANCELLED = 'cancelled';

export interface MailboxResult {
  steps: Nonces;
  letters: Letter[];
  /** Nobody writes to that topic. */
  quiet: unknown;
  /** Of a wait with a timeout; the letter itself is among `letters` in any case. */
  inTime: boolean;
}

export interface PairResult {
  steps: Nonces;
  letters: Letter[];
}

export interface ListenerResult {
  steps: Nonces;
  first: string | null;
  /** Read with a timeout. */
  soon: string | null;
  second: string | null;
  /** Never set. */
  third: string | null;
}

/** By label: the child's result, or CANCELLED. */
export interface ParentResult {
  steps: Nonces;
  children: Record<string, unknown>;
}

export interface AgainResult extends ParentResult {
  letters: Letter[];
}

/** A chunk of `story`: `n` of the workflow itself, from 0; `page` of the step with that nonce. */
export type Chunk = { n: number } | { page: number; nonce: string };

export const PAGES = 4;
export const SENTENCES_PER_CHAPTER = 6;

@Injectable()
export class Talks {
  constructor(
    @Inject(Ledger) private readonly ledger: Ledger,
    @Inject(WorkflowContext) private readonly wf: WorkflowContext,
  ) {}

  /** Letters of so many senders, until the last of each. */
  @Workflow({ name: 'mailbox' })
  async mailbox(ms: number, senders: number): Promise<MailboxResult> {
    const steps: Nonces = {};
    const letters: Letter[] = [];
    await this.#step(steps, 'a', ms);
    const maybe = this.wf.receive<Letter>('maybe', { timeout: 300 });
    const quiet = await this.wf.receive('quiet', { timeout: 150 });
    for (let open = senders; open > 0; ) {
      const letter = await this.wf.receive<Letter>('mail');
      if (letter === null) throw new Error('a wait without a timeout ended with nothing');
      letters.push(letter);
      if (letter.last) open--;
    }
    await this.#step(steps, 'b', ms);
    const soon = await maybe;
    const late = soon ?? (await this.wf.receive<Letter>('maybe'));
    if (late !== null) letters.push({ ...late, from: MAYBE_SENDER });
    return { steps, letters, quiet, inTime: soon !== null };
  }

  @Workflow({ name: 'courier' })
  async courier(ms: number, to: string, count: number): Promise<PairResult> {
    const steps: Nonces = {};
    await this.#step(steps, 'a', ms);
    for (let n = 0; n < count; n++) {
      await this.wf.send(to, 'mail', { from: this.wf.runId, n, last: n === count - 1 } satisfies Letter);
      if (n % 2 === 1) await this.wf.sleep(n * 60);
    }
    return { steps, letters: [] };
  }

  @Workflow({ name: 'pong' })
  async pong(ms: number): Promise<PairResult> {
    const steps: Nonces = {};
    const letters: Letter[] = [];
    await this.#step(steps, 'a', ms);
    for (;;) {
      const ball = await this.wf.receive<Letter>('ball');
      if (ball === null) throw new Error('a wait without a timeout ended with nothing');
      letters.push(ball);
      await this.wf.send(ball.from, 'ball', { from: this.wf.runId, n: ball.n });
      if (ball.last) return { steps, letters };
    }
  }

  @Workflow({ name: 'ping' })
  async ping(ms: number, to: string, rounds: number): Promise<PairResult> {
    const steps: Nonces = {};
    const letters: Letter[] = [];
    for (let n = 0; n < rounds; n++) {
      await this.#step(steps, `s${n}`, n % 2 === 0 ? ms : 0);
      await this.wf.send(to, 'ball', { from: this.wf.runId, n, last: n === rounds - 1 });
      const ball = await this.wf.receive<Letter>('ball');
      if (ball !== null) letters.push(ball);
    }
    return { steps, letters };
  }

  @Workflow({ name: 'teller' })
  async teller(ms: number): Promise<PairResult> {
    const steps: Nonces = {};
    await this.#step(steps, 'a', ms);
    await this.wf.setEvent('first', steps.a);
    await this.wf.sleep(200);
    await this.#step(steps, 'b', ms);
    await this.wf.setEvent('second', steps.b);
    return { steps, letters: [] };
  }

  @Workflow({ name: 'listener' })
  async listener(ms: number, source: string): Promise<ListenerResult> {
    const steps: Nonces = {};
    const first = await this.wf.getEvent<string>(source, 'first');
    await this.#step(steps, 'a', ms);
    const [soon, second] = await Promise.all([
      this.wf.getEvent<string>(source, 'second', { timeout: 150 }),
      this.wf.getEvent<string>(source, 'second'),
    ]);
    const third = await this.wf.getEvent<string>(source, 'third');
    return { steps, first, soon, second, third };
  }

  @Workflow({ name: 'leaf' })
  async leaf(ms: number, _label: string): Promise<string | undefined> {
    const steps: Nonces = {};
    await this.#step(steps, 'leaf', ms);
    return steps.leaf;
  }

  @Workflow({ name: 'middle' })
  async middle(ms: number, _label: string): Promise<ParentResult> {
    const children: Record<string, unknown> = {};
    const steps: Nonces = {};
    await this.wf.all('two', {
      left: async () => {
        await this.#step(steps, 'l', ms, { branch: 'two.left' });
        children.left = await orCancelled(this.leaf(ms, 'left'));
      },
      right: async () => {
        children.right = await orCancelled(this.leaf(0, 'right'));
      },
    });
    return { steps, children };
  }

  /** Children started with an id of its own, without one, called in a map, and nested. */
  @Workflow({ name: 'parent' })
  async parent(ms: number): Promise<ParentResult> {
    const steps: Nonces = {};
    const children: Record<string, unknown> = {};
    const own = await this.wf.startChild(this.leaf, [ms, 'own'], { id: `own of ${this.wf.runId}` });
    const later = await this.wf.startChild(this.leaf, [ms, 'later']);
    await this.wf.map(
      'part',
      [0, 1, 2, 3],
      async (i) => {
        children[`part${i}`] = await orCancelled(this.leaf(ms * i, `part${i}`));
      },
      { concurrency: 2 },
    );
    await this.#step(steps, 'a', ms);
    children.nested = await orCancelled(this.middle(ms, 'nested'));
    children.later = await orCancelled(later.returnValue);
    children.own = await orCancelled(own.returnValue);
    return { steps, children };
  }

  /** So many executions, one letter in each. */
  @Workflow({ name: 'again' })
  async again(ms: number, left: number, before: AgainResult = { steps: {}, children: {}, letters: [] }): Promise<AgainResult> {
    const n = before.letters.length;
    const steps = { ...before.steps };
    await this.#step(steps, `g${n}`, ms);
    const letter = await this.wf.receive<Letter>('next');
    await this.wf.setEvent('generation', n);
    const child = await orCancelled(this.leaf(0, `child${n}`));
    const result = {
      steps,
      children: { ...before.children, [`child${n}`]: child },
      letters: [...before.letters, letter as Letter],
    };
    return left > 1 ? this.wf.continueAsNew([ms, left - 1, result]) : result;
  }

  /** So many executions, each of them a chapter: the workflow writes before, beside and after a step that writes too, and fails once. */
  @Workflow({ name: 'scribe' })
  async scribe(ms: number, chapters: number, written = 0, before: Nonces = {}): Promise<{ steps: Nonces; written: number }> {
    const steps = { ...before };
    const story = this.wf.stream<Chunk>('story');
    let n = written;
    const sentence = () => story.write({ n: n++ });
    await sentence();
    await sentence();
    const pages = this.#step(steps, `pages${chapters}`, ms, {
      fails: chapters === 1 ? 1 : 0,
      retry: { maxAttempts: 2, initialInterval: 150 },
      during: async (nonce) => {
        for (let page = 0; page < PAGES; page++) {
          await story.write({ page, nonce });
          if (page === 1) await pause(ms);
        }
      },
    });
    await sentence();
    await pages;
    await sentence();
    await this.wf.sleep(180);
    await sentence();
    await this.#step(steps, `end${chapters}`, 0);
    await sentence();
    if (chapters > 1) return this.wf.continueAsNew([ms, chapters - 1, n, steps]);
    await story.close();
    return { steps, written: n };
  }

  #step(steps: Nonces, step: string, ms: number, conduct?: StepConduct): Promise<void> {
    const after = conduct?.branch === undefined ? Object.keys(steps) : [];
    return tellingStep(this.ledger, this.wf, steps, step, ms, after, conduct);
  }
}

async function orCancelled(child: Promise<unknown>): Promise<unknown> {
  try {
    return await child;
  } catch (error) {
    if ((error as WorkflowsError).code === 'RUN_CANCELLED') return CANCELLED;
    throw error;
  }
}
