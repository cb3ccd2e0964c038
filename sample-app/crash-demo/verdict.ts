// Compares what was promised (the orders that the app accepted, the steps that were recorded) with what happened. Pure.
import type { Call, Checkpoint, OrderState, StepOfRun } from './demo-database.js';
import type { PlacedOrder } from './order-load.js';

export interface Evidence {
  placed: PlacedOrder[];
  /** Run ids, when the process was dead and no other one was started. */
  endedBeforeKill: Set<string>;
  /** At the same moment. */
  recorded: Checkpoint[];
  /** The last call before the kill. */
  lastCallId: number;
  recordedAtEnd: Checkpoint[];
  calls: Call[];
  effects: StepOfRun[];
  orders: OrderState[];
}

export interface Verdict {
  /** Accepted, but without an end that an order may have. */
  lost: PlacedOrder[];
  /** Recorded before the kill as a step that calls a service, and called again after it. */
  recordedAndCalledAgain: StepOfRun[];
  /** Recorded before the kill, and not the same at the end. */
  changedRecords: StepOfRun[];
  /** Steps of fulfilled orders without their effect. */
  missingEffects: StepOfRun[];
  /** Run → step → how often its most repeated attempt was called. */
  callCounts: Map<string, Map<string, number>>;
  /** Steps whose call was made twice, because the crash came before it was recorded. */
  calledTwice: number;
  isGood: boolean;
}

export const SERVICE_STEPS = ['stock.reserve', 'payment.charge', 'mail.send'];

export function judge(evidence: Evidence): Verdict {
  const { placed, recorded, lastCallId, recordedAtEnd, calls, effects, orders } = evidence;
  const orderOf = new Map(orders.map((order) => [order.runId, order]));
  const lost = placed.filter(({ runId }) => !hasEndedWell(orderOf.get(runId)));

  const calledAfter = new Set(calls.filter((call) => call.id > lastCallId).map(keyOf));
  const recordedAndCalledAgain = recorded.filter((checkpoint) => calledAfter.has(keyOf(checkpoint)));

  const fingerprintOf = new Map(recordedAtEnd.map((checkpoint) => [keyOf(checkpoint), checkpoint.fingerprint]));
  const changedRecords = recorded.filter((checkpoint) => fingerprintOf.get(keyOf(checkpoint)) !== checkpoint.fingerprint);

  const had = new Set(effects.map(keyOf));
  const missingEffects = orders
    .filter(({ orderStatus }) => orderStatus === 'FULFILLED')
    .flatMap(({ runId }) => SERVICE_STEPS.map((step) => ({ runId, step })))
    .filter((effect) => !had.has(keyOf(effect)));

  const callCounts = countCalls(calls);
  const calledTwice = [...callCounts.values()].flatMap((steps) => [...steps.values()]).filter((count) => count > 1).length;
  const isGood = lost.length + recordedAndCalledAgain.length + changedRecords.length + missingEffects.length === 0;
  return { lost, recordedAndCalledAgain, changedRecords, missingEffects, callCounts, calledTwice, isGood };
}

/** By attempt: the attempt after a 503 is a retry, the same attempt twice is a repetition by the crash. */
function countCalls(calls: Call[]): Map<string, Map<string, number>> {
  const attempts = new Map<string, number>();
  const counts = new Map<string, Map<string, number>>();
  for (const call of calls) {
    const key = `${keyOf(call)}/${call.attempt}`;
    const count = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, count);
    const steps = counts.get(call.runId) ?? new Map<string, number>();
    counts.set(call.runId, steps.set(call.step, Math.max(count, steps.get(call.step) ?? 0)));
  }
  return counts;
}

/** Rejected is as good an end as fulfilled: the customer knows why. */
function hasEndedWell(order: OrderState | undefined): boolean {
  return order?.runStatus === 'SUCCESS' && ['FULFILLED', 'REJECTED'].includes(order.orderStatus);
}

function keyOf({ runId, step }: StepOfRun): string {
  return `${runId}/${step}`;
}
