// An application with workflows and the admin module that really listens: specs speak HTTP to it.
import type { AddressInfo } from 'node:net';
import { type CanActivate, type ExecutionContext, Injectable, Module, UnauthorizedException } from '@nestjs/common';
import type { NestApplication } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Step, Workflow, WorkflowContext, WorkflowService, WorkflowsAdminModule, WorkflowsModule } from '../../lib/index.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import type { WorkflowAppOptions } from '../support/workflow-app.js';

export const CREDENTIALS = { authorization: 'Bearer ann' };
/** What every write needs. */
export const JSON_TYPE = { 'content-type': 'application/json', 'x-workflows-request': '1' };

/** Lets in who has a bearer token, under the name in it. */
@Injectable()
export class BearerGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const [, name] = /^Bearer (\w+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (name === undefined) throw new UnauthorizedException();
    request.user = { name };
    return true;
  }
}

@Injectable()
export class OrderWorkflows {
  tries = 0;
  constructor(private readonly wf: WorkflowContext) {}

  @Workflow({ name: 'orders.fulfil' })
  async fulfil(order: unknown): Promise<unknown> {
    await this.wf.setEvent('phase', 'packing');
    await this.flaky();
    return order;
  }

  @Step({ name: 'flaky', retry: { maxAttempts: 2, initialInterval: 0 } })
  async flaky(): Promise<bigint> {
    if (++this.tries === 1) throw new Error('no paper');
    return 12n;
  }

  @Workflow({ name: 'orders.wait' })
  async wait(): Promise<void> {
    await this.wf.sleep('1h');
  }
}

export interface AdminApp {
  app: NestApplication;
  schema: TestSchema;
  workflows: WorkflowService;
  /** `http://127.0.0.1:<port>` */
  origin: string;
  /** Without anything but what is given. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** As ann. */
  get<T = unknown>(path: string): Promise<{ status: number; body: T }>;
  /** As ann, from no browser. */
  post<T = unknown>(path: string, body?: unknown, headers?: Record<string, string>): Promise<{ status: number; body: T }>;
  close(): Promise<void>;
}

export interface AdminAppOptions extends WorkflowAppOptions {
  configure?(app: NestApplication): void;
  bodyParser?: boolean;
  /** Default `'express'`. */
  adapter?: 'express' | 'fastify';
  /** Of the FastifyAdapter. */
  fastify?: ConstructorParameters<typeof FastifyAdapter>[0];
}

/** With the admin module at `ops` behind a BearerGuard, unless `imports` has its own. */
export async function startAdminApp({
  configure,
  bodyParser,
  adapter = 'express',
  fastify,
  workflowsOptions,
  ...metadata
}: AdminAppOptions = {}): Promise<AdminApp> {
  const schema = await createTestSchema();
  try {
    @Module({
      ...metadata,
      providers: [OrderWorkflows, ...(metadata.providers ?? [])],
      imports: [
        WorkflowsModule.forRoot({ url: schema.url, schema: schema.schema, ...workflowsOptions }),
        ...(metadata.imports ?? [WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard] })]),
      ],
    })
    class App {}
    const module = await Test.createTestingModule({ imports: [App] }).compile();
    const app =
      adapter === 'express'
        ? module.createNestApplication<NestApplication>({ bodyParser })
        : module.createNestApplication<NestApplication>(new FastifyAdapter(fastify), { bodyParser });
    app.useLogger(process.env.LOGS ? ['log', 'warn', 'error', 'debug'] : false);
    configure?.(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    const call = (path: string, init?: RequestInit) => fetch(`${origin}${path}`, { redirect: 'manual', ...init });
    const read = async <T>(response: Response) => ({ status: response.status, body: (await response.json()) as T });
    return {
      app,
      schema,
      workflows: app.get(WorkflowService, { strict: false }),
      origin,
      fetch: call,
      get: async (path) => read(await call(path, { headers: CREDENTIALS })),
      post: async (path, body = {}, headers = {}) =>
        read(
          await call(path, {
            method: 'POST',
            headers: { ...CREDENTIALS, ...JSON_TYPE, ...headers },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
        ),
      close: async () => {
        await app.close();
        await schema.dispose();
      },
    };
  } catch (error) {
    await schema.dispose();
    throw error;
  }
}
