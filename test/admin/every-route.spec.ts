// What holds for every admin route, those of tomorrow too: it is asked of the list that the controllers declare.
import type { AdminAccess } from '../../lib/admin/access/admin-access.js';
import { ADMIN_ACTIONS } from '../../lib/admin/access/admin-access.js';
import { WorkflowsAdminModule } from '../../lib/index.js';
import { type AdminApp, BearerGuard, CREDENTIALS, JSON_TYPE, startAdminApp } from './admin-app.js';
import { byLabel, type DeclaredRoute, EVERY_ROUTE, pathOf, WRITES } from './every-route.js';

/** What the next request may do, by its header: JSON of an AdminAccess. */
const access = (request: unknown): AdminAccess =>
  JSON.parse((request as { headers: Record<string, string> }).headers['x-role'] ?? '"all"');

describe.each(['express', 'fastify'] as const)('every admin route on %s', (adapter) => {
  let admin: AdminApp;
  let before: unknown;

  beforeAll(async () => {
    const imports = [WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], access })];
    admin = await startAdminApp({ adapter, imports });
    before = await tables();
  });
  afterAll(() => admin?.close());
  afterEach(async () => expect(await tables()).toEqual(before));

  /** How many rows there are, of everything that a request could write. */
  async function tables(): Promise<unknown> {
    const { rows } = await admin.schema.pool.query(
      `select count(*)::int runs, (select count(*)::int from audit_log) audit, (select count(*)::int from commands) commands,
         (select count(*)::int from notifications) messages, (select count(*)::int from param_templates) templates,
         (select count(*)::int from param_enums) enums, (select count(*)::int from maintenance) maintenance,
         (select json_agg(q order by q.queue) from queues q) queues, (select revision from retention_config) retention,
         (select count(*)::int from bulk_jobs) jobs
       from workflow_status`,
    );
    return rows[0];
  }

  async function ask(route: DeclaredRoute, headers: Record<string, string> = {}, method = route.method as string) {
    const controller = new AbortController();
    const response = await admin.fetch(pathOf(route), {
      method,
      headers: { ...CREDENTIALS, ...JSON_TYPE, ...headers },
      ...(method !== 'GET' && { body: '{}' }),
      signal: controller.signal,
    });
    // Of an event stream the headers are enough.
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const text = isStream ? '' : await response.text();
    controller.abort();
    return {
      route: route.label,
      status: response.status,
      type: response.headers.get('content-type'),
      headers: response.headers,
      text,
    };
  }

  const role = (given: AdminAccess) => ({ 'x-role': JSON.stringify(given) });
  const code = ({ text }: { text: string }) => JSON.parse(text).code;

  it('is one of many, and each names what it needs', () => {
    expect(EVERY_ROUTE.length).toBeGreaterThan(60);
    for (const { label, method, action } of EVERY_ROUTE)
      expect({ label, isWrite: method !== 'GET', needsRight: action !== 'read' }).toEqual({
        label,
        isWrite: method !== 'GET',
        // Those that look at the body to know which right they need are listed here, and tested in bulk.spec.ts.
        needsRight: method !== 'GET' && !label.includes('bulk-jobs'),
      });
  });

  it.each(byLabel(EVERY_ROUTE))('answers 401 without credentials: %s', async (_label, route) => {
    const answer = await ask(route, { authorization: '' });
    expect(answer).toMatchObject({ status: 401, type: 'application/problem+json; charset=utf-8' });
  });

  it.each(byLabel(EVERY_ROUTE))('answers 403 to whom access forbids everything: %s', async (_label, route) => {
    expect(await ask(route, role('forbidden'))).toMatchObject({ status: 403 });
  });

  it.each(byLabel(EVERY_ROUTE))(
    'answers 403 or worse, and nothing else, when access gives nonsense: %s',
    async (_label, route) => {
      for (const given of ['admin', { actions: 'all', payloads: true }, { actions: ['fly'], payloads: true }, null, {}]) {
        const answer = await ask(route, { 'x-role': JSON.stringify(given) });
        expect([answer.status, code(answer)]).toEqual([500, 'INVALID_ACCESS']);
      }
    },
  );

  it.each(byLabel(WRITES))('does nothing for whom may only read: %s', async (_label, route) => {
    for (const given of ['read_only', { actions: [], payloads: true }] as const) {
      const answer = await ask(route, role(given));
      // Which right a bulk job needs stands in its body.
      if (route.action === 'read') expect(answer.status).toBeGreaterThanOrEqual(400);
      else expect([answer.status, code(answer)]).toEqual([403, 'ACTION_FORBIDDEN']);
    }
  });

  it.each(byLabel(WRITES.filter(({ action }) => action !== 'read')))(
    'needs its own right and no other: %s',
    async (_label, route) => {
      const others = ADMIN_ACTIONS.filter((action) => action !== route.action);
      const refused = await ask(route, role({ actions: others, payloads: true }));
      expect([refused.status, code(refused)]).toEqual([403, 'ACTION_FORBIDDEN']);
    },
  );

  it.each(byLabel(WRITES))('is written to only with our header, as JSON, from this site: %s', async (_label, route) => {
    const foreign: Array<[Record<string, string>, number]> = [
      [{ 'x-workflows-request': undefined as unknown as string }, 403],
      [{ 'sec-fetch-site': 'cross-site' }, 403],
      [{ 'sec-fetch-site': 'same-site' }, 403],
      [{ origin: 'https://evil.example' }, 403],
      [{ origin: 'null' }, 403],
      [{ 'content-type': 'text/plain' }, 415],
    ];
    for (const [headers, status] of foreign) {
      const given = { ...CREDENTIALS, ...JSON_TYPE, ...headers };
      const sent = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const response = await admin.fetch(pathOf(route), { method: route.method, headers: sent, body: '{}' });
      expect({ ...headers, status: response.status }).toEqual({ ...headers, status });
      await response.text();
    }
  });

  it.each(byLabel(WRITES))('is not changed by GET, HEAD or OPTIONS: %s', async (_label, route) => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const response = await admin.fetch(pathOf(route), { method, headers: CREDENTIALS });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      await response.text();
    }
  });

  it.each(byLabel(EVERY_ROUTE))(
    'is never cached, sniffed or shared with other sites, and tells its request: %s',
    async (_label, route) => {
      for (const headers of [{ authorization: '' }, { origin: 'https://evil.example', 'x-request-id': 'req 7' }]) {
        const answer = await ask(route, headers as unknown as Record<string, string>);
        expect(answer.headers.get('cache-control')).toMatch(/^no-store/);
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
        expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
        expect(answer.headers.get('x-request-id')).toEqual(
          'x-request-id' in headers ? 'req 7' : expect.stringMatching(/^[0-9a-f-]{36}$/),
        );
      }
    },
  );
});
