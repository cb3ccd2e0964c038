// Settings that no database can serve: the boot fails with an error of the library that says which option, never shows the password, and
// leaves nothing behind. (Wrong password, user and database, and a server that is away: test/crash/boot-without-database.spec.ts.)
import { inspect } from 'node:util';
import { Test } from '@nestjs/testing';
import { type WorkflowsAsyncOptions, WorkflowsError, WorkflowsModule, type WorkflowsModuleOptions } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';

/** What forRoot or the boot throws; undefined: it came up. */
async function bootError(define: () => ReturnType<typeof WorkflowsModule.forRoot>): Promise<unknown> {
  try {
    const module = await Test.createTestingModule({ imports: [define()] })
      .setLogger(false as never)
      .compile();
    try {
      await module.init();
    } finally {
      await module.close();
    }
  } catch (error) {
    return error;
  }
  return undefined;
}

const boot = (options: unknown) =>
  bootError(() => WorkflowsModule.forRoot({ connectTimeout: '600ms', ...(options as WorkflowsModuleOptions) }));
const bootAsync = (options: unknown) => bootError(() => WorkflowsModule.forRootAsync(options as WorkflowsAsyncOptions));

async function withSchema(test: (schema: TestSchema) => Promise<void>): Promise<void> {
  const schema = await createTestSchema();
  try {
    await test(schema);
  } finally {
    await schema.dispose();
  }
}

