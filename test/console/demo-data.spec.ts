// The demo data is what it says: a run in every state that operators look for, and what they did.
import type { RunStatus } from '../../lib/index.js';
import { BuiltSampleApp, TOKEN } from '../sample-app/built-sample-app.js';
import { operatorClient } from '../sample-app/operator-client.js';
import { type DemoData, makeDemoData } from './demo-data.js';

describe('the demo data', () => {
  let app: BuiltSampleApp;
  let demo: DemoData;
  let client: Awaited<ReturnType<typeof operatorClient>>;

  beforeAll(async () => {
    app = await BuiltSampleApp.build();
    await app.start();
    demo = await makeDemoData({ url: app.url, operatorToken: TOKEN, pool: app.schema.pool });
    client = await operatorClient(app, 'eve', TOKEN);
  }, 120_000);

  afterAll(() => app?.dispose());

  it('has a run in every state', async () => {
    const states: Record<string, RunStatus> = {
      ...{ [demo.retried]: 'SUCCESS', [demo.failed]: 'ERROR', [demo.report]: 'SUCCESS', [demo.story]: 'SUCCESS' },
      ...{ [demo.growing]: 'RUNNING', [demo.answered]: 'SUCCESS', [demo.waiting]: 'WAITING', [demo.running]: 'RUNNING' },
      ...{ [demo.held]: 'HELD', [demo.stopped]: 'STOPPED', [demo.timedOut]: 'CANCELLED', [demo.cancelled]: 'CANCELLED' },
      ...{ [demo.delayed]: 'DELAYED' },
      ...Object.fromEntries(demo.finished.map((id) => [id, 'SUCCESS'])),
      ...Object.fromEntries(demo.occupying.map((id, i) => [id, i === 2 ? 'HELD' : 'WAITING'])),
      ...Object.fromEntries(demo.enqueued.map((id) => [id.replace('batch-', ''), 'ENQUEUED'])),
    };
    const found = await Promise.all(Object.keys(states).map((id) => client.runs.find(id)));
    expect(found.map(({ run }) => `${run.runId} ${run.status}`)).toEqual(
      Object.entries(states).map(([id, status]) => `${id} ${status}`),
    );
    expect((await client.runs.find(demo.timedOut)).run.error).toMatchObject({ code: 'RUN_TIMEOUT' });
    expect((await client.runs.find(demo.failed)).run).toMatchObject({
      error: { code: 'ORDER_NOT_FOUND' },
      legalHold: true,
      attributes: { customer: 'Baker & Sons' },
    });
  });

  it('has retries, children, messages, and a stream that grows', async () => {
    const { steps } = await client.runs.steps(demo.retried);
    expect(steps.find(({ name }) => name === 'payment.charge')).toMatchObject({ attempts: 3, failedAttempts: [{}, {}] });
    const { runs } = await client.runs.children(demo.report);
    expect(runs.map(({ status }) => status).sort()).toEqual(['ERROR', ...Array(5).fill('SUCCESS')]);
    expect((await client.runs.messages(demo.answered)).messages).toMatchObject([{ topic: 'answer' }]);
    expect((await client.runs.messages(demo.waiting)).messages).toMatchObject([{ topic: 'note', payload: { by: 'Eve' } }]);
    expect((await client.runs.streams(demo.growing)).streams).toMatchObject([{ name: 'default', closed: false }]);
    expect((await client.runs.streams(demo.held)).streams).toMatchObject([{ name: 'log' }]);
    const { commands } = await client.runs.commands(demo.held);
    expect(commands.map(({ command, actor, outcome }) => [command, actor, outcome])).toEqual([
      ['HOLD', 'ben', 'APPLIED'],
      ['RESUME', 'ann', 'APPLIED'],
      ['HOLD', 'ann', 'APPLIED'],
    ]);
  });

  it('has a paused queue with partitions, and a dead letter that can be replayed', async () => {
    const { queues } = await client.queues.list();
    expect(queues.find(({ name }) => name === 'reactors')).toMatchObject({ isPaused: true, permits: 3, waiting: 5 });
    const { partitions } = await client.queues.partitions('reactors');
    expect(partitions.map(({ partitionKey }) => partitionKey)).toEqual([
      'line-1/reactor-a',
      'line-1/reactor-b',
      'line-2/reactor-a',
      'line-2/reactor-b',
    ]);
    expect(await client.bulkJobs.find(demo.bulkJob)).toMatchObject({ status: 'DONE', done: 2 });
    const { letters } = await client.deadLetters.list();
    expect(letters).toMatchObject([{ runId: demo.deadLetter, workflowName: 'reading.store' }]);
    expect(await client.deadLetters.replay(demo.deadLetter)).toEqual({ replayed: true });
  });

  it('has an audit trail of two operators', async () => {
    const { entries } = await client.audit.list({ limit: 500 });
    const actions = (actor: string) => new Set(entries.filter((entry) => entry.actor === actor).map(({ action }) => action));
    const ofAnn = ['START', 'START_WITH_TEMPLATE', 'SEND', 'HOLD', 'RESUME', 'STOP', 'QUEUE_PAUSE', 'TEMPLATE_SAVE', 'ENUM_SAVE'];
    expect([...actions('ann')]).toEqual(expect.arrayContaining(ofAnn));
    expect([...actions('ben')]).toEqual(
      expect.arrayContaining(['HOLD', 'CANCEL', 'LEGAL_HOLD', 'PRIORITY', 'QUEUE_UPDATE', 'RETENTION_UPDATE']),
    );
  });
});
