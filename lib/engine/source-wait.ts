// The durable wait for something that somebody else brings: a message, an event, the end of a run. First a look; only if nothing is there
// a row in `waits`, so that whoever brings it knows whom to wake. At the timeout one more look: what came in time counts.
//
//   look ──there──► outcome
//     └─not yet──► wait (durable) ──comes, or the run is woken and looks again──► outcome
//                    └─────────timeout──► last look ──► outcome, or none
import type { RecordedWait } from '../model/operation.js';
import type { WriteRow } from '../store/flush/write-lane.js';
import { beginWait, resumeWait, type WaitTarget } from './durable-wait.js';
import type { Watcher } from './lookout.js';
import type { Operation, OperationOutcome } from './operation.js';
import type { RunFrame } from './run-frame.js';

export interface SourceWait<V> {
  kind: RecordedWait['kind'];
  /** The run that brings it; null: anybody, into this run's own inbox. */
  source: string | null;
  /** The topic, or the key of the event. */
  key?: string;
  /** Undefined: for ever. */
  timeoutMs?: number;
  watch(watcher: Watcher<V>): () => void;
  outcome(value: V): Omit<OperationOutcome, 'beganAt'>;
  /** Of a wait that was in vain. */
  none(): Omit<OperationOutcome, 'beganAt'>;
}

/** How a wait that was in vain is recorded. */
export const NONE = { output: 'null', value: null, error: null, attempts: 1 } as const;

/** What the run waits for is made by rows that are durable together with the wait: there is nothing to look for yet. */
export interface MadeWithWait {
  rows: readonly WriteRow[];
  onDurable(): void;
}

/** Completes `operation` once. */
export function awaitSource<V>(frame: RunFrame, operation: Operation, wait: SourceWait<V>, made?: MadeWithWait): void {
  const beganAt = frame.services.clock.monotonic();
  operation.hasSource = true;
  const complete = (outcome: Omit<OperationOutcome, 'beganAt'>) => {
    operation.leave?.();
    operation.leave = undefined;
    operation.timer?.cancel();
    operation.state = 'busy';
    frame.complete(operation, { ...outcome, beganAt });
  };
  const found = (value: V) => {
    // A watcher hears of everything that comes, also while an earlier outcome is on its way.
    if (!frame.isRunning || operation.leave === undefined) return;
    try {
      complete(wait.outcome(value));
    } catch (damaged) {
      frame.failDelivery(damaged);
    }
  };
  const watch = (nothing?: () => void) => {
    operation.leave = wait.watch({ found, nothing });
  };
  const lastLook = () => {
    operation.leave?.();
    watch(() => complete(wait.none()));
  };
  const begun = frame.history.waits.get(operation.ordinal);
  // Its row goes with the outcome, also with one that the first look finds.
  operation.hasWait = begun !== undefined;
  // Not at rest before that look: what woke the run is there.
  if (begun !== undefined) watch(() => resumeWait(frame, operation, begun, lastLook));
  else if (made !== undefined) begin();
  else void firstLook();

  /** At another run only when all that this one wrote before is durable: it may just have started that run. */
  async function firstLook(): Promise<void> {
    if (wait.source !== null) await frame.durable();
    if (frame.isRunning && !operation.isComplete) watch(wait.timeoutMs === 0 ? () => complete(wait.none()) : begin);
  }

  function begin(): void {
    if (!frame.isRunning) return;
    const { kind, timeoutMs, source, key } = wait;
    const target: WaitTarget = timeoutMs === undefined ? { forever: true } : { delayMs: timeoutMs };
    const onDurable =
      made &&
      (() => {
        made.onDurable();
        if (frame.isRunning && !operation.isComplete) watch();
      });
    beginWait(frame, operation, kind, target, lastLook, { source, key, before: made?.rows, onDurable });
  }
}
