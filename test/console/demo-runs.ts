// The runs of the demo data that take no turns: orders, a report with its regions, stories, approvals, and the operators' minute of work, in every
// state that such a run can be in. Made by demo-data.ts.
import type { DemoDesk } from './demo-desk.js';

export interface DemoRuns {
  /** A step of it was tried three times. */
  retried: string;
  /** `ERROR`: its first step failed for good. */
  failed: string;
  /** With six children, one of which failed. */
  report: string;
  /** Its stream is complete. */
  story: string;
  /** `RUNNING`; its stream goes on. */
  growing: string;
  /** `SUCCESS`, by a message. */
  answered: string;
  /** `WAITING`; a message that nobody has asked for is in its mailbox. */
  waiting: string;
  /** `RUNNING`, started with a template. */
  running: string;
  /** The operations example, `HELD`. */
  held: string;
  /** `STOPPED`, cleaned up. */
  stopped: string;
  /** `CANCELLED` by its timeout. */
  timedOut: string;
}

const DEMO = 'demo.commands_60s';
/** Nobody waits for its end. */
const LONG_SECONDS = 3_600;

export async function makeRuns(desk: DemoDesk): Promise<DemoRuns> {
  const [shop, others, demos] = await Promise.all([makeOrders(desk), makeOthers(desk), makeDemos(desk)]);
  return { ...shop, ...others, ...demos };
}

async function makeOrders(desk: DemoDesk): Promise<Pick<DemoRuns, 'retried' | 'failed'>> {
  const order = async (faults: string, fields: object) => {
    const { runId } = await desk.post<{ runId: string }>(`/orders${faults}`, fields);
    return desk.reaches(runId, 'SUCCESS');
  };
  // It is gone from the shop's table.
  const { runId } = await desk.ann.workflows.start('orders.fulfil', ['00000000-0000-4000-8000-00000000dead'], {
    id: 'order-lost',
    reason: 'A customer called',
    attributes: { customer: 'Baker & Sons', channel: 'phone' },
  });
  const [retried] = await Promise.all([
    order('?paymentFaults=2', { sku: 'espresso-1kg', quantity: 2, email: 'ann@example.com' }),
    order('', { sku: 'filter-500g', quantity: 12, email: 'cafe@example.com' }),
    order('?stock=out', { sku: 'decaf-250g', quantity: 40, email: 'eve@example.com' }),
    order('?card=declined', { sku: 'espresso-1kg', quantity: 100, email: 'bob@example.com' }),
    desk.reaches(runId, 'ERROR'),
  ]);
  await desk.ben.runs.setLegalHold(runId, true, { reason: 'The customer asks for it' });
  return { retried: retried as string, failed: runId };
}

async function makeOthers(desk: DemoDesk): Promise<Pick<DemoRuns, 'report' | 'story' | 'growing' | 'answered' | 'waiting'>> {
  await desk.post('/approvals', { id: 'EXP-2', who: 'Eve', what: 'A pump for line 2', amount: 1_980, remindAfter: LONG_SECONDS });
  await desk.ann.runs.send('approval-EXP-2', 'note', { text: 'The offer is in the mail.', by: 'Eve' }, { reason: 'To be seen' });
  await desk.post('/stories', { id: 'STORY-1', topic: 'a lighthouse', pace: 0.002 });
  await desk.post('/stories', { id: 'STORY-2', topic: 'a distillation column', pace: 5 });
  await desk.post('/reports', { id: 'REP-1', month: '2026-10', broken: 'west', concurrency: 3, latency: 0.02 });
  await desk.post('/approvals', { id: 'EXP-1', who: 'Ann', what: 'Train to Basel', amount: 84.5 });
  await desk.post('/approvals/EXP-1/answer', { approve: 'yes', by: 'Ben', reason: 'Have fun' });
  const [answered, waiting, report, story, growing] = await Promise.all([
    desk.reaches('approval-EXP-1', 'SUCCESS'),
    desk.reaches('approval-EXP-2', 'WAITING'),
    desk.reaches('report-REP-1', 'SUCCESS'),
    desk.reaches('story-STORY-1', 'SUCCESS'),
    desk.reaches('story-STORY-2', 'RUNNING'),
  ]);
  return { report, story, growing, answered, waiting };
}

async function makeDemos(desk: DemoDesk): Promise<Pick<DemoRuns, 'running' | 'held' | 'stopped' | 'timedOut'>> {
  const { ann, ben } = desk;
  const begin = async (overrides: object, options: Parameters<typeof ann.workflows.startWithTemplate>[2]) =>
    (await ann.workflows.startWithTemplate(DEMO, { template: 'default', overrides }, options)).runId;

  const timedOut = await begin({ paramOne: 'BATCH-004', cleanupSeconds: 0 }, { timeout: '1s' });
  const held = await begin(
    { paramOne: 'BATCH-001', paramTwo: 'AUTO' },
    { queue: 'default', partitionKey: 'line-1/reactor-a', timeout: '180s', attributes: { line: 1, shift: 'early' } },
  );
  const stopped = await begin(
    { paramOne: 'BATCH-002', paramTwo: 'MANUAL', cleanupSeconds: 0 },
    { partitionKey: 'line-1/reactor-b', reason: 'Trial of the new hardener' },
  );
  const running = await begin(
    { paramOne: 'BATCH-003', seconds: LONG_SECONDS },
    { partitionKey: 'line-2/reactor-a', deduplicationId: 'BATCH-003', attributes: { line: 2, shift: 'early' } },
  );
  await Promise.all([desk.hasWorked(held), desk.hasWorked(stopped), desk.hasWorked(running)]);
  await ann.runs.command(held, 'HOLD', { reason: 'operator hold' });
  await desk.reaches(held, 'HELD');
  await ann.runs.command(held, 'RESUME', { reason: 'The valve was closed' });
  await desk.hasWorked(held, 4);
  await ben.runs.command(held, 'HOLD', { reason: 'A sample is taken' });
  await ann.runs.command(stopped, 'STOP', { reason: 'stop requested' });
  await Promise.all([
    desk.reaches(held, 'HELD'),
    desk.reaches(stopped, 'STOPPED'),
    desk.reaches(running, 'RUNNING'),
    desk.reaches(timedOut, 'CANCELLED'),
  ]);
  return { running, held, stopped, timedOut };
}
