// Requests that no page would send: the admin routes answer 4xx with a code and a sentence, never 5xx, never a stack, and what is stored goes
// out as inert text. (Guards, content types and other sites: test/admin/access.spec.ts; forms of single fields: test/admin/routes.spec.ts.)
import { type AdminApp, CREDENTIALS, JSON_TYPE, startAdminApp } from '../admin/admin-app.js';
import { eventually } from '../support/eventually.js';

const START = '/ops/api/workflows/orders.fulfil/runs';
const ID = '01890000-0000-7000-8000-000000000000';

async function withApp(test: (admin: AdminApp) => Promise<void>): Promise<void> {
  const admin = await startAdminApp();
  try {
    await test(admin);
  } finally {
    await admin.close();
  }
}

interface Answer {
  status: number;
  code: unknown;
  text: string;
}

async function answerTo(admin: AdminApp, path: string, init: RequestInit = {}): Promise<Answer> {
  const headers = { ...CREDENTIALS, ...(init.method === 'POST' ? JSON_TYPE : {}), ...(init.headers as Record<string, string>) };
  const response = await admin.fetch(path, { ...init, headers });
  const text = await response.text();
  // Of a run that failed, the stack is shown on purpose.
  if (!response.ok) expect(text).not.toMatch(/\n\s+at |node_modules|\.[cm]?[jt]s:\d/);
  return { status: response.status, code: text === '' ? undefined : JSON.parse(text).code, text };
}

const post = (admin: AdminApp, path: string, body: RequestInit['body'], headers: Record<string, string> = {}) =>
  answerTo(admin, path, { method: 'POST', body, headers });
const cursorOf = (...content: unknown[]) => Buffer.from(JSON.stringify(content)).toString('base64url');
const runs = async (admin: AdminApp) => (await admin.schema.pool.query('select 1 from workflow_status')).rows.length;

