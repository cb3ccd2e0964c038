/**
 * How long a page's main thread was kept at once while something was done to it: what makes scrolling and typing stutter. Counted in CPU
 * time of that thread, so other processes on a busy machine don't count.
 *
 *   await expectSmooth(page, () => scrollToEnd(page));
 */
import type { Page } from 'playwright-core';

export interface LongestTask {
  /** CPU ms. */
  ms: number;
  /** Tasks that were seen: 0 says that nothing was measured. */
  tasks: number;
  /** Of those, how many took LONG_MS or more. */
  long: number;
}

/** CPU ms from which on a task is felt. */
export const LONG_MS = 50;
/** A neighbour that takes the caches makes any work dearer, for a while; a page that does too much does so each time. */
const TRIES = 3;

interface TraceEvent {
  name: string;
  ph: string;
  /** µs. */
  ts: number;
  dur?: number;
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

/** Fails when the work, which can be repeated, keeps the main thread LONG_MS or longer each time that it is tried. */
export async function expectSmooth(page: Page, work: () => Promise<void>): Promise<void> {
  const measured: number[] = [];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const { ms, tasks } = await longestTask(page, work);
    if (tasks === 0) throw new Error('Nothing was measured.');
    if (ms < LONG_MS) return;
    measured.push(Math.round(ms));
  }
  throw new Error(`The main thread was kept for ${measured.join(', ')} ms of CPU at once; less than ${LONG_MS} is wanted.`);
}

function longestIn(events: readonly TraceEvent[]): LongestTask {
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const main = new Set(events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(thread));
  const all = events.filter((event) => main.has(thread(event)) && /RunTask$/.test(event.name) && event.tdur !== undefined);
  // One within the other are one.
  const ends = new Map<string, number>();
  const tasks = all
    .sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
    .filter((task) => {
      if (task.ts < (ends.get(thread(task)) ?? 0)) return false;
      ends.set(thread(task), task.ts + (task.dur ?? 0));
      return true;
    })
    .map(({ tdur = 0 }) => tdur / 1_000);
  return {
    tasks: tasks.length,
    ms: tasks.reduce((most, ms) => Math.max(most, ms), 0),
    long: tasks.filter((ms) => ms >= LONG_MS).length,
  };
}
