// The sample app as users get it: orders, a demo workflow, and how it ends.
import { eventually } from '../support/eventually.js';
import { type Answer, BuiltSampleApp, TOKEN } from './built-sample-app.js';

interface Body {
  orderId: string;
  runId: string;
  status: string;
  reason: string | null;
  run: { status: string };
  steps: Array<{ name: string; attempts: number }>;
  output?: { chunks: number };
}

describe('sample app', () => {
  let app: BuiltSampleApp;

  beforeAll(async () => {
    app = await BuiltSampleApp.build();
    await app.start();
  }, 60_000);

  afterAll(() => app?.dispose());

  function ask(path: string, headers?: Record<string, string>): Promise<Answer<Body>> {
    return app.get(path, headers);
  }

  function postJson(path: string, body: object): Promise<Answer<Body>> {
    return app.post(path, body);
  }

  async function placeOrder(faults = ''): Promise<Body> {
    const placed = await postJson(`/orders${faults}`, { sku: 'espresso-1kg', quantity: 2, email: 'ann@example.com' });
    expect(placed.status).toBe(201);
    return eventually(async () => {
      const { body } = await ask(`/orders/${placed.body.orderId}`);
      expect(body.run.status).toBe('SUCCESS');
      return body;
    });
  }

  it('fulfils an order over its services, with retries where one fails', async () => {
    const order = await placeOrder('?paymentFaults=1');
    expect(order.status).toBe('FULFILLED');
    expect(order.steps.map(({ name, attempts }) => [name, attempts])).toEqual([
      ['order.load', 1],
      ['stock.reserve', 1],
      ['payment.charge', 2],
      ['mail.send', 1],
      ['order.close', 1],
    ]);
  });

  it('rejects an order for a reason of business without retries, and undoes what was done', async () => {
    const outOfStock = await placeOrder('?stock=out');
    expect(outOfStock).toMatchObject({ status: 'REJECTED', reason: 'espresso-1kg is out of stock' });
    const declined = await placeOrder('?card=declined');
    expect(declined).toMatchObject({ status: 'REJECTED', reason: 'the card was declined' });
    expect(declined.steps).toContainEqual({ name: 'stock.release', attempts: 1 });
  });

  it('runs a demo workflow, and shows it to operators only', async () => {
    const { body } = await postJson('/demo/demo.commands_60s', {
      resolved: { paramOne: 'BATCH-001', paramTwo: 'AUTO', seconds: 1 },
    });
    await eventually(async () => {
      const run = await ask(`/demo/runs/${body.runId}`);
      expect(run.body).toMatchObject({ status: 'SUCCESS', phase: 'DONE', output: { chunks: 1 } });
    });
    const path = `/workflows/api/runs/${body.runId}`;
    expect((await ask(path)).status).toBe(401);
    expect(await ask(path, { authorization: `Bearer ${TOKEN}` })).toMatchObject({
      status: 200,
      body: { run: { workflowName: 'demo.commands_60s' } },
    });
  });

  it('drains and ends with code 0 on Ctrl-C', async () => {
    const placed = await postJson('/orders?latency=800', { sku: 'decaf-250g', email: 'ann@example.com' });
    await eventually(async () => expect((await ask(`/orders/${placed.body.orderId}`)).body.steps).not.toEqual([]));
    expect(await app.end('SIGINT')).toEqual({ code: 0, signal: null });
    const { rows } = await app.schema.pool.query('select status from workflow_status where workflow_id = $1', [
      placed.body.runId,
    ]);
    expect(rows).toEqual([{ status: 'ENQUEUED' }]);
  });
});
