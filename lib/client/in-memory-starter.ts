// A start that touches no database before it answers: checked as any other, then handed to the queue in memory. `workflows.enqueueInMemory`.
import type { InMemoryQueue } from '../dispatch/in-memory-queue.js';
import type { QueueDirectory } from '../engine/queue-directory.js';
import { type WorkflowDefinition, WorkflowNotRegisteredError, type WorkflowRegistry } from '../engine/workflow-registry.js';
import { isPlainObject } from '../kernel/option-keys.js';
import { PayloadInvalidError, PayloadTooLargeError } from '../kernel/payload.errors.js';
import type { Serializer } from '../kernel/serializer.js';
import { InvalidStartOptionError } from './invalid-start-option.error.js';
import { definitionOf, newRunOf, queueOf, type WorkflowMethod } from './new-run.js';
import { type ResolvedStartOptions, resolveStartOptions, type StartOptions } from './start-options.js';

/** What needs the database for its answer. */
const NEEDS_DATABASE = [
  'id',
  'manager',
  'deduplicationId',
  'deduplicationPolicy',
  'debounce',
  'actor',
  'reason',
  'requestId',
] as const;

/** `delay` counts from the moment at which the run is written, milliseconds later as a rule. */
export type InMemoryStartOptions = Omit<StartOptions, (typeof NEEDS_DATABASE)[number]>;

export type InMemoryRefusal = 'overflow' | 'maintenance' | 'invalid_payload' | 'not_registered' | 'shutting_down';

export type EnqueueResult =
  | {
      accepted: true;
      runId: string;
      /** Runs that were accepted and are not written yet, this one included. */
      queueDepth: number;
      /** The run that was dropped for this one (`overflow: 'drop_oldest'`). It does not exist any more. */
      droppedOldest?: string;
    }
  | {
      accepted: false;
      reason: InMemoryRefusal;
      queueDepth: number;
      /** Of an `invalid_payload`. */
      error?: PayloadInvalidError | PayloadTooLargeError;
    };

export interface InMemoryStarterParts {
  queue: InMemoryQueue;
  registry: WorkflowRegistry;
  serializer: Serializer;
  directory: QueueDirectory;
}

export class InMemoryStarter {
  constructor(private readonly parts: InMemoryStarterParts) {}

  /** See WorkflowService.enqueueInMemory. */
  enqueue(target: WorkflowMethod | string, args: unknown[], options: InMemoryStartOptions | undefined): EnqueueResult {
    const { queue, serializer } = this.parts;
    const resolved = resolveInMemoryOptions(options);
    const definition = this.#find(target);
    if (definition === undefined) return this.#refuse('not_registered');
    if (resolved.queue !== undefined) this.#requireQueue(resolved.queue);
    // First, because it is cheap: whoever is refused for want of room comes often.
    const { obstacle } = queue;
    if (obstacle !== undefined) return this.#refuse(obstacle);
    if (!resolved.allowDuringMaintenance && this.parts.directory.refusesStarts(queueOf(definition, resolved)))
      return this.#refuse('maintenance');
    try {
      const run = newRunOf(definition, args, resolved, serializer);
      const droppedOldest = queue.accept(run);
      const answer = { accepted: true as const, runId: run.runId, queueDepth: queue.depth };
      return droppedOldest === undefined ? answer : { ...answer, droppedOldest };
    } catch (error) {
      if (!(error instanceof PayloadInvalidError || error instanceof PayloadTooLargeError)) throw error;
      return { ...this.#refuse('invalid_payload'), error };
    }
  }

  #refuse(reason: InMemoryRefusal): Extract<EnqueueResult, { accepted: false }> {
    const { queue } = this.parts;
    queue.refuse(reason);
    return { accepted: false, reason, queueDepth: queue.depth };
  }

  #find(target: WorkflowMethod | string): WorkflowDefinition | undefined {
    try {
      return definitionOf(this.parts.registry, target);
    } catch (error) {
      if (error instanceof WorkflowNotRegisteredError) return undefined;
      throw error;
    }
  }

  /** Before this process has read the queues it takes any; what is wrong then comes out when the run is written. */
  #requireQueue(name: string): void {
    const { directory } = this.parts;
    if (directory.find(name) === undefined && directory.names.length > 0) directory.get(name);
  }
}

/** @throws as resolveStartOptions */
function resolveInMemoryOptions(options: InMemoryStartOptions = {}): ResolvedStartOptions {
  if (isPlainObject(options))
    for (const key of NEEDS_DATABASE)
      if ((options as StartOptions)[key] !== undefined)
        throw new InvalidStartOptionError(key, 'needs the database, which enqueueInMemory() does not ask; use start() for it');
  return resolveStartOptions(options);
}
