/**
 * A believable plant and shop to look at: fills a sample app that was just started with runs in every state, through the routes that users and
 * operators have. For the screenshots, and for specs that open the console.
 *
 *   const app = await BuiltSampleApp.build({ consoleDir });
 *   await app.start();
 *   const demo = await makeDemoData({ url: app.url, operatorToken: TOKEN, pool: app.schema.pool });
 *   // demo.held, demo.report, …: ids of runs
 *
 * It waits for conditions alone, 10 to 20 s in all, and leaves the app busy: some runs go on for minutes, some for an hour. Once per app: ids are fixed.
 */
import { type DemoApp, DemoDesk } from './demo-desk.js';
import { type DemoPlant, makePlant } from './demo-plant.js';
import { type DemoRuns, makeRuns } from './demo-runs.js';

export interface DemoData extends DemoRuns, DemoPlant {
  /** That gave another priority to batches that wait. */
  bulkJob: string;
}

export async function makeDemoData(app: DemoApp): Promise<DemoData> {
  const desk = await DemoDesk.open(app);
  const [runs, plant] = await Promise.all([makeRuns(desk), makePlant(desk), makeSettings(desk)]);
  return { ...runs, ...plant, bulkJob: await makeBulkJob(desk) };
}

/** Templates and enums in several versions, limits, and how long runs are kept. */
async function makeSettings({ ann, ben }: DemoDesk): Promise<void> {
  const { templates, enums } = ann;
  await templates.copy('demo.commands_60s', 'default', {
    toWorkflow: 'demo.commands_60s',
    newName: 'night shift',
    reason: 'For trials at night',
  });
  const { values } = await enums.find('Recipe');
  await enums.save({
    name: 'Recipe',
    values: [...values, { label: 'Resin 9, trial', value: 'Resin 9' }],
    reason: 'Resin 9 is tried',
  });
  const { schema, defaults, ui } = await templates.find('batch.run', 'standard');
  await templates.save('batch.run', {
    ...{ name: 'standard', description: 'One batch in one reactor.', schema, defaults: { ...defaults, reactMs: 12_000 } },
    ...(ui !== null && { ui }),
    reason: 'Resin needs longer',
  });
  await templates.setStatus('batch.run', 'standard', 1, 'obsolete', { reason: 'Replaced by version 2' });
  await ben.queues.update('readings', { rateLimit: { limit: 100, period: '1s' }, reason: 'The historian has been moved' });
  await ben.retention.update({
    after: '30d',
    maxRows: 1_000_000,
    perWorkflow: { 'reading.store': { after: '1d' } },
    reason: 'As agreed',
  });
}

async function makeBulkJob(desk: DemoDesk): Promise<string> {
  const { jobId } = await desk.ben.bulkJobs.create({
    action: { priority: -1 },
    filter: { queue: ['reactors'], status: ['ENQUEUED'], partitionKey: 'line-1/reactor-a' },
    reason: 'These first, when the steam is back',
  });
  await desk.until(
    () => desk.ben.bulkJobs.find(jobId),
    ({ status }) => status === 'DONE',
  );
  return jobId;
}
