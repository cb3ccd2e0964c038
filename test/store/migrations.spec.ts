import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { Workflow, WorkflowContext, type WorkflowsModuleOptions } from '../../lib/index.js';
import { SCHEMA_VERSION, workflowsMigrations } from '../../migrations/index.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

describe('the schema', () => {
  let schema: TestSchema;
  let apps: WorkflowApp[];
  let sources: DataSource[];
  const open = async (options: WorkflowsModuleOptions = {}) => {
    @Injectable()
    class Jobs {
      constructor(private readonly wf: WorkflowContext) {}
      @Workflow({ name: 'job' })
      async job(): Promise<string> {
        await this.wf.setEvent('phase', 'working');
        return this.wf.step('work', () => 'done');
      }
    }
    const app = await startApp(schema, { providers: [Jobs], workflowsOptions: options });
    apps.push(app);
    return app;
  };
  const expectWorks = async (app: WorkflowApp) => expect(await (await app.workflows.start('job')).returnValue).toBe('done');
  /** The host's own TypeORM, with its migrations table in the same schema. */
  const hostDataSource = async (name = schema.schema) => {
    const dataSource = new DataSource({
      type: 'postgres',
      url: schema.url,
      schema: name,
      installExtensions: false,
      migrations: workflowsMigrations(name),
      migrationsTableName: 'host_migrations',
    });
    await dataSource.initialize();
    sources.push(dataSource);
    return dataSource;
  };
  const versions = async (name = schema.schema) =>
    (await schema.pool.query(`select version from ${name}.schema_migrations order by 1`)).rows.map((row) => row.version);
  const allVersions = Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1);
  const objects = async (name = schema.schema) =>
    (
      await schema.pool.query(
        `select relname::text as name from pg_class where relnamespace = $1::regnamespace
         union all select proname::text from pg_proc where pronamespace = $1::regnamespace order by 1`,
        [name],
      )
    ).rows
      .map((row) => row.name)
      // Those of TypeORM's own bookkeeping.
      .filter((name) => !/^(host_migrations|PK_)/.test(name));
  beforeEach(async () => {
    schema = await createTestSchema();
    [apps, sources] = [[], []];
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await Promise.all(sources.map((source) => source.destroy()));
    await schema.dispose();
  });

  it('is made once when eight applications boot at once, and all of them work', async () => {
    await Promise.all(Array.from({ length: 8 }, () => open({ poolSize: 1, writeLanes: 1 })));
    expect(await versions()).toEqual(allVersions);
    await Promise.all(apps.map((app) => expectWorks(app)));
  });

  it('is made by eight applications at once even where there is no schema yet', async () => {
    await schema.pool.query(`drop schema ${schema.schema}`);
    await Promise.all(Array.from({ length: 8 }, () => open({ poolSize: 1, writeLanes: 1, role: 'client' })));
    expect(await versions()).toEqual(allVersions);
  });

  it('is left as it is by a second boot', async () => {
    await (await open()).close();
    const before = await schema.pool.query('select * from schema_migrations order by version');
    await expectWorks(await open());
    const after = await schema.pool.query('select * from schema_migrations order by version');
    expect(after.rows).toEqual(before.rows);
  });

  it.each(['empty', 'missing', 'outdated'])(
    "that is %s is refused by migrate: 'verify', which changes nothing",
    async (state) => {
      if (state === 'missing') await schema.pool.query(`drop schema ${schema.schema}`);
      if (state === 'outdated') {
        const dataSource = await hostDataSource();
        await dataSource.runMigrations();
        await dataSource.undoLastMigration();
      }
      const found = state === 'outdated' ? SCHEMA_VERSION - 1 : 0;
      const before = state === 'missing' ? [] : await objects();
      const error = await open({ migrate: 'verify' }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'SCHEMA_NOT_MIGRATED' });
      expect((error as Error).message).toMatch(new RegExp(`version ${found}\\b.* needs ${SCHEMA_VERSION}\\b`));
      if (state === 'missing') {
        const { rowCount } = await schema.pool.query('select from pg_namespace where nspname = $1', [schema.schema]);
        expect(rowCount).toBe(0);
        await schema.pool.query(`create schema ${schema.schema}`);
      } else expect(await objects()).toEqual(before);
    },
  );

  it.each(['auto', 'verify'] as const)(
    'that is newer than the library is refused, naming both versions (%s)',
    async (migrate) => {
      await (await open()).close();
      await schema.pool.query(`insert into schema_migrations (version, name) values (${SCHEMA_VERSION + 4}, 'Later')`);
      const error = await open({ migrate }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'SCHEMA_TOO_NEW' });
      expect((error as Error).message).toContain(`version ${SCHEMA_VERSION + 4}`);
      expect((error as Error).message).toContain(`only up to ${SCHEMA_VERSION}`);
    },
  );

  it("is not looked at with migrate: 'off'", async () => {
    await (await open()).close();
    await schema.pool.query('drop table schema_migrations');
    await expectWorks(await open({ migrate: 'off' }));
    expect(await objects()).not.toContain('schema_migrations');
  });

  it("is not looked at with migrate: 'off', though it is newer: the operator knows better", async () => {
    await (await open()).close();
    await schema.pool.query(`insert into schema_migrations (version, name) values (${SCHEMA_VERSION + 1}, 'Later')`);
    await expectWorks(await open({ migrate: 'off' }));
  });

  it('made by the host’s own TypeORM passes verify, and is the same as the library’s', async () => {
    const dataSource = await hostDataSource();
    await dataSource.runMigrations();
    await expectWorks(await open({ migrate: 'verify' }));
    const ofHost = await objects();
    const other = await createTestSchema();
    try {
      const app = await startApp(other, {});
      await app.close();
      expect(ofHost).toEqual(await objects(other.schema));
    } finally {
      await other.dispose();
    }
  });

  it('made by the library can be taken over by the host’s migrations, which find everything done', async () => {
    await (await open()).close();
    const dataSource = await hostDataSource();
    expect(await dataSource.runMigrations()).toHaveLength(SCHEMA_VERSION);
    expect(await versions()).toEqual(allVersions);
    await expectWorks(await open({ migrate: 'verify' }));
  });

  it('goes down step by step to nothing of ours, and up again', async () => {
    const dataSource = await hostDataSource();
    await dataSource.runMigrations();
    for (let version = SCHEMA_VERSION; version > 0; version--) {
      expect(await versions()).toEqual(allVersions.slice(0, version));
      await dataSource.undoLastMigration();
    }
    expect((await objects()).filter((name) => !name.startsWith('schema_migrations'))).toEqual([]);
    await dataSource.runMigrations();
    await expectWorks(await open({ migrate: 'verify' }));
  });

  it('is brought up from any earlier version', async () => {
    for (let version = 0; version < SCHEMA_VERSION; version++) {
      await schema.pool.query(`drop schema ${schema.schema} cascade; create schema ${schema.schema}`);
      const dataSource = new DataSource({
        type: 'postgres',
        url: schema.url,
        schema: schema.schema,
        installExtensions: false,
        migrations: workflowsMigrations(schema.schema).slice(0, version),
      });
      await dataSource.initialize();
      await dataSource.runMigrations();
      await dataSource.destroy();
      const app = await open();
      await expectWorks(app);
      await app.close();
      expect(await versions()).toEqual(allVersions);
    }
  });

  it('is untouched when a migration is cut off in the middle, and the next boot makes it', async () => {
    const proxy = await TcpProxy.start(schema.url);
    // A lock that the second statement of the migration runs into: a table of that name, not yet committed.
    const blocker = new pg.Client({ connectionString: schema.url });
    await blocker.connect();
    try {
      await blocker.query(`begin; create table ${schema.schema}.operation_outputs (x int)`);
      const booting = open({ url: proxy.url, connectTimeout: '100ms' }).catch((error: unknown) => error);
      await eventually(async () => {
        const { rowCount } = await schema.pool.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%create table%operation_outputs%' and query like '%' || $1 || '%'`,
          [schema.schema],
        );
        expect(rowCount).toBe(1);
      });
      proxy.cut();
      expect(await booting).toBeInstanceOf(Error);
      await blocker.query('rollback');
      await eventually(async () => expect(await objects()).toEqual([]));
    } finally {
      await blocker.end();
      await proxy.close();
    }
    await expectWorks(await open());
  });

  it('lives beside another one: two schemas, each with its own runs', async () => {
    const other = await createTestSchema();
    const app = await startApp(other, {});
    try {
      const run = await (await open()).workflows.start('job');
      await run.returnValue;
      expect(await app.workflows.getRun(run.runId).status.catch((error: { code: string }) => error.code)).toBe('RUN_NOT_FOUND');
      const { rows } = await other.pool.query('select count(*)::int n from workflow_status');
      expect(rows[0].n).toBe(0);
    } finally {
      await app.close();
      await other.dispose();
    }
  });

  it('leaves nothing outside itself: no extension, no type, no object in public', async () => {
    const outside = async () =>
      (
        await schema.pool.query(
          `select 'extension ' || extname as name from pg_extension
           union all select 'public ' || relname from pg_class where relnamespace = 'public'::regnamespace
           union all select 'schema ' || nspname from pg_namespace where nspname !~ '^(t_|pg_)' order by 1`,
        )
      ).rows;
    const before = await outside();
    await expectWorks(await open());
    expect(await outside()).toEqual(before);
  });

  it.each(['x";drop schema public;--', 'a'.repeat(49), 'Upper', '', 'a.b', "a'b"])('is not made under the name %j', (name) => {
    expect(() => workflowsMigrations(name)).toThrow(TypeError);
  });

  it('can have the longest name, and a name that is a reserved word', async () => {
    for (const name of [`t_${'x'.repeat(46)}`, 'select']) {
      await schema.pool.query(`drop schema if exists "${name}" cascade`);
      const app = await open({ schema: name });
      await expectWorks(app);
      await app.close();
      await schema.pool.query(`drop schema "${name}" cascade`);
    }
  });
});
