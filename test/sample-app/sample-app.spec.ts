// The sample app as users get it: built by tsc on a tree without dist, run by node, importing the library by its own name.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ChildScript } from '../support/child-process.js';
import { eventually } from '../support/eventually.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = ['lib', 'migrations', 'sample-app', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const TOKEN = 'operator-token-of-the-spec';

async function build(cwd: string): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd }).catch(({ stdout }) => {
    throw new Error(`The sample app does not build:\n${stdout}`);
  });
}

describe('sample app', () => {
  let folder: string;
  let schema: TestSchema;
  let app: ChildScript;
  let url: string;

  beforeAll(async () => {
    // Inside of the project, where node_modules is found. The project's own dist may be used by somebody else meanwhile.
    await mkdir(join(ROOT, '.data'), { recursive: true });
    folder = await mkdtemp(join(ROOT, '.data/sample-spec-'));
    await Promise.all(SOURCES.map((name) => cp(join(ROOT, name), join(folder, name), { recursive: true })));
    await build(folder);
    schema = await createTestSchema();
    app = new ChildScript(join(folder, 'dist/sample-app/main.js'), {
      cwd: folder,
      env: { DATABASE_URL: schema.url, WORKFLOWS_SCHEMA: schema.schema, PORT: '0', OPERATOR_TOKEN: TOKEN, NO_COLOR: '1' },
    });
    const line = await app.waitForLine(/listens on http/);
    url = line.slice(line.indexOf('http')).trim();
  }, 60_000);

  afterAll(async () => {
    await app?.dispose();
    await schema?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  interface Answer {
    status: number;
    body: {
      orderId: string;
      runId: string;
      status: string;
      reason: string | null;
      run: { status: string };
      steps: Array<{ name: string; attempts: number }>;
      output?: { chunks: number };
    };
  }

  async function ask(path: string, init?: RequestInit): Promise<Answer> {
    const response = await fetch(url + path, init);
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  function postJson(path: string, body: object): Promise<Answer> {
    return ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  async function placeOrder(faults = ''): Promise<Answer['body']> {
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
    expect(await ask(path, { headers: { authorization: `Bearer ${TOKEN}` } })).toMatchObject({
      status: 200,
      body: { run: { workflowName: 'demo.commands_60s' } },
    });
  });

  it('drains and ends with code 0 on Ctrl-C', async () => {
    const placed = await postJson('/orders?latency=800', { sku: 'decaf-250g', email: 'ann@example.com' });
    await eventually(async () => expect((await ask(`/orders/${placed.body.orderId}`)).body.steps).not.toEqual([]));
    app.kill('SIGINT');
    expect(await app.exit).toEqual({ code: 0, signal: null });
    const { rows } = await schema.pool.query('select status from workflow_status where workflow_id = $1', [placed.body.runId]);
    expect(rows).toEqual([{ status: 'ENQUEUED' }]);
  });
});
