// A client of a real application, each of whose answers is held to the schema that OpenAPI shows of its route: no key more, none less.
import type { AddressInfo } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Ajv } from 'ajv';
import { ANSWER_SCHEMAS } from '../../lib/admin/routes/answer-schemas.js';
import { routesOf } from '../../lib/admin/routes/bind-controller.js';
import { RESOURCES } from '../../lib/admin/routes/mount-controllers.js';
import { WorkflowsClient, type WorkflowsClientOptions } from '../../lib/http-client/index.js';
import { Step, Workflow, WorkflowContext } from '../../lib/index.js';
import { type AdminApp, type AdminAppOptions, CREDENTIALS, startAdminApp } from '../admin/admin-app.js';
import { TestSignal } from '../support/test-signal.js';

/** What `client.told` writes into its stream next; undefined ends it. */
export const told = new TestSignal<string | undefined>();

@Injectable()
export class ClientWorkflows {
  constructor(private readonly wf: WorkflowContext) {}

  @Workflow({ name: 'client.told' })
  async told(): Promise<string> {
    await this.write();
    return 'done';
  }

  @Step({ name: 'write' })
  async write(): Promise<void> {
    for (let value = await told.next(); value !== undefined; value = await told.next()) await this.wf.stream('log').write(value);
  }

  @Workflow({ name: 'client.parent' })
  async parent(order: unknown): Promise<unknown> {
    await this.wf.setEvent('phase', { at: new Date(0), left: 3n });
    await this.wf.startChild(this.batch, [order]);
    return [order, await this.wf.receive('answer', { timeout: '1h' })];
  }

  @Workflow({ name: 'client.batch' })
  async batch(batch: unknown): Promise<unknown> {
    return batch;
  }
}

export interface LiveApp {
  admin: AdminApp;
  url: string;
  client: WorkflowsClient;
  /** Labels of the routes that have answered well so far. */
  answered: Set<string>;
  /** Another client of the same application. */
  clientOf(options: Partial<WorkflowsClientOptions>): WorkflowsClient;
}

type Json = { [key: string]: unknown };

/** Where a schema names properties, there are no others. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in copy && !('additionalProperties' in copy) ? { ...copy, additionalProperties: false } : copy;
}

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const ROUTES = RESOURCES.flatMap(([resource, controller]) =>
  routesOf(controller).map(([, route]) => {
    const path = [resource, route.path].filter(Boolean).join('/');
    const label = `${route.method} ${path}`;
    const pattern = new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);
    return { ...route, label, pattern, check: ajv.compile(closed(ANSWER_SCHEMAS[label]) as Json) };
  }),
);

export function labelOf(method: string, url: string): string | undefined {
  const path = new URL(url).pathname.replace(/^\/ops\/api\//, '');
  const found = ROUTES.filter((route) => route.method === method && route.pattern.test(path));
  return (found.find(({ label }) => !label.includes(':')) ?? found[0])?.label;
}

export async function startLiveApp(options: AdminAppOptions = {}): Promise<LiveApp> {
  const admin = await startAdminApp({ ...options, providers: [ClientWorkflows, ...(options.providers ?? [])] });
  const url = `http://127.0.0.1:${(admin.app.getHttpServer().address() as AddressInfo).port}`;
  const answered = new Set<string>();
  const fetch: typeof globalThis.fetch = async (asked, init) => {
    const response = await globalThis.fetch(asked, init);
    const label = labelOf(init?.method ?? 'GET', String(asked));
    const route = ROUTES.find((one) => one.label === label);
    if (!response.ok || route === undefined) return response;
    if (route.answer !== 'events') {
      route.check(await response.clone().json());
      expect({ label, errors: route.check.errors ?? [] }).toEqual({ label, errors: [] });
    }
    answered.add(route.label);
    return response;
  };
  const clientOf = (more: Partial<WorkflowsClientOptions>) =>
    new WorkflowsClient({ baseUrl: `${url}/ops`, headers: CREDENTIALS, fetch, ...more });
  return { admin, url, answered, clientOf, client: clientOf({}) };
}

/** One application for all tests of a block. */
export function liveApp(options?: AdminAppOptions): () => LiveApp {
  let live: LiveApp | undefined;
  beforeAll(async () => {
    live = await startLiveApp(options);
  });
  afterAll(() => live?.admin.close());
  return () => live as LiveApp;
}

export const ALL_ROUTES: readonly string[] = ROUTES.map(({ label }) => label);
