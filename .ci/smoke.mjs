// Starts the built sample app as a user would, places an order over HTTP, waits for it to be fulfilled, opens the console, and stops the app with SIGINT.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const TOKEN = 'smoke';
const port = await freePort();
const app = spawn('node', ['dist/sample-app/main.js'], {
  env: { ...process.env, PORT: String(port), OPERATOR_TOKEN: TOKEN },
  stdio: ['ignore', 'inherit', 'inherit'],
});
const exited = once(app, 'exit');
const deadline = setTimeout(() => fail('the sample app did not finish its order within 90 s'), 90_000);
exited.then(([code]) => code !== 0 && fail(`the sample app ended with code ${code}`));

const base = `http://127.0.0.1:${port}`;
const order = await until(async () => {
  const response = await fetch(`${base}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sku: 'espresso-1kg', quantity: 2, email: 'smoke@example.com' }),
  });
  return response.ok ? response.json() : undefined;
});
const done = await until(async () => {
  const found = await (await fetch(`${base}/orders/${order.orderId}`)).json();
  return ['FULFILLED', 'REJECTED'].includes(found.status) ? found : undefined;
});
if (done.status !== 'FULFILLED') fail(`the order ended as ${JSON.stringify(done)}`);
console.log(`order ${order.orderId}: ${done.status}`);
await openConsole();
app.kill('SIGINT');
const [code] = await exited;
clearTimeout(deadline);
if (code !== 0) fail(`SIGINT ended the sample app with code ${code}`);
console.log('sample app: started, fulfilled an order, stopped');

/** The page, and every file that it names. */
async function openConsole() {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const page = await fetch(`${base}/workflows/`, { headers });
  const html = await page.text();
  const files = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, file]) => file);
  if (page.status !== 200 || !files.some((file) => file.endsWith('.js'))) fail(`the console answers ${page.status}: ${html}`);
  for (const file of files) {
    const { status } = await fetch(`${base}/workflows/${file}`, { headers });
    if (status !== 200) fail(`${file} of the console answers ${status}`);
  }
  console.log(`console: page and ${files.length} files`);
}

async function until(probe) {
  for (;;) {
    const found = await probe().catch(() => undefined);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function fail(message) {
  console.error(message);
  app.kill('SIGKILL');
  process.exit(1);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
