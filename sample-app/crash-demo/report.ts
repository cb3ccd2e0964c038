// The verdict in a screenful: runs with the same story share one line.
import { type Evidence, SERVICE_STEPS, type Verdict } from './verdict.js';

export interface Timing {
  killedAtMs: number;
  backAfterMs: number;
  allEndedAfterMs: number;
}

export function report(evidence: Evidence, verdict: Verdict, timing: Timing): string {
  return [stories(evidence, verdict), totals(evidence, verdict, timing)].join('\n\n');
}

/** `✓` called once · `✓✓` called twice by the crash, one effect · `·` not called. */
function stories({ placed, orders, endedBeforeKill }: Evidence, { callCounts }: Verdict): string {
  const byRun = new Map(orders.map((order) => [order.runId, order]));
  const lines = new Map<string, number>();
  for (const { runId } of placed) {
    const when = endedBeforeKill.has(runId) ? 'before the kill' : 'after it';
    const marks = SERVICE_STEPS.map((step) => '✓'.repeat(callCounts.get(runId)?.get(step) ?? 0) || '·');
    const line = row([...marks, byRun.get(runId)?.orderStatus ?? 'LOST', when]);
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  const head = `  runs  ${row([...SERVICE_STEPS, 'order is', 'ended'])}`;
  const body = [...lines].sort(([, a], [, b]) => b - a).map(([line, count]) => `  ${String(count).padStart(4)}  ${line}`);
  return [head, ...body, '', '  ✓ called once   ✓✓ called again after the crash, with one effect   · not called'].join('\n');
}

function row(cells: string[]): string {
  return cells
    .map((cell) => cell.padEnd(15))
    .join(' ')
    .trimEnd();
}

function totals(evidence: Evidence, verdict: Verdict, { killedAtMs, backAfterMs, allEndedAfterMs }: Timing): string {
  const { placed, recorded, calls, effects } = evidence;
  const recordedCalls = recorded.filter(({ step }) => SERVICE_STEPS.includes(step));
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return [
    `  ${calls.length} calls had ${effects.length} effects; ${verdict.calledTwice} steps were on their way when the app died, and were called again`,
    `  killed after ${seconds(killedAtMs)}, app back ${seconds(backAfterMs)} later, all orders ended ${seconds(allEndedAfterMs)} after the kill`,
    '',
    check(verdict.lost, `of ${placed.length} accepted orders lost`),
    check(verdict.recordedAndCalledAgain, `of ${recordedCalls.length} calls that were recorded before the kill made again`),
    check(verdict.changedRecords, `of ${recorded.length} steps that were recorded before the kill changed`),
    check(verdict.missingEffects, 'effects of fulfilled orders missing'),
  ].join('\n');
}

function check(found: Array<{ runId: string }>, what: string): string {
  const runs = [...new Set(found.map(({ runId }) => runId))].slice(0, 5);
  return found.length === 0 ? `  ✓ 0 ${what}` : `  ✗ ${found.length} ${what}: run ${runs.join(', ')}`;
}
