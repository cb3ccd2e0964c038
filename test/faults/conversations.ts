// The client's part in what runs say to each other: starts them in the order in which they need each other, writes letters to them, cancels some.
// It is not killed; what it was told is in the ledger.
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowApp } from '../support/workflow-app.js';
import type { Ledger } from './ledger.js';
import { CLIENT, type Letter } from './talks.js';

export interface ConversationOptions {
  /** Of nine runs each, and their children. */
  sets: number;
  /** About what a step body takes. */
  ms: number;
  random: () => number;
  /** Some sources of events and some children are cancelled. */
  cancels?: boolean;
}

const COURIER_LETTERS = 4;
const ROUNDS = 4;
const GENERATIONS = 3;
const CHAPTERS = 2;

export class Conversations {
  readonly #under = new Set<Promise<void>>();
  /** Streams that are read; they end when their runs do. */
  readonly #reading = new Set<Promise<void>>();
  #started = 0;
  #letters = 0;

  constructor(
    private readonly client: WorkflowApp,
    private readonly ledger: Ledger,
    private readonly acknowledged: (runs: readonly string[]) => void,
    private readonly childrenOf: (parent: string) => Promise<string[]>,
  ) {}

  /** Resolves when all runs of it are acknowledged; the letters follow, see `settled`. */
  async start({ sets, ms, random, cancels = false }: ConversationOptions): Promise<void> {
    const start = (name: string, args: (i: number) => unknown[]) =>
      this.#start(
        name,
        Array.from({ length: sets }, (_, i) => ({ args: args(i) })),
      );
    const [mailboxes, pongs, tellers, parents, agains, scribes] = await Promise.all([
      start('mailbox', () => [ms, 2]),
      start('pong', () => [ms]),
      start('teller', () => [ms]),
      start('parent', () => [ms]),
      start('again', () => [ms, GENERATIONS]),
      start('scribe', () => [ms, CHAPTERS]),
    ]);
    for (const run of scribes) {
      this.#read(run, 0, 0);
      this.#read(run, 3, random() * 600);
    }
    for (const run of mailboxes) {
      this.#go(this.#writeMail(run, random));
      this.#go(this.#write(run, 'maybe', [{ n: 0, afterMs: 100 + random() * 400 }]));
    }
    for (const run of agains)
      this.#go(
        this.#write(
          run,
          'next',
          Array.from({ length: GENERATIONS }, (_, n) => ({ n, afterMs: random() * 500 })),
        ),
      );
    if (cancels) {
      for (const run of tellers) if (random() < 0.4) this.#go(this.#cancel(run, random() * 500));
      for (const run of scribes) if (random() < 0.2) this.#go(this.#cancel(run, random() * 500));
      for (const run of parents) if (random() < 0.5) this.#go(this.#cancelChild(run, random() * 1_500));
    }
    await Promise.all([
      start('courier', (i) => [ms, mailboxes[i], COURIER_LETTERS]),
      start('ping', (i) => [ms, pongs[i], ROUNDS]),
      start('listener', (i) => [ms, tellers[i]]),
    ]);
  }

  /** Resolves when nothing is left for the client to write or to cancel. */
  async settled(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  /** Resolves when all streams are read to their ends. */
  async untilRead(): Promise<void> {
    while (this.#reading.size > 0) await Promise.all(this.#reading);
  }

  #read(run: string, from: number, afterMs: number): void {
    const stream = 'story';
    const reading = (async () => {
      await pause(afterMs);
      const chunks: Array<[number, string]> = [];
      for await (const { offset, value } of this.client.workflows.getRun(run).stream(stream, { startIndex: from }).chunks())
        chunks.push([offset, JSON.stringify(value)]);
      this.ledger.append({ kind: 'read', run, stream, from, chunks });
    })();
    this.#go(reading, this.#reading);
  }

  /** Under ids of its own, so that it can be repeated: a mailbox that nobody here knows of would never end. */
  async #start(name: string, items: Array<{ args: unknown[] }>): Promise<string[]> {
    const named = items.map(({ args }) => ({ args: args as never, options: { id: `talk ${++this.#started}` } }));
    const started = await repeatedly('START_FAILED', () => this.client.workflows.startMany(name, named));
    const runs = started.map(({ runId }) => runId);
    this.acknowledged(runs);
    return runs;
  }

  #go(work: Promise<void>, under = this.#under): void {
    const done = work
      .catch((error) => this.ledger.append({ kind: 'surprise', what: String((error as Error).stack) }))
      .finally(() => under.delete(done));
    under.add(done);
  }

  /** Three at once, one with a key, two at once, and the last. */
  async #writeMail(run: string, random: () => number): Promise<void> {
    const burst = async (ns: number[]) => void (await Promise.all(ns.map((n) => this.#send(run, 'mail', { from: CLIENT, n }))));
    const rest = () => pause(random() < 0.5 ? 0 : random() * 400);
    await rest();
    await burst([0, 1, 2]);
    await rest();
    await this.#sendSurely(run, 'mail', { from: CLIENT, n: 3 });
    await burst([4, 5]);
    await rest();
    await this.#sendSurely(run, 'mail', { from: CLIENT, n: 6, last: true });
  }

  async #write(run: string, topic: string, letters: Array<{ n: number; afterMs: number }>): Promise<void> {
    for (const { n, afterMs } of letters) {
      await pause(afterMs);
      await this.#sendSurely(run, topic, { from: CLIENT, n });
    }
  }

  /** One that fails may have been sent, or not: the ledger has no line. */
  async #send(run: string, topic: string, letter: Letter): Promise<void> {
    try {
      await this.client.workflows.send(run, topic, letter);
      this.ledger.append({ kind: 'sent', run, topic, n: letter.n, at: Date.now() });
    } catch (error) {
      if ((error as { code?: string }).code !== 'SEND_FAILED') throw error;
    }
  }

  /** Again with the same key, until it is acknowledged. */
  async #sendSurely(run: string, topic: string, letter: Letter): Promise<void> {
    const idempotencyKey = `letter ${++this.#letters}`;
    await repeatedly('SEND_FAILED', () => this.client.workflows.send(run, topic, letter, { idempotencyKey }));
    this.ledger.append({ kind: 'sent', run, topic, n: letter.n, at: Date.now() });
  }

  async #cancelChild(parent: string, afterMs: number): Promise<void> {
    await pause(afterMs);
    const [child] = await this.childrenOf(parent);
    if (child !== undefined) await this.#cancel(child, 0);
  }

  async #cancel(run: string, afterMs: number): Promise<void> {
    await pause(afterMs);
    this.ledger.append({ kind: 'cancel', run });
    const changed = await repeatedly('CANCEL_FAILED', () => this.client.workflows.cancel(run));
    this.ledger.append({ kind: 'cancel', run, changed });
  }
}

/** Until it does not fail with that code: an outage. */
async function repeatedly<R>(code: string, work: () => Promise<R>): Promise<R> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== code) throw error;
    }
  }
}
