import { Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { getDataSourceToken, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import {
  Workflow,
  WorkflowContext,
  WorkflowService,
  WorkflowsModule,
  type WorkflowsModuleOptions,
  type WorkflowsOptionsFactory,
} from '../../lib/index.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';

@Entity()
class Note {
  @PrimaryGeneratedColumn()
  id!: number;
  @Column()
  text!: string;
}

describe('the database of WorkflowsModule', () => {
  let schema: TestSchema;
  /** The host's own tables. */
  let host: TestSchema;
  let modules: TestingModule[];
  beforeEach(async () => {
    [schema, host] = [await createTestSchema(), await createTestSchema()];
    modules = [];
  });
  afterEach(async () => {
    await Promise.all(modules.map((module) => module.close()));
    await Promise.all([schema, host].map((one) => one.dispose()));
  });
  const typeOrm = (extra: object = {}) =>
    ({
      type: 'postgres',
      url: host.url,
      schema: host.schema,
      entities: [Note],
      synchronize: true,
      retryAttempts: 0,
      ...extra,
    }) as TypeOrmModuleOptions;
  const bundle = () => {
    @Injectable()
    class Notes {
      constructor(private readonly wf: WorkflowContext) {}
      @Workflow({ name: 'note' })
      async note(text: string): Promise<string> {
        return this.wf.step('write', () => text.toUpperCase());
      }
    }
    return Notes;
  };
  const boot = async (imports: NonNullable<ModuleMetadata['imports']>, providers: ModuleMetadata['providers'] = []) => {
    const module = await Test.createTestingModule({ imports, providers: [bundle(), ...providers] }).compile();
    module.useLogger(false);
    modules.push(module);
    await module.init();
    return module;
  };
  const expectWorks = async (module: TestingModule) => {
    const run = await module.get(WorkflowService, { strict: false }).start<string>('note', ['a']);
    expect(await run.returnValue).toBe('A');
    const { rows } = await schema.pool.query('select workflow_id from workflow_status');
    expect(rows).toEqual([{ workflow_id: run.runId }]);
  };
  const base = () => ({ schema: schema.schema });

  it('is the host’s default DataSource, whichever module is imported first', async () => {
    await expectWorks(await boot([TypeOrmModule.forRoot(typeOrm()), WorkflowsModule.forRoot(base())]));
    await schema.pool.query('delete from workflow_status');
    await expectWorks(await boot([WorkflowsModule.forRoot(base()), TypeOrmModule.forRoot(typeOrm())]));
  });

  it('is a DataSource of another name', async () => {
    const other = TypeOrmModule.forRoot({ ...typeOrm(), name: 'reports' } as TypeOrmModuleOptions);
    await expectWorks(await boot([other, WorkflowsModule.forRoot({ ...base(), dataSource: 'reports' })]));
  });

  it('is a DataSource from TypeOrmModule.forRootAsync that takes its time', async () => {
    const slow = TypeOrmModule.forRootAsync({
      useFactory: async () => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        return typeOrm();
      },
    });
    await expectWorks(await boot([WorkflowsModule.forRoot(base()), slow]));
  });

  it('is a DataSource that is handed over, initialised or not', async () => {
    const dataSource = new DataSource(typeOrm() as never);
    await expectWorks(await boot([WorkflowsModule.forRoot({ ...base(), dataSource })]));
    expect(dataSource.isInitialized).toBe(false);
  });

  it('is a DataSource given by host, port, user and password', async () => {
    const { hostname, port, username, password, pathname } = new URL(schema.url);
    const dataSource = new DataSource({
      type: 'postgres',
      host: hostname,
      port: Number(port),
      username,
      password: decodeURIComponent(password),
      database: pathname.slice(1),
    });
    await expectWorks(await boot([WorkflowsModule.forRoot({ ...base(), dataSource })]));
  });

  it('is a DataSource whose password is made by a function', async () => {
    const { hostname, port, username, password, pathname } = new URL(schema.url);
    const dataSource = new DataSource({
      type: 'postgres',
      host: hostname,
      port: Number(port),
      username,
      password: (async () => decodeURIComponent(password)) as never,
      database: pathname.slice(1),
    });
    await expectWorks(await boot([WorkflowsModule.forRoot({ ...base(), dataSource })]));
  });

  it('is the master of a replicated DataSource', async () => {
    const dataSource = new DataSource({
      type: 'postgres',
      replication: { master: { url: schema.url }, slaves: [{ url: 'postgres://nobody@127.0.0.1:1/none' }] },
    });
    await expectWorks(await boot([WorkflowsModule.forRoot({ ...base(), dataSource })]));
  });

  it('is not disturbed by what the host sets for its own pool', async () => {
    const extra = {
      max: 1,
      idleTimeoutMillis: 10,
      statement_timeout: 30_000,
      options: '-c timezone=Asia/Kathmandu -c DateStyle=German',
    };
    await expectWorks(await boot([TypeOrmModule.forRoot(typeOrm({ extra })), WorkflowsModule.forRoot(base())]));
  });

  it.each<[string, WorkflowsModuleOptions]>([
    ['default', {}],
    ['reports', { dataSource: 'reports' }],
  ])('that is not there is a boot error with the remedy: %s', async (name, options) => {
    const error = await boot([WorkflowsModule.forRoot({ ...base(), ...options })]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DATA_SOURCE_NOT_FOUND' });
    expect((error as Error).message).toContain(`"${name}"`);
  });

  it('that is no Postgres is a boot error', async () => {
    const dataSource = Object.assign(Object.create(DataSource.prototype), { options: { type: 'mysql' } });
    const error = await boot([WorkflowsModule.forRoot({ ...base(), dataSource })]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'UNSUPPORTED_DATA_SOURCE' });
  });

  it('keeps the host’s tables and its synchronize out of ours, and ours out of the host’s', async () => {
    const module = await boot([
      TypeOrmModule.forRoot(typeOrm()),
      TypeOrmModule.forFeature([Note]),
      WorkflowsModule.forRoot(base()),
    ]);
    const dataSource = module.get<DataSource>(getDataSourceToken(), { strict: false });
    await dataSource.getRepository(Note).save({ text: 'first' });
    await expectWorks(module);
    const tables = async (of: TestSchema) =>
      (
        await of.pool.query('select table_name from information_schema.tables where table_schema = $1 order by 1', [of.schema])
      ).rows.map((row) => row.table_name);
    const ours = await tables(schema);
    expect(await tables(host)).toEqual(['note']);
    expect(ours).toContain('workflow_status');
    expect(ours).not.toContain('note');

    await dataSource.synchronize();
    expect(await tables(schema)).toEqual(ours);
    expect(await dataSource.getRepository(Note).find()).toMatchObject([{ text: 'first' }]);
    // dropBeforeSync: the harshest there is. It takes the host's tables, and not ours.
    await dataSource.synchronize(true);
    expect(await tables(schema)).toEqual(ours);
    expect(await dataSource.getRepository(Note).find()).toEqual([]);
    const { rows } = await schema.pool.query('select status from workflow_status');
    expect(rows).toEqual([{ status: 'SUCCESS' }]);
  });

  it('can be the very schema of the host: its synchronize leaves our tables alone', async () => {
    const options = { ...base(), schema: host.schema };
    const module = await boot([TypeOrmModule.forRoot(typeOrm()), WorkflowsModule.forRoot(options)]);
    const dataSource = module.get<DataSource>(getDataSourceToken(), { strict: false });
    const start = async () => (await module.get(WorkflowService, { strict: false }).start<string>('note', ['b'])).returnValue;
    expect(await start()).toBe('B');
    await dataSource.synchronize();
    expect(await start()).toBe('B');
    const { rows } = await host.pool.query('select count(*)::int n from workflow_status');
    expect(rows[0].n).toBe(2);
  });

  describe('by forRootAsync', () => {
    it('comes from a factory with injections', async () => {
      const config = { provide: 'CONFIG', useFactory: async () => ({ url: schema.url }) };
      @Module({ providers: [config], exports: ['CONFIG'] })
      class ConfigModule {}
      const workflows = WorkflowsModule.forRootAsync({
        imports: [ConfigModule],
        inject: ['CONFIG'],
        useFactory: async ({ url }: { url: string }) => ({ ...base(), url }),
      });
      await expectWorks(await boot([workflows]));
    });

    it('comes from a class', async () => {
      const { url } = schema;
      @Injectable()
      class Factory implements WorkflowsOptionsFactory {
        createWorkflowsOptions() {
          return { ...base(), url };
        }
      }
      await expectWorks(await boot([WorkflowsModule.forRootAsync({ useClass: Factory })]));
    });

    it('comes from an existing provider, which is not made twice', async () => {
      const { url } = schema;
      let made = 0;
      @Injectable()
      class Factory implements WorkflowsOptionsFactory {
        constructor() {
          made++;
        }
        async createWorkflowsOptions() {
          return { ...base(), url };
        }
      }
      @Module({ providers: [Factory], exports: [Factory] })
      class ConfigModule {}
      await expectWorks(await boot([WorkflowsModule.forRootAsync({ imports: [ConfigModule], useExisting: Factory })]));
      expect(made).toBe(1);
    });

    it('is an injected DataSource', async () => {
      const workflows = WorkflowsModule.forRootAsync({
        inject: [getDataSourceToken()],
        useFactory: (dataSource: DataSource) => ({ ...base(), dataSource }),
      });
      await expectWorks(await boot([TypeOrmModule.forRoot(typeOrm()), workflows]));
    });

    it.each(['TypeOrmModule first', 'WorkflowsModule first'])(
      'is the default DataSource, %s, however long that takes to connect',
      async (order) => {
        const slow = TypeOrmModule.forRootAsync({
          useFactory: async () => {
            await new Promise((resolve) => setTimeout(resolve, 150));
            return typeOrm();
          },
        });
        const workflows = WorkflowsModule.forRootAsync({ useFactory: base });
        await expectWorks(await boot(order === 'TypeOrmModule first' ? [slow, workflows] : [workflows, slow]));
      },
    );

    it('refuses bad options at boot', async () => {
      const error = await boot([WorkflowsModule.forRootAsync({ useFactory: () => ({ leaseDuraton: 5 }) as never })]).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: 'UNKNOWN_OPTION' });
    });

    it.each([{}, { useFactory: () => ({}), useClass: class {} }] as never[])(
      'without exactly one way to get the options is an error of the library: %p',
      async (options) => {
        const error = await (async () => boot([WorkflowsModule.forRootAsync(options)]))().catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'INVALID_OPTION' });
      },
    );
  });
});