describe('a name of a schema', () => {
  const refused = (schema: unknown): unknown => {
    try {
      WorkflowsModule.forRoot({ schema: schema as string });
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('that Postgres would take for something else, or cut, is refused when the module is defined', () => {
    const names = [
      'x";drop schema public;--',
      "x'; drop schema public; --",
      'a'.repeat(49),
      'a'.repeat(64),
      'Orders',
      'a.b',
      'a b',
      'a\0',
      'a\n',
      'ä',
      '1a',
      '$user',
      '',
      ['workflows'],
      new String('workflows'),
      { toString: () => 'workflows' },
    ];
    for (const name of names) {
      const error = refused(name);
      expect({ name, error }).toEqual({ name, error: expect.any(WorkflowsError) });
      expect(error).toMatchObject({
        name: 'InvalidOptionError',
        code: 'INVALID_OPTION',
        message: expect.stringContaining('"schema"'),
      });
    }
  });

  it.each(['pg_workflows', 'pg_catalog', 'pg_temp', 'information_schema'])(
    'that belongs to Postgres is refused when the module is defined: %s',
    (name) => {
      expect(refused(name)).toMatchObject({ code: 'INVALID_OPTION' });
    },
  );
});

describe('a connection', () => {
  const spoilt = (schema: TestSchema, spoil: (url: URL) => void): WorkflowsModuleOptions => {
    const url = new URL(schema.url);
    spoil(url);
    return { url: url.href, schema: schema.schema };
  };
  const database = (name: string) => (url: URL) => {
    url.pathname = `/${name}`;
  };
  const query = (text: string) => (url: URL) => {
    url.search = text;
  };
  /** An error of the library that says where the database is and never how to get in. */
  const expectTyped = (error: unknown, schema: TestSchema) => {
    expect(error).toBeInstanceOf(WorkflowsError);
    const { password } = new URL(schema.url);
    if (password !== '') expect(inspect(error, { depth: 8 })).not.toContain(password);
  };

  it('that is read-only, like that of a standby, is not there: the boot waits for it up to connectTimeout', () =>
    withSchema(async (schema) => {
      const error = await boot(spoilt(schema, query('options=-c%20default_transaction_read_only%3Don')));
      expectTyped(error, schema);
      expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', message: expect.stringContaining('read-only') });
    }));

  it('to a database whose name has a NUL is not there', () =>
    withSchema(async (schema) => {
      const error = await boot(spoilt(schema, database('a%00b')));
      expectTyped(error, schema);
      expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    }));

  it.each<[string, (url: URL) => void]>([
    ['an encoding that is none (URIError)', database('orders%E0')],
    ['a certificate that is not there (ENOENT)', query('sslcert=/nonexistent.pem')],
    ['a port that is none', query('port=99999')],
    ['a setting that Postgres does not know (42704)', query('options=-c%20nonsense_setting%3Don')],
  ])('whose url has %s is refused by an error of the library', async (_, spoil) =>
    withSchema(async (schema) => expectTyped(await boot(spoilt(schema, spoil)), schema)),
  );

  it('without the right to make the schema is refused by an error of the library', () =>
    withSchema(async (schema) => {
      const role = `r_${schema.schema}`;
      await schema.pool.query(`create role ${role} login password 'pw'`);
      try {
        const options = spoilt(schema, (url) => {
          [url.username, url.password] = [role, 'pw'];
        });
        expect(await boot({ ...options, schema: 'not_allowed_here' })).toMatchObject({ code: 'DATABASE_REFUSED' });
      } finally {
        await schema.pool.query(`drop role ${role}`);
      }
    }));

  it("with migrate: 'off' and without tables is refused by an error of the library", () =>
    withSchema(async (schema) => expectTyped(await boot({ url: schema.url, schema: schema.schema, migrate: 'off' }), schema)));

  it.each(['nope', ''])('by a DataSource that nobody provides is a boot error that says so: %j', async (dataSource) => {
    expect(await boot({ dataSource })).toMatchObject({ name: 'DataSourceNotFoundError', code: 'DATA_SOURCE_NOT_FOUND' });
  });

  it.each(['dataSource', 'schema', 'connectTimeout'])('given by mistake as %s does not show its password', async (option) => {
    const error = await boot({ [option]: 'postgres://ann:s3cret-word@localhost/orders' });
    expect(error).toBeInstanceOf(WorkflowsError);
    expect(inspect(error, { depth: 8 })).not.toContain('s3cret-word');
  });

  it.each<[string, unknown]>([
    ['an empty object', {}],
    ['a list', []],
    ['a promise that nobody awaited', Promise.resolve({})],
    ['something without options', { options: null }],
  ])('by a DataSource that is none (%s) is refused by an error of the library', async (_, dataSource) => {
    expect(await boot({ dataSource })).toBeInstanceOf(WorkflowsError);
  });
});

describe('options from a factory', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a text', 'postgres://localhost/db'],
    ['a slip', { shema: 'x' }],
    ['isGlobal, which belongs beside the factory', { isGlobal: true }],
  ])('that are %s are refused at boot', async (_, options) => {
    const error = await bootAsync({ useFactory: async () => options });
    expect(error).toBeInstanceOf(WorkflowsError);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(INVALID|UNKNOWN)_OPTION$/) });
  });

  it('are given one way only', async () => {
    for (const options of [null, {}, 'x', { useFactory: () => ({}), useClass: class {} }, { usefactory: () => ({}) }])
      expect(await bootAsync(options)).toBeInstanceOf(WorkflowsError);
  });

  it.each<[string, unknown]>([
    ['a factory that is no function', { useFactory: 5 }],
    ['a factory that is a promise', { useFactory: Promise.resolve({}) }],
    ['imports that are no list', { useFactory: () => ({}), imports: 5 }],
    ['injections that are no list', { useFactory: () => ({}), inject: 'CONFIG' }],
    ['a class that is none', { useClass: {} }],
    ['a class that makes no options', { useClass: class {} }],
  ])('with %s are refused by an error of the library', async (_, options) => {
    expect(await bootAsync(options)).toBeInstanceOf(WorkflowsError);
  });
});

describe('the handle of a run', () => {
  it(
    'as JSON is its id, not the connection with its password',
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('flow', () => 1)]);
      const run = await app.workflows.start('flow');
      await run.returnValue;
      expect(JSON.parse(JSON.stringify(run))).toEqual({ runId: run.runId });
      expect(inspect(run, { depth: 10 })).not.toContain('connectionString');
    }),
  );
});
