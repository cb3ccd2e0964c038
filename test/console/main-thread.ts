/**
 * How long a page's main thread was kept at once while something was done to it: what makes scrolling and typing stutter. Counted in CPU
 * time of that thread, so other processes on a busy machine don't count.
 *
 *   expect((await longestTask(page, () => scrollToEnd(page))).ms).toBeLessThan(50);
 */
import type { Page } from 'playwright-core';

export interface LongestTask {
  /** CPU ms. */
  ms: number;
  /** Tasks that were seen: 0 says that nothing was measured. */
  tasks: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** CPU time of the thread in µs. */
  tdur?: number;
  args?: { name?: string };
}

/** One at a time in a browser. Navigate before, not within. */
export async function longestTask(page: Page, work: () => Promise<void>): Promise<LongestTask> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('Only pages of a browser that was launched can be measured.');
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
  let trace: Buffer | undefined;
  try {
    await work();
    // What the work caused is drawn.
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
  } finally {
    trace = await browser.stopTracing();
  }
  return longestIn((JSON.parse(trace.toString('utf8')) as { traceEvents: TraceEvent[] }).traceEvents);
}

function longestIn(events: readonly TraceEvent[]): LongestTask {
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const main = new Set(events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(thread));
  const tasks = events.filter((event) => main.has(thread(event)) && /RunTask$/.test(event.name) && event.tdur !== undefined);
  return { tasks: tasks.length, ms: tasks.reduce((most, { tdur = 0 }) => Math.max(most, tdur), 0) / 1_000 };
}
