// Executes a program as workflow code, with the native promises and async functions that users write. Called by the workflow of the worker
// processes, and by the spec of the interpreter with operations that live in memory.
import type { StepOptions, WorkflowContext } from '../../lib/index.js';
import {
  type Branch,
  eventValue,
  type Node,
  type Operation,
  type Program,
  type ProgramResult,
  type StepNode,
  stepFailure,
  stepValue,
} from './program.js';

/** The part of WorkflowContext that programs use. */
export type Operations = Pick<
  WorkflowContext,
  'attempt' | 'step' | 'sleep' | 'sleepUntil' | 'setEvent' | 'progress' | 'now' | 'random' | 'uuid'
>;

/** Called at the beginning of every execution of a body; gives its mark, which no other execution has. */
export type BeginBody = (node: number, attempt: number) => string;

/** @throws an Error whose message tells what the code failed with and what was seen until then */
export async function runProgram(program: Program, operations: Operations, beginBody: BeginBody): Promise<ProgramResult> {
  const execution = new Execution(program, operations, beginBody);
  try {
    const value = await execution.node(program.root);
    return { value, seen: [...execution.seen] };
  } catch (error) {
    throw new Error(`${tell(error)} after ${execution.seen.join(' ')}`);
  }
}

class Execution {
  readonly seen: string[] = [];
  readonly #started = new Map<number, Promise<unknown>>();

  constructor(
    private readonly program: Program,
    private readonly wf: Operations,
    private readonly beginBody: BeginBody,
  ) {}

  async node(node: Node): Promise<unknown> {
    switch (node.op) {
      case 'ticks':
        for (let i = 0; i < node.count; i++) await null;
        return null;
      case 'throw':
        throw new Error(`thrown ${node.id}`);
      case 'seq': {
        const values: unknown[] = [];
        for (const item of node.items) {
          const value = await this.node(item);
          if (value !== null) values.push(value);
        }
        return values;
      }
      case 'try':
        try {
          return await this.node(node.body);
        } catch (error) {
          this.#see(node.id, `caught ${tell(error)}`);
          return await this.node(node.handler);
        }
      case 'finally':
        try {
          return await this.node(node.body);
        } finally {
          await this.node(node.last);
        }
      case 'combine': {
        const branches = node.branches.map((branch) => this.#begin(branch));
        if (node.by === 'allSettled') return this.#see(node.id, (await Promise.allSettled(branches)).map(settled));
        return this.#see(node.id, await COMBINE[node.by](branches));
      }
      case 'start': {
        const promise = this.#begin(node.branch);
        promise.catch(() => undefined);
        this.#started.set(node.id, promise);
        return null;
      }
      case 'join':
        return this.#see(node.id, await this.#started.get(node.start));
      case 'value':
        return this.#see(node.id, node.of === 'now' ? this.wf.now().toISOString() : String(this.wf[node.of]()));
      default:
        return this.#see(node.id, await this.#operation(node));
    }
  }

  #begin(branch: Branch): Promise<unknown> {
    return branch.bare === undefined ? this.node(branch.code) : this.#operation(branch.bare);
  }

  #see<T>(id: number, value: T): T {
    this.seen.push(`${id}:${JSON.stringify(value)}`);
    return value;
  }

  /** The operation's own promise: nothing is awaited here. */
  #operation(node: Operation): Promise<unknown> {
    switch (node.op) {
      case 'step': {
        const { maxAttempts, backoff } = node;
        const retried: StepOptions = { retry: { maxAttempts, initialInterval: backoff, backoff: 1 } };
        return this.wf.step(node.name, () => this.#body(node), maxAttempts > 1 ? retried : undefined);
      }
      case 'sleep':
        return this.wf.sleep(node.ms).then(() => 'slept');
      case 'sleepUntil':
        return this.wf.sleepUntil(new Date(this.wf.now().getTime() + node.ms)).then(() => 'slept');
      case 'event':
        return this.wf.setEvent(node.key, eventValue(this.program, node)).then(() => 'set');
      case 'progress':
        return this.wf.progress(eventValue(this.program, node)).then(() => 'told');
    }
  }

  #body(node: StepNode): string | Promise<string> {
    const { attempt } = this.wf;
    const mark = this.beginBody(node.id, attempt);
    return sometime(() => {
      if (attempt <= node.failures) throw new Error(`${stepFailure(this.program, node, attempt)}#${mark}`);
      return `${stepValue(this.program, node)}#${mark}`;
    });
  }
}

/** When a body is over is its own affair, and another one at every execution: at once, after microtasks, a turn, or a timer. */
function sometime(end: () => string): string | Promise<string> {
  const when = Math.random();
  if (when < 0.25) return end();
  return (async () => {
    if (when < 0.5) for (let i = Math.floor(Math.random() * 5); i > 0; i--) await null;
    else if (when < 0.65) await new Promise(setImmediate);
    else if (when < 0.95) await new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
    else await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 40));
    return end();
  })();
}

const COMBINE = {
  all: (promises: Promise<unknown>[]): Promise<unknown> => Promise.all(promises),
  race: (promises: Promise<unknown>[]) => Promise.race(promises),
  any: (promises: Promise<unknown>[]) => Promise.any(promises),
};

function settled(outcome: PromiseSettledResult<unknown>): unknown {
  return outcome.status === 'fulfilled' ? [outcome.value] : tell(outcome.reason);
}

function tell(error: unknown): string {
  const { message, errors } = error as Error & { errors?: unknown[] };
  return errors === undefined ? message : `${message} (${errors.map(tell).join(', ')})`;
}
