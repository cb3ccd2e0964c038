// The operations example that the project was created from, over HTTP: start with partition and timeout, HOLD, RESUME, STOP, cancel, and what
// stands in the four tables afterwards. On both adapters, with and without a global prefix, beside the application's own guard, pipe, filter and
// interceptor, which are all global.
import {
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { map } from 'rxjs';
import { Step, Workflow, WorkflowContext } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { type AdminApp, CREDENTIALS, startAdminApp } from './admin-app.js';

interface DemoInput {
  resolved: { paramOne: string; paramTwo: string };
}

@Injectable()
class DemoWorkflows {
  constructor(private readonly wf: WorkflowContext) {}

  @Workflow({ name: 'demo.commands_60s' })
  async commands60s({ resolved }: DemoInput): Promise<string> {
    try {
      await this.wf.setEvent('phase.state', 'RUNNING');
      for (let chunk = 1; chunk <= 1_200; chunk++) {
        await this.work(chunk);
        await this.wf.progress(`${resolved.paramOne} ${resolved.paramTwo}: chunk ${chunk}`, { percent: 0 });
        await this.wf.sleep('50ms');
      }
    } finally {
      await this.wf.shield(() => this.wf.setEvent('phase.state', 'CLEANED'));
    }
    return 'done';
  }

  @Step({ name: 'work' })
  async work(chunk: number): Promise<number> {
    return chunk;
  }
}

@Injectable()
class GlobalGuard implements CanActivate {
  static asked = 0;
  canActivate(context: ExecutionContext): boolean {
    GlobalGuard.asked++;
    if (context.switchToHttp().getRequest().headers.authorization === undefined) throw new UnauthorizedException();
    return true;
  }
}

@Injectable()
class Wrapping implements NestInterceptor {
  intercept(_context: ExecutionContext, next: { handle(): ReturnType<ReturnType<typeof map>> }) {
    return next.handle().pipe(map((data: unknown) => ({ wrapped: data })));
  }
}

@Injectable()
class CountingPipe implements PipeTransform {
  static asked = 0;
  transform(value: unknown): unknown {
    CountingPipe.asked++;
    return value;
  }
}

@Catch()
class TeapotFilter implements ExceptionFilter {
  catch(
    _error: unknown,
    host: { switchToHttp(): { getResponse(): { status(code: number): { send(body: unknown): void } } } },
  ): void {
    host.switchToHttp().getResponse().status(418).send({ teapot: true });
  }
}

interface Page<T> {
  [key: string]: T[];
}

const APPS = [
  { adapter: 'express', prefix: '' },
  { adapter: 'express', prefix: 'api/v1' },
  { adapter: 'fastify', prefix: '' },
  { adapter: 'fastify', prefix: 'api/v1' },
] as const;

describe.each(APPS)('the operations example on $adapter with prefix "$prefix"', ({ adapter, prefix }) => {
  let admin: AdminApp;
  const at = (path: string) => `${prefix === '' ? '' : `/${prefix}`}/ops/api/${path}`;

  beforeAll(async () => {
    admin = await startAdminApp({
      adapter,
      providers: [
        DemoWorkflows,
        { provide: APP_GUARD, useClass: GlobalGuard },
        { provide: APP_PIPE, useClass: CountingPipe },
        { provide: APP_FILTER, useClass: TeapotFilter },
        { provide: APP_INTERCEPTOR, useClass: Wrapping },
      ],
      configure: (app) => {
        if (prefix !== '') app.setGlobalPrefix(prefix);
      },
    });
  });
  afterAll(() => admin?.close());

  async function get<T>(path: string): Promise<T> {
    const { status, body } = await admin.get<T>(at(path));
    expect({ path, status, body }).toMatchObject({ path, status: 200 });
    return body;
  }
  async function write<T>(path: string, body: object): Promise<T> {
    const answer = await admin.post<T>(at(path), body);
    expect([200, 201, 202]).toContain(answer.status);
    return answer.body;
  }
  const run = async (runId: string) => (await get<{ run: Record<string, unknown> }>(`runs/${runId}`)).run;
  const statusIs = (runId: string, status: string) =>
    eventually(async () => expect(await run(runId)).toMatchObject({ status }), { timeout: 20_000 });
  const count = async (path: string, key: string) => (await get<Page<unknown>>(path))[key]?.length ?? 0;
  const grows = async (path: string, key: string) => {
    const before = await count(path, key);
    await eventually(async () => expect(await count(path, key)).toBeGreaterThan(before));
  };

  it('is asked of the application’s own guard and pipe, and answered past its filter and interceptor', async () => {
    const [guarded, piped] = [GlobalGuard.asked, CountingPipe.asked];
    expect(await get('workflows')).toMatchObject({ workflows: expect.any(Array) });
    expect(GlobalGuard.asked).toBe(guarded + 1);
    expect(CountingPipe.asked).toBeGreaterThan(piped);
    const response = await admin.fetch(at('runs/nobody'), { headers: CREDENTIALS });
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8']);
  });

  it('starts, holds, resumes and stops a run, and finds everything persisted', async () => {
    const { runId } = await write<{ runId: string }>('workflows/demo.commands_60s/runs', {
      args: [{ resolved: { paramOne: 'BATCH-001', paramTwo: 'AUTO' } }],
      queue: 'default',
      partitionKey: 'line-1/reactor-a',
      timeout: '180s',
    });
    const found = await get<Page<{ runId: string }>>('runs?nameContains=commands_60&partitionKey=line-1%2Freactor-a');
    expect(found.runs?.map((one) => one.runId)).toEqual([runId]);
    expect(await run(runId)).toMatchObject({ queue: 'default', partitionKey: 'line-1/reactor-a', timeoutMs: 180_000 });

    const stream = `runs/${runId}/streams`;
    await eventually(async () => expect(await count(stream, 'streams')).toBeGreaterThan(0));
    const [{ name }] = (await get<Page<{ name: string }>>(stream)).streams as [{ name: string }];
    const chunks = `${stream}/${encodeURIComponent(name)}?limit=500`;
    await grows(chunks, 'chunks');
    await grows(`runs/${runId}/steps?limit=500`, 'steps');
    const phase = async () =>
      (await get<Page<{ key: string; value: unknown }>>(`runs/${runId}/events`)).events?.find(({ key }) => key === 'phase.state')
        ?.value;
    await eventually(async () => expect(await phase()).toBe('RUNNING'));

    await write(`runs/${runId}/commands`, { command: 'HOLD', reason: 'operator hold' });
    await statusIs(runId, 'HELD');
    const held = await count(chunks, 'chunks');
    await write(`runs/${runId}/commands`, { command: 'RESUME' });
    await eventually(async () => expect(await count(chunks, 'chunks')).toBeGreaterThan(held));
    await write(`runs/${runId}/commands`, { command: 'STOP', reason: 'operator stop' });
    await statusIs(runId, 'STOPPED');
    expect(await phase()).toBe('CLEANED');

    const { commands } = await get<Page<Record<string, unknown>>>(`runs/${runId}/commands`);
    expect(commands).toMatchObject([
      { command: 'STOP', reason: 'operator stop', actor: 'ann', outcome: 'APPLIED' },
      { command: 'RESUME', reason: null, actor: 'ann', outcome: 'APPLIED' },
      { command: 'HOLD', reason: 'operator hold', actor: 'ann', outcome: 'APPLIED' },
    ]);
    const { steps } = await get<Page<Record<string, unknown>>>(`runs/${runId}/steps?limit=5`);
    expect(steps?.find(({ name: step }) => step === 'work')).toMatchObject({
      output: 1,
      attempts: 1,
      startedAt: expect.any(String),
    });
    const { counts } = await get<Page<Record<string, unknown>>>('queues/counts');
    expect(counts).toContainEqual(expect.objectContaining({ queue: 'default', status: 'STOPPED', count: 1 }));

    for (const table of ['workflow_status', 'operation_outputs', 'workflow_events', 'streams']) {
      const { rows } = await admin.schema.pool.query(`select count(*)::int n from ${table} where workflow_id = $1`, [runId]);
      expect({ table, rows: rows[0].n > 0 }).toEqual({ table, rows: true });
    }
  });

  it('cancels a run that waits for its partition', async () => {
    const start = { args: [{ resolved: { paramOne: 'BATCH-002', paramTwo: 'AUTO' } }], partitionKey: 'line-1/reactor-b' };
    const first = await write<{ runId: string }>('workflows/demo.commands_60s/runs', start);
    await eventually(async () => expect(await count(`runs/${first.runId}/steps`, 'steps')).toBeGreaterThan(0));
    const second = await write<{ runId: string }>('workflows/demo.commands_60s/runs', start);
    expect(await write(`runs/${second.runId}/cancel`, { reason: 'not needed' })).toEqual({
      runId: second.runId,
      cancelled: true,
    });
    expect(await run(second.runId)).toMatchObject({
      status: 'CANCELLED',
      error: { code: 'RUN_CANCELLED', message: 'not needed' },
    });
    expect(await write(`runs/${first.runId}/cancel`, {})).toMatchObject({ cancelled: true });
    const { rows } = await admin.schema.pool.query(
      `select actor, action, reason, request_id from audit_log where workflow_id = $1`,
      [second.runId],
    );
    expect(rows).toEqual([
      { actor: 'ann', action: 'START', reason: null, request_id: expect.any(String) },
      { actor: 'ann', action: 'CANCEL', reason: 'not needed', request_id: expect.any(String) },
    ]);
  });
});
