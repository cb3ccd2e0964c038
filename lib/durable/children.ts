// Runs that a run starts as its children: called and awaited in one operation, or started and awaited later. The child's row is inserted in the
// commit that records the operation, so a replay starts nothing again; its id is on record with it.
import type { Operation, OperationOutcome } from '../engine/operation.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import type { RunFrame } from '../engine/run-frame.js';
import { failureTextOf } from '../engine/run-result.js';
import { awaitSource, type SourceWait } from '../engine/source-wait.js';
import { uuidv5 } from '../kernel/ids.js';
import { storedErrorText } from '../kernel/stored-error.js';
import type { NewRun } from '../model/run.js';
import type { WriteRow } from '../store/flush/write-lane.js';
import type { RunOutcomeRow } from '../store/runs/run.store.js';

/** A child that is about to be started by this run. */
export type NewChild = NewRun & {
  detached: boolean;
  /** Its id is of the caller's choice. */
  hasOwnId: boolean;
};

/** Starts a child and gives its result. @throws as the child's `returnValue` */
export function callChild<T>(frame: RunFrame, child: NewChild): Promise<T> {
  return frame.operation<T>('child', child.workflowName, (operation) => {
    // By its place: a replay waits for the same run, and so does what a RESET asks for again.
    const runId = uuidv5(frame.keyOf(operation.ordinal), frame.runId);
    awaitSource(frame, operation, resultOf(frame, 'child', runId), {
      rows: [childRow({ ...child, runId })],
      onDurable: () => frame.services.ports.enqueued(child),
    });
  });
}

/** Starts a child and gives its run id. @throws as RunStarter.startUnique for a child with an id of its own */
export function startChild(frame: RunFrame, child: NewChild): Promise<string> {
  return frame.operation<string>('startChild', child.workflowName, (operation) => {
    if (child.hasOwnId || child.deduplication !== null) void startUnique(frame, operation, child);
    else
      frame.complete(operation, {
        ...started(frame, child.runId),
        writes: [childRow(child)],
        onDurable: () => frame.services.ports.enqueued(child),
      });
  });
}

/** Waits for a child that was started before. @throws as the child's `returnValue` */
export function childResult<T>(frame: RunFrame, workflowName: string, runId: string): Promise<T> {
  return frame.operation<T>('result', workflowName, (operation) =>
    awaitSource(frame, operation, resultOf(frame, 'result', runId)),
  );
}

function resultOf(frame: RunFrame, kind: 'child' | 'result', runId: string): SourceWait<RunOutcomeRow | null> {
  const { lookouts, serializer } = frame.services;
  return {
    kind,
    source: runId,
    watch: (watcher) => lookouts.outcomes.watch(runId, watcher),
    outcome: (row) => {
      const error = row === null ? storedErrorText(new RunNotFoundError(runId)) : failureTextOf(row);
      if (row === null || error !== null) return { output: null, value: undefined, error, attempts: 1 };
      return { output: row.output, value: serializer.deserialize(row.output), error: null, attempts: 1 };
    },
    // It has no timeout.
    none: () => {
      throw new Error('a wait for a run has no end of its own');
    },
  };
}

/** Such an insert may wait for a foreign transaction: it stays out of the lanes, and comes after all that the run wrote before. */
async function startUnique(frame: RunFrame, operation: Operation, child: NewChild): Promise<void> {
  const { clock, ports } = frame.services;
  const beganAt = clock.monotonic();
  // RUNNING sets the deadline that the child inherits, and leaves by itself only later, uncounted.
  if (!child.detached) frame.write('move', ['RUNNING', null, null, 0, false]);
  await frame.durable();
  if (!frame.isRunning) return;
  try {
    // Asked for again after a crash, it must be the same run.
    const runId = child.hasOwnId ? child.runId : uuidv5(frame.keyOf(operation.ordinal), frame.runId);
    const startedAs = await ports.startUnique({ ...child, runId, parent: { runId: frame.runId, detached: child.detached } });
    frame.complete(operation, { ...started(frame, startedAs), beganAt });
  } catch (error) {
    frame.complete(operation, { output: null, value: undefined, error: storedErrorText(error), attempts: 1, beganAt });
  }
}

function started(frame: RunFrame, runId: string): OperationOutcome {
  const { clock, serializer } = frame.services;
  const output = serializer.serialize(runId);
  return { output, value: runId, error: null, attempts: 1, beganAt: clock.monotonic() };
}

function childRow(child: NewChild): WriteRow {
  const attributes = child.attributes === null ? null : JSON.stringify(child.attributes);
  return {
    part: 'child',
    values: [
      child.runId,
      child.workflowName,
      child.queue,
      child.partitionKey,
      child.priority,
      attributes,
      child.input,
      child.timeoutMs,
      child.maxRecoveryAttempts,
      child.delayMs,
      child.detached,
    ],
  };
}