describe('a query of the runs', () => {
  const refused: ReadonlyArray<[string, string]> = [
    ['limit=1e9', 'INVALID_REQUEST'],
    ['limit=999999999', 'INVALID_REQUEST'],
    [`limit=${'9'.repeat(2_000)}`, 'INVALID_REQUEST'],
    ['limit=-1', 'INVALID_REQUEST'],
    ['limit=NaN', 'INVALID_REQUEST'],
    ['limit=', 'INVALID_REQUEST'],
    ['limit=%00', 'INVALID_REQUEST'],
    ['offset=-1', 'UNKNOWN_OPTION'],
    ['days=1e9', 'UNKNOWN_OPTION'],
    ['sort=;drop%20table%20workflow_status', 'UNKNOWN_OPTION'],
    ['__proto__=x', 'UNKNOWN_OPTION'],
    ['__proto__[limit]=x', 'UNKNOWN_OPTION'],
    ['name[]=x', 'UNKNOWN_OPTION'],
    ['name[toString]=x', 'UNKNOWN_OPTION'],
    ['%00=x', 'UNKNOWN_OPTION'],
    ['status=ERROR%27%20or%201=1--', 'INVALID_FILTER'],
    [`name=${'x'.repeat(256)}`, 'INVALID_ID'],
    ['name=a%00b', 'INVALID_REQUEST'],
    [Array.from({ length: 51 }, () => 'name=a').join('&'), 'INVALID_REQUEST'],
    ['createdFrom=0000-01-01T00:00:00Z', 'INVALID_DURATION'],
    ['createdFrom=%2B300000-01-01T00:00:00Z', 'INVALID_DURATION'],
    ['createdBefore=1e15', 'INVALID_DURATION'],
    ['attributes=%7B%22a%22%3A1e400%7D', 'INVALID_REQUEST'],
    ['attributes=%7B%22a%22%3A%7B%22%24ne%22%3A1%7D%7D', 'INVALID_REQUEST'],
    ['attributes=null', 'INVALID_REQUEST'],
    ['cursor=%00', 'INVALID_REQUEST'],
    [`cursor=${cursorOf('2026-01-01', ID)}`, 'INVALID_FILTER'],
    [`cursor=${cursorOf("2026-01-01T00:00:00.000000Z' or 1=1", ID)}`, 'INVALID_FILTER'],
    [`cursor=${cursorOf('2026-01-01T00:00:00.000000Z', `${ID}'`)}`, 'INVALID_FILTER'],
  ];

  it('that can not be meant is refused as 400', () =>
    withApp(async (admin) => {
      const answers = await Promise.all(
        refused.map(async ([query]) => [query, await answerTo(admin, `/ops/api/runs?${query}`)] as const),
      );
      expect(answers.map(([query, { status, code }]) => [query, status, code])).toEqual(
        refused.map(([query, code]) => [query, 400, code]),
      );
    }));

  it('at its very end is answered', () =>
    withApp(async (admin) => {
      for (const query of [
        'limit=1',
        'limit=500',
        'createdFrom=0001-01-01T00:00:00Z&createdBefore=9999-12-31T23:59:59.999Z',
        'name=%E0%A4%A',
        'name=__proto__',
        'attributes=%7B%22__proto__%22%3A1%7D',
        'attributes=%7B%7D',
        `cursor=${cursorOf('9999-12-31T23:59:59.999999Z', ID)}`,
      ])
        expect({ query, ...(await answerTo(admin, `/ops/api/runs?${query}`)) }).toMatchObject({ query, status: 200 });
    }));

  it.each(['2026-02-30T00:00:00.000000Z', '0000-01-01T00:00:00.000000Z'])(
    'whose cursor has a time that does not exist is refused as 400: %s',
    (time) =>
      withApp(async (admin) => {
        expect(await answerTo(admin, `/ops/api/runs?cursor=${cursorOf(time, ID)}`)).toMatchObject({ status: 400 });
      }),
  );
});

describe('an id in a path', () => {
  it('is a run that does not exist, or is refused', () =>
    withApp(async (admin) => {
      const expected: ReadonlyArray<[string, number]> = [
        ["' or 1=1--", 404],
        ['日本🍺', 404],
        ['../../etc/passwd', 404],
        ['__proto__', 404],
        ['<script>alert(1)</script>', 404],
        ['\0', 400],
        ['a\nb', 400],
        [' ', 400],
        ['x'.repeat(10_000), 400],
      ];
      for (const [id, status] of expected) {
        const path = `/ops/api/runs/${encodeURIComponent(id)}`;
        expect({ id, ...(await answerTo(admin, path)) }).toMatchObject({ id, status });
        expect({ id, ...(await post(admin, `${path}/cancel`, '{}')) }).toMatchObject({ id, status });
        expect({ id, ...(await post(admin, `/ops/api/workflows/${encodeURIComponent(id)}/runs`, '{}')) }).toMatchObject({
          id,
          status,
        });
      }
      for (const path of ['/ops/api/runs/%E0%A4%A', '/ops/api/runs/%', '/ops/api/workflows/%FF/runs'])
        expect((await post(admin, `${path}`, '{}')).status).toBeGreaterThanOrEqual(400);
      expect(await answerTo(admin, '/ops/api/runs/%E0%A4%A')).toMatchObject({ status: 400 });
      expect(await runs(admin)).toBe(0);
    }));
});

describe('a body', () => {
  it('that can not be meant is refused, and no run is there', () =>
    withApp(async (admin) => {
      const levels = (open: string, close: string) => `${open.repeat(20_000)}1${close.repeat(20_000)}`;
      const bodies: ReadonlyArray<[string, RequestInit['body'], number]> = [
        ['no JSON', '{"args":', 400],
        ['a text', '"x"', 400],
        ['null', 'null', 400],
        ['a list', '[]', 400],
        ['an own __proto__', '{"__proto__":{"args":[1]}}', 400],
        ['an own __proto__ further in', '{"args":[{"__proto__":{"polluted":1}}]}', 400],
        ['a number beyond all doubles', '{"args":[1e400]}', 400],
        ['arguments of 20,000 levels', `{"args":[${levels('[', ']')}]}`, 400],
        ['attributes of 20,000 levels', `{"attributes":{"a":${levels('{"a":', '}')}}}`.slice(0, 90_000), 400],
        ['an id of 20,000 levels', `{"id":${levels('[', ']')}}`, 400],
        ['a delay of 20,000 levels', `{"delay":${levels('[', ']')}}`, 400],
        ['more than the parser takes', JSON.stringify({ args: ['x'.repeat(200_000)] }), 413],
        ['half of a surrogate pair', '{"args":["\\ud800"]}', 400],
        ['a NUL', '{"args":["\\u0000"]}', 400],
        ['bytes', new Uint8Array([0xff, 0xfe, 0, 1]), 400],
      ];
      for (const [what, body, status] of bodies)
        expect({ what, ...(await post(admin, START, body)) }).toMatchObject({ what, status });
      expect(await post(admin, START, '{}', { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
      expect(await post(admin, START, '{}', { 'content-encoding': 'nonsense' })).toMatchObject({ status: 415 });
      expect(await post(admin, START, '{}', { 'content-type': 'application/json; charset=latin-9' })).toMatchObject({
        status: 415,
      });
      expect(await runs(admin)).toBe(0);
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
    }));

  it.each<[string, string]>([
    ['can not be made a text', '{"priority":{"toString":1}}'],
    ['is 20,000 lists in lists', `{"priority":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
  ])('with a priority that %s is refused as 400', (_, body) =>
    withApp(async (admin) => {
      expect(await post(admin, START, body)).toMatchObject({ status: 400, code: 'INVALID_OPTION' });
    }),
  );

  it('with an unknown key of 50 KB is refused with a message that is short', () =>
    withApp(async (admin) => {
      const { status, text } = await post(admin, START, JSON.stringify({ ['k'.repeat(50_000)]: 1 }));
      expect(status).toBe(400);
      expect(text.length).toBeLessThan(2_000);
    }));
});

describe('what a run holds', () => {
  const NASTY = '<script>alert(1)</script></script><img src=x onerror=alert(1)>\u001b[31m\u202etxt\u2028 javascript:alert(1)';

  it('goes out as inert text, whatever it is', () =>
    withApp(async (admin) => {
      const { runId, returnValue } = await admin.workflows.start('orders.fulfil', [{ [NASTY]: NASTY }], {
        attributes: { a: NASTY },
      });
      await returnValue;
      const response = await admin.fetch(`/ops/api/runs/${runId}`, { headers: CREDENTIALS });
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const text = await response.text();
      expect(text).not.toMatch(/\p{Cc}/u);
      expect(JSON.parse(text).run).toMatchObject({
        input: [{ [NASTY]: NASTY }],
        output: { [NASTY]: NASTY },
        attributes: { a: NASTY },
      });
    }));

  it('goes out as far as it can be read', () =>
    withApp(async (admin) => {
      const { runId } = await admin.workflows.start('orders.fulfil', [1]);
      await eventually(async () => expect(await admin.workflows.getRun(runId).status).toBe('SUCCESS'));
      await admin.schema.pool.query(
        `update workflow_status set input = '{', output = '{"$wf":["money"]}', error = 'x', attributes = '"x"'`,
      );
      await admin.schema.pool.query(`update operation_outputs set output = '[1e400', error = '5'`);
      await admin.schema.pool.query(`update workflow_events set value = '${'['.repeat(5_000)}${']'.repeat(5_000)}'`);
      const { status, text } = await answerTo(admin, `/ops/api/runs/${runId}`);
      expect(status).toBe(200);
      expect(JSON.parse(text).run).toMatchObject({
        input: { unreadable: expect.any(String) },
        output: { unreadable: expect.any(String) },
        error: { name: 'UnreadableError' },
      });
      expect((await answerTo(admin, '/ops/api/runs')).status).toBe(200);
    }));
});
