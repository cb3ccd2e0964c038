// Any query and any body at the admin routes: 2xx or 4xx, JSON, no stack, and the application goes on. fast-check prints the seed.
import fc from 'fast-check';
import { type AdminApp, CREDENTIALS, JSON_TYPE, startAdminApp } from '../admin/admin-app.js';

async function withApp(test: (admin: AdminApp) => Promise<void>): Promise<void> {
  const admin = await startAdminApp();
  try {
    await test(admin);
    expect((await admin.fetch('/ops/api/workflows', { headers: CREDENTIALS })).status).toBe(200);
  } finally {
    await admin.close();
  }
}

async function expectDecent(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  const text = await response.text();
  if (!response.ok) {
    expect({ kind: Math.floor(response.status / 100), text: text.slice(0, 500) }).toMatchObject({ kind: 4 });
    expect(text).not.toMatch(/\n\s+at |node_modules|\.[cm]?[jt]s:\d/);
  }
  expect(response.headers.get('content-type')).toMatch(/^application\/(problem\+)?json/);
  expect(() => JSON.parse(text)).not.toThrow();
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => value.toWellFormed()),
  fc.string(),
);
/** Escapes that are no UTF-8 among them. */
const escaped = fc.oneof(
  text.map(encodeURIComponent),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')),
  fc.constantFrom('1', '-1', '1e9', 'ERROR', 'NaN', '%', '%E0%A4%A', 'null', '%7B%7D', '%5B%5D', '2026-01-01T00:00:00Z'),
);
const queryKey = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('name', 'status', 'createdFrom', 'createdBefore', 'attributes', 'limit', 'cursor') },
  { weight: 1, arbitrary: fc.oneof(escaped, fc.constantFrom('__proto__', 'name[]', 'name[a]', 'constructor', 'toString')) },
);
const query = fc
  .array(fc.tuple(queryKey, escaped), { maxLength: 5 })
  .map((pairs) => pairs.map(([key, value]) => `${key}=${value}`).join('&'));

const json = fc.jsonValue({ maxDepth: 3 });
const bodyKey = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('args', 'id', 'priority', 'delay', 'timeout', 'attributes', 'reason') },
  { weight: 1, arbitrary: fc.oneof(text, fc.constantFrom('__proto__', 'manager', 'constructor')) },
);
const body = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(fc.tuple(bodyKey, fc.oneof(json, fc.constantFrom(0, 1, '1s', 'order-1', [], {}, [1]))), { maxLength: 5 })
      .map((pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      json.map((value) => JSON.stringify(value)),
      text,
      fc.constantFrom('', '{', '[', '{"args":[1e400]}'),
    ),
  },
);

describe('any request', () => {
  it('for runs is answered decently, whatever its query', () =>
    withApp(async (admin) => {
      await admin.workflows.startMany('orders.wait', [{ args: [] }, { args: [], options: { attributes: { a: 1 } } }]);
      await fc.assert(
        fc.asyncProperty(fc.array(query, { minLength: 40, maxLength: 40 }), async (queries) => {
          await Promise.all(queries.map((one) => expectDecent(admin.fetch(`/ops/api/runs?${one}`, { headers: CREDENTIALS }))));
        }),
        { numRuns: 4, interruptAfterTimeLimit: 10_000 },
      );
    }));

  it('with any id or name in its path is answered decently', () =>
    withApp(async (admin) => {
      const paths = escaped.filter((path) => !/^(\.|%2e){0,2}$/i.test(path));
      await fc.assert(
        fc.asyncProperty(fc.array(paths, { minLength: 20, maxLength: 20 }), async (ids) => {
          const headers = { ...CREDENTIALS, ...JSON_TYPE };
          await Promise.all(
            ids.flatMap((id) => [
              expectDecent(admin.fetch(`/ops/api/runs/${id}`, { headers })),
              expectDecent(admin.fetch(`/ops/api/runs/${id}/cancel`, { method: 'POST', headers, body: '{}' })),
              expectDecent(admin.fetch(`/ops/api/workflows/${id}/runs`, { method: 'POST', headers, body: '{}' })),
            ]),
          );
        }),
        { numRuns: 5, interruptAfterTimeLimit: 10_000 },
      );
    }));

  it('to start or to cancel is answered decently, whatever its body', () =>
    withApp(async (admin) => {
      const { runId } = await admin.workflows.start('orders.wait', [], { delay: '1h' });
      await fc.assert(
        fc.asyncProperty(fc.array(body, { minLength: 30, maxLength: 30 }), async (bodies) => {
          const send = (path: string, one: string) =>
            expectDecent(
              admin.fetch(`/ops/api/${path}`, { method: 'POST', headers: { ...CREDENTIALS, ...JSON_TYPE }, body: one }),
            );
          await Promise.all(
            bodies.flatMap((one) => [send('workflows/orders.fulfil/runs', one), send(`runs/${runId}/cancel`, one)]),
          );
        }),
        { numRuns: 4, interruptAfterTimeLimit: 10_000 },
      );
    }));
});
