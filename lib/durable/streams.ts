// Streams of a run, as its code writes them: chunks in order under a name, which any process reads live (lib/client/stream-reader.ts).
//
// The workflow's own code writes each chunk exactly once, without recording an operation: a replay counts its writes, and those that are
// durable already are left out. A step writes at least once: an attempt that is repeated writes again, and its chunks say which one it was.
import { NoActiveRunError } from '../engine/run.errors.js';
import type { RunFrame } from '../engine/run-frame.js';
import { currentScope, type RunScope } from '../engine/run-scope.js';
import type { StepAttempt } from '../engine/step-attempt.js';
import type { Chunk } from '../engine/stream-heads.js';
import { assertName } from '../kernel/ids.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { makeRunWritable } from './run-writable.js';

export const DEFAULT_STREAM = 'default';

/** Somebody else has closed the stream, or this code has. */
export class StreamClosedError extends WorkflowsError {
  constructor(stream: string) {
    super('StreamClosedError', 'STREAM_CLOSED', `Stream "${stream}" is closed, so nothing more can be written to it.`, {
      details: { stream },
    });
  }
}

/** Nothing was written: the attempt timed out or is over, or its run is not this process's any more. */
export class AttemptOverError extends WorkflowsError {
  constructor(step: StepAttempt, stream: string) {
    super(
      'AttemptOverError',
      'ATTEMPT_OVER',
      `Attempt ${step.attempt} of step "${step.stepName}" is over, so it can't write to stream "${stream}". Await what the step writes, and stop when wf.signal is aborted.`,
      {
        details: { step: step.stepName, attempt: step.attempt, stream },
        ...(step.signal.aborted && { cause: step.signal.reason }),
      },
    );
  }
}

/**
 * One stream of the run that made it. Each chunk is of whoever calls `write`, the workflow or one of its steps, wherever the writer was made.
 * Whatever rejects: a rejection that nobody awaits does not end the process.
 */
export class StreamWriter<T = unknown> {
  readonly #origin: RunScope;
  #writable?: WritableStream<T>;

  /** @internal Made by WorkflowContext.stream. @throws InvalidIdError */
  constructor(
    origin: RunScope,
    readonly name: string,
  ) {
    assertName(name, 'stream name');
    this.#origin = origin;
  }

  /**
   * Appends a chunk; resolves when there is room for more, not when it is durable: it is before whatever the run does next. `undefined`
   * is a chunk too.
   *
   * @throws StreamClosedError, PayloadInvalidError, PayloadTooLargeError, AttemptOverError, NoActiveRunError (as rejections), before
   * anything is written
   */
  write(chunk: T): Promise<void> {
    return quietly(() => this.#write(chunk, currentScope()));
  }

  /** Its readers end when they have read all of it. Idempotent; a later attempt of the same step may go on. @throws as `write` */
  close(): Promise<void> {
    return quietly(() => this.#close(currentScope()));
  }

  /** The same as a standard stream, always the same one: `readable.pipeTo(writer.writable)`. */
  get writable(): WritableStream<T> {
    this.#writable ??= makeRunWritable<T>({
      write: (chunk, caller) => this.#write(chunk, caller),
      close: (caller) => this.#close(caller),
    });
    return this.#writable;
  }

  #write(chunk: T, caller: RunScope | undefined): Promise<void> | undefined {
    const scope = this.#scopeOf(caller, 'write');
    const value = scope.frame.services.serializer.serialize(chunk, `chunk of stream "${this.name}"`);
    return append(scope, this.name, { value, closes: false });
  }

  #close(caller: RunScope | undefined): Promise<void> | undefined {
    return append(this.#scopeOf(caller, 'close'), this.name, { value: null, closes: true });
  }

  /** A callback that lost its context belongs to the step that made the writer; one of the workflow itself could not be replayed. */
  #scopeOf(caller: RunScope | undefined, member: string): RunScope {
    if (caller?.frame === this.#origin.frame) return caller;
    if (this.#origin.step !== undefined) return this.#origin;
    throw new NoActiveRunError(`stream().${member}`);
  }
}

function append({ frame, step }: RunScope, stream: string, chunk: Chunk): Promise<void> | undefined {
  return step === undefined ? appendOnce(frame, stream, chunk) : appendOfAttempt(frame, step, stream, chunk);
}

function appendOnce(frame: RunFrame, stream: string, chunk: Chunk): Promise<void> {
  // Asked first: what was written before the stream was closed is repeated while it is.
  if (frame.isRunning && !frame.streams.isRepeated(stream)) {
    if (!frame.streams.isClosed(stream)) frame.writeChunk(frame.streams.append(stream, chunk));
    else if (!chunk.closes) throw new StreamClosedError(stream);
  }
  return frame.unrecorded();
}

function appendOfAttempt(frame: RunFrame, step: StepAttempt, stream: string, chunk: Chunk): Promise<void> | undefined {
  if (step.isOver || !frame.isRunning) throw new AttemptOverError(step, stream);
  if (!frame.streams.isClosed(stream, step)) frame.writeChunk(frame.streams.append(stream, chunk, step));
  else if (!chunk.closes) throw new StreamClosedError(stream);
  return frame.room();
}

function quietly(work: () => Promise<void> | undefined): Promise<void> {
  try {
    return work() ?? Promise.resolve();
  } catch (error) {
    const promise = Promise.reject(error);
    promise.catch(() => undefined);
    return promise;
  }
}
