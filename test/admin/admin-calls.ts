// Requests as ann sends them, each under an id of its own, with what the audit log says of it. For the specs of routes that change something.
import { type AdminApp, type AdminAppOptions, CREDENTIALS, JSON_TYPE, startAdminApp } from './admin-app.js';

export const ADAPTERS = ['express', 'fastify'] as const;

/** Characters that mean something in a URL, also after it was decoded once. */
export const STRANGE = 'line 1/reactor?a#b%&c=d;e+f%2F:x';

export interface AuditRow {
  actor: string;
  action: string;
  reason: string | null;
  request_id: string;
  before: unknown;
  after: unknown;
}

export interface Answer<T> {
  status: number;
  body: T;
  /** What stands in the audit log under the id of this request. */
  audit: AuditRow[];
}

export class AdminCalls {
  #requests = 0;

  constructor(readonly admin: AdminApp) {}

  /** @param parts of the path below `/api`; what is filled in is encoded */
  static path(parts: TemplateStringsArray, ...values: Array<string | number>): string {
    return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not typed
  async send<T = any>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    const requestId = `req-${++this.#requests}`;
    const response = await this.admin.fetch(`/ops/api/${path}`, {
      method,
      headers: { ...CREDENTIALS, ...JSON_TYPE, 'x-request-id': requestId, ...headers },
      ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }),
    });
    const answer = (await response.json()) as T;
    expect(response.headers.get('x-request-id')).toBe(requestId);
    const { rows } = await this.admin.schema.pool.query(
      'select actor, action, reason, request_id, before, after from audit_log where request_id = $1 order by audit_id',
      [requestId],
    );
    return { status: response.status, body: answer, audit: rows };
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not typed
  async get<T = any>(path: string, headers?: Record<string, string>): Promise<T> {
    const { status, body } = await this.send<T>('GET', path, undefined, headers);
    expect({ path, status, body }).toMatchObject({ path, status: 200 });
    return body;
  }

  /** A write that must work, and stands in the audit log once, with its reason. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not typed
  async write<T = any>(method: string, path: string, body: object, action: string): Promise<T> {
    const reason = `because of ${method} ${path.slice(0, 40)}`;
    const { status, body: answer, audit } = await this.send<T>(method, path, { ...body, reason });
    expect({ path, status, answer }).toMatchObject({ path, status: expect.any(Number) });
    expect([200, 201]).toContain(status);
    expect(audit).toMatchObject([{ actor: 'ann', action, reason, request_id: expect.any(String) }]);
    return answer;
  }

  /** A request that is refused, and changes nothing that the audit log would know of. */
  async refused(method: string, path: string, body: object, status: number, code: string, more: object = {}): Promise<void> {
    const answer = await this.send(method, path, body);
    expect({ path, ...answer }).toMatchObject({ path, status, body: { code, status, ...more }, audit: [] });
  }
}

/** One application for all tests of a block. */
export function callsOf(options: AdminAppOptions): () => AdminCalls {
  let calls: AdminCalls | undefined;
  beforeAll(async () => {
    calls = new AdminCalls(await startAdminApp(options));
  });
  afterAll(() => calls?.admin.close());
  return () => calls as AdminCalls;
}

export const { path } = AdminCalls;
