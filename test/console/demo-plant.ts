// The plant of the demo data: reactors that are occupied, batches that wait for them in a paused queue, readings, and one that the database refused.
// Made by demo-data.ts.
import type { DemoDesk } from './demo-desk.js';

export interface DemoPlant {
  /** Batches that are over. */
  finished: string[];
  /** Occupy their reactors: `WAITING`, but for the last, which is `HELD`. */
  occupying: string[];
  /** `ENQUEUED`, in the order in which they were asked for. */
  enqueued: string[];
  /** `DELAYED`. */
  delayed: string;
  /** `CANCELLED` by an operator. */
  cancelled: string;
  /** No run yet: a dead letter. */
  deadLetter: string;
}

const REACTORS = 'reactors';
const LONG_SECONDS = 3_600;
const READINGS = 30;
/** Sensors there are those whose readings the database refuses. */
const BROKEN_LINE = 'line-9';

export async function makePlant(desk: DemoDesk): Promise<DemoPlant> {
  const [batches, deadLetter] = await Promise.all([makeBatches(desk), makeReadings(desk)]);
  return { ...batches, deadLetter };
}

async function makeBatches(desk: DemoDesk): Promise<Omit<DemoPlant, 'deadLetter'>> {
  const { ann, ben } = desk;
  let last = 100;
  const batch = async (reactor: string, recipe: string, { seconds = LONG_SECONDS, priority = 0 } = {}) => {
    const { id } = await desk.post<{ id: string }>('/reactors/batches', {
      ...{ id: `BATCH-${++last}`, reactor, recipe, seconds, priority },
    });
    return `batch-${id}`;
  };
  const over = [
    await batch('line-1/reactor-a', 'Resin 7', { seconds: 0 }),
    await batch('line-1/reactor-a', 'Resin 8', { seconds: 0.05 }),
    await batch('line-1/reactor-b', 'Glue 4', { seconds: 0.1 }),
    await batch('line-2/reactor-a', 'Resin 7', { seconds: 0.2 }),
    await batch('line-2/reactor-a', 'Resin 7', { seconds: 0 }),
  ];
  const finished = await Promise.all(over.map((id) => desk.reaches(id, 'SUCCESS')));

  const begun = [
    await batch('line-1/reactor-a', 'Resin 8'),
    await batch('line-1/reactor-b', 'Glue 4'),
    await batch('line-2/reactor-a', 'Resin 7'),
  ];
  const occupying = await Promise.all(begun.map((id) => desk.reaches(id, 'WAITING')));
  await ann.queues.pause(REACTORS, { reason: 'Inspection of the steam line' });
  const waiting = [
    await batch('line-1/reactor-a', 'Resin 9', { priority: 2 }),
    await batch('line-1/reactor-a', 'Resin 7', { priority: 1 }),
    await batch('line-1/reactor-b', 'Glue 4'),
    await batch('line-2/reactor-a', 'Resin 8'),
    await batch('line-2/reactor-b', 'Glue 4'),
    await batch('line-2/reactor-b', 'Glue 4'),
  ];
  const enqueued = await Promise.all(waiting.map((id) => desk.reaches(id, 'ENQUEUED')));
  const { runId: cancelled } = await ann.runs.find(enqueued.pop() as string).then(({ run }) => run);
  await ben.runs.cancel(cancelled, { reason: 'Asked for twice' });
  await ben.runs.command(occupying.at(-1) as string, 'HOLD', { reason: 'A leak at the lid' });

  const night = { id: 'BATCH-200', reactor: 'line-2/reactor-b', recipe: 'Glue 4', vessel: { celsius: 64, rpm: 90 } };
  const { runId: delayed } = await ann.workflows.startWithTemplate(
    'batch.run',
    { template: 'standard', overrides: night },
    { partitionKey: 'line-2/reactor-b', delay: '6h', reason: 'For the night shift' },
  );
  await Promise.all([
    desk.reaches(occupying.at(-1) as string, 'HELD'),
    desk.reaches(cancelled, 'CANCELLED'),
    desk.reaches(delayed, 'DELAYED'),
  ]);
  return { finished, occupying, enqueued, delayed, cancelled };
}

/** @returns the id of the run that became a dead letter */
async function makeReadings(desk: DemoDesk): Promise<string> {
  await desk.post('/reactors/readings', { reactor: 'line-1/reactor-a', count: READINGS });
  await desk.app.pool.query(
    `alter table workflow_status add constraint no_broken_line check (input is null or input not like '%${BROKEN_LINE}%') not valid`,
  );
  try {
    await desk.post('/reactors/readings', { reactor: `${BROKEN_LINE}/reactor-a`, count: 1 });
    const { letters } = await desk.until(
      () => desk.ann.deadLetters.list(),
      (page) => page.letters.length > 0,
    );
    await desk.until(
      () => desk.ann.runs.count({ name: ['reading.store'], status: ['SUCCESS'] }),
      ({ count }) => count >= READINGS,
    );
    return letters[0]?.runId as string;
  } finally {
    // Whoever replays the letter now succeeds.
    await desk.app.pool.query('alter table workflow_status drop constraint no_broken_line');
  }
}
