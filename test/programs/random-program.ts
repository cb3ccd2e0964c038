// Random programs, each a function of its seed. What they are made of is weighted so that most of them end well, many operations are out at
// once, and the same step name is asked for in several branches. Called by the specs.
import { randomNumbers } from '../support/random-numbers.js';
import type { Branch, Combinator, Node, Operation, Program } from './program.js';

const MAX_DEPTH = 3;
/** Longer than the workers' `suspendAfter`: the run leaves memory, if nothing else is going on in it. */
const LONG_MS = 120;

export function randomProgram(seed: number): Program {
  return { seed, root: new Composer(seed).program() };
}

class Composer {
  readonly #chance: () => number;
  /** No part of it depends on who is first: such a program can be judged without its record, too. */
  readonly #orderFree: boolean;
  #budget: number;
  #nextId = 0;

  constructor(seed: number) {
    this.#chance = randomNumbers(seed * 7919 + 1);
    this.#orderFree = this.#chance() < 0.3;
    this.#budget = 6 + this.#below(12);
  }

  program(): Node {
    const items: Node[] = [];
    const open: number[] = [];
    while (this.#budget > 0) items.push(...this.#item(0, open));
    return { op: 'seq', items };
  }

  #sequence(depth: number, outer: readonly number[], most = 3): Node {
    const open = [...outer];
    const items: Node[] = [];
    for (let i = 1 + this.#below(most); i > 0; i--) items.push(...this.#item(depth, open));
    return { op: 'seq', items };
  }

  /** `open`: what was started before and is in reach of a join. */
  #item(depth: number, open: number[]): Node[] {
    const items = [this.#node(depth, open)];
    if (this.#chance() < 0.35) items.push({ op: 'ticks', count: 1 + this.#below(4) });
    return items;
  }

  #node(depth: number, open: number[]): Node {
    const kind = this.#chance();
    const nests = depth < MAX_DEPTH && this.#budget > 0;
    if (nests && kind < 0.26) return this.#combine(depth, open);
    if (nests && kind < 0.34)
      return { op: 'try', id: this.#id(), body: this.#failing(depth, open), handler: this.#sequence(depth + 1, open, 1) };
    if (nests && kind < 0.37)
      return { op: 'finally', body: this.#sequence(depth + 1, open), last: this.#sequence(depth + 1, open, 1) };
    if (nests && kind < 0.45) {
      const start: Node = { op: 'start', id: this.#id(), branch: this.#branch(depth, open) };
      open.push(start.id);
      return start;
    }
    if (open.length > 0 && kind < 0.53) return { op: 'join', id: this.#id(), start: open[this.#below(open.length)] as number };
    if (kind < 0.58 && !this.#orderFree) return { op: 'value', id: this.#id(), of: this.#pick(['uuid', 'random', 'now']) };
    return this.#operation(this.#chance() < 0.06);
  }

  #combine(depth: number, open: readonly number[]): Node {
    const by = this.#pick<Combinator>(this.#orderFree ? ['all', 'allSettled'] : ['all', 'all', 'race', 'any', 'allSettled']);
    const branches = Array.from({ length: 1 + this.#below(4) }, () => this.#branch(depth, open));
    return { op: 'combine', id: this.#id(), by, branches };
  }

  #branch(depth: number, open: readonly number[]): Branch {
    return this.#chance() < 0.3 ? { bare: this.#operation(this.#chance() < 0.1) } : { code: this.#sequence(depth + 1, open) };
  }

  /** Something that fails, sooner or later, and what comes before that. */
  #failing(depth: number, open: readonly number[]): Node {
    const before = this.#chance() < 0.4 ? this.#sequence(depth + 1, open, 2) : { op: 'ticks' as const, count: this.#below(3) };
    const failure: Node = this.#chance() < 0.15 ? { op: 'throw', id: this.#id() } : this.#operation(this.#chance() < 0.8);
    return { op: 'seq', items: [before, failure] };
  }

  #operation(fails: boolean): Operation {
    this.#budget--;
    const id = this.#id();
    const kind = this.#chance();
    if (fails || kind < 0.62) return this.#step(id, fails);
    if (kind < 0.74) return { op: 'sleep', id, ms: this.#chance() < 0.2 ? LONG_MS + this.#below(250) : this.#below(5) };
    if (kind < 0.78 && !this.#orderFree) return { op: 'sleepUntil', id, ms: 10 + this.#below(this.#chance() < 0.3 ? 300 : 30) };
    if (kind < 0.92) return { op: 'event', id, key: `key-${this.#below(2)}` };
    return { op: 'progress', id };
  }

  #step(id: number, fails: boolean): Operation {
    const name = `step-${this.#below(3)}`;
    if (this.#chance() < 0.75) return { op: 'step', id, name, failures: fails ? 1 : 0, maxAttempts: 1, backoff: 0 };
    const maxAttempts = 2 + this.#below(2);
    const backoff = this.#chance() < 0.15 ? LONG_MS + this.#below(150) : this.#below(6);
    return { op: 'step', id, name, failures: fails ? maxAttempts : this.#below(maxAttempts), maxAttempts, backoff };
  }

  #id(): number {
    return this.#nextId++;
  }

  #below(limit: number): number {
    return Math.floor(this.#chance() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }
}
