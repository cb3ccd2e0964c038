import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { WorkflowService, WorkflowsError, WorkflowsModule, type WorkflowsModuleOptions } from '../../lib/index.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';

/** Boots, and gives what it threw and what it logged. */
async function boot(options: WorkflowsModuleOptions) {
  const lines: string[] = [];
  const write = (message: unknown, ...rest: unknown[]) => lines.push([message, ...rest].map(String).join(' '));
  Logger.overrideLogger({ log: write, warn: write, error: write, debug: write, verbose: write });
  try {
    const module = await Test.createTestingModule({ imports: [WorkflowsModule.forRoot(options)] })
      .setLogger({ log: write, warn: write, error: write, debug: write, verbose: write })
      .compile();
    await module.init();
    const service = module.get(WorkflowService);
    await service.listRuns();
    await module.close();
    return { lines };
  } catch (error) {
    return { lines, error: error as Error & { code: string } };
  } finally {
    Logger.overrideLogger(false);
  }
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('booting', () => {
  let schema: TestSchema;
  let proxy: TcpProxy;
  beforeEach(async () => {
    schema = await createTestSchema();
    proxy = await TcpProxy.start(schema.url);
  });
  afterEach(async () => {
    await proxy.close();
    await schema.dispose();
  });

  it.each(['127.0.0.1', 'localhost'])(
    'without a database at %s fails with DATABASE_UNAVAILABLE after connectTimeout, and says why',
    async (host) => {
      const port = await closedPort();
      const began = performance.now();
      const { error, lines } = await boot({ url: `postgres://ann:s3cret-word@${host}:${port}/orders`, connectTimeout: '1200ms' });
      expect(performance.now() - began).toBeLessThan(4_000);
      expect(performance.now() - began).toBeGreaterThan(500);
      expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      expect(error?.message).toContain(`${host}:${port}/orders`);
      expect(error?.message).toContain('ECONNREFUSED');
      expect(lines.join('\n')).toMatch(/not there yet, trying again: .*ECONNREFUSED/);
      expect(inspect(error, { depth: 8 }) + lines.join('\n')).not.toContain('s3cret-word');
    },
  );

  it('waits for a database that comes later', async () => {
    proxy.cut();
    const booting = boot({ url: proxy.url, schema: schema.schema });
    await pause(800);
    proxy.heal();
    const { error, lines } = await booting;
    expect(error).toBeUndefined();
    expect(lines.filter((line) => line.includes('not there yet'))).toHaveLength(1);
  });

  it('against something that accepts and never answers keeps to connectTimeout', async () => {
    proxy.mute();
    const began = performance.now();
    const { error } = await boot({ url: proxy.url, schema: schema.schema, connectTimeout: '1s' });
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  const mistakes: Array<[string, (url: URL) => void]> = [
    [
      'a wrong password',
      (url) => {
        url.password = 'wr0ng-word';
      },
    ],
    [
      'a database that does not exist',
      (url) => {
        url.pathname = '/there_is_no_such_database';
      },
    ],
    [
      'a user that does not exist',
      (url) => {
        url.username = 'nobody_at_all';
      },
    ],
  ];

  it.each(mistakes)('with %s fails at once and shows no password', async (_, spoil) => {
    const url = new URL(schema.url);
    spoil(url);
    const began = performance.now();
    const { error, lines } = await boot({ url: url.href, schema: schema.schema });
    expect(error).toBeInstanceOf(Error);
    expect(performance.now() - began).toBeLessThan(3_000);
    const shown = `${inspect(error, { depth: 8 })}${lines.join('\n')}`;
    expect(shown).not.toContain('wr0ng-word');
    expect(shown).not.toContain(new URL(schema.url).password);
    expect(lines.filter((line) => line.includes('trying again'))).toEqual([]);
  });

  it.each(mistakes)('with %s names the database and the remedy, in an error of the library', async (_, spoil) => {
    const url = new URL(schema.url);
    spoil(url);
    const { error } = await boot({ url: url.href, schema: schema.schema });
    expect(error).toBeInstanceOf(WorkflowsError);
    expect(error?.message).toContain(url.host);
  });

  it('with a url that cannot be read fails at once without showing it', async () => {
    const url = 'postgres://ann:s3cret-word@host:notaport/orders';
    const { error, lines } = await boot({ url, schema: schema.schema, connectTimeout: '1s' });
    expect(error).toBeDefined();
    expect(inspect(error, { depth: 8 }) + lines.join('\n')).not.toContain('s3cret-word');
  });

  it('with a url that cannot be read says which option is wrong, in an error of the library', async () => {
    const { error } = await boot({ url: 'postgres://ann@host:notaport/orders', schema: schema.schema, connectTimeout: '1s' });
    expect(error).toBeInstanceOf(WorkflowsError);
    expect(error?.message).toContain('url');
  });
});
