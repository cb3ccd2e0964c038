import { Controller, Get, Inject, Injectable, Module, type ModuleMetadata, Scope, SetMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Step, Workflow, WorkflowContext, WorkflowService, WorkflowsModule } from '../../lib/index.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

describe('discovery', () => {
  let schema: TestSchema;
  let apps: WorkflowApp[];
  const open = async (metadata: ModuleMetadata) => {
    const app = await startApp(schema, metadata);
    apps.push(app);
    return app;
  };
  const bootError = (metadata: ModuleMetadata) =>
    open(metadata).then(
      () => undefined,
      (error: Error & { code: string }) => error,
    );
  const names = (app: WorkflowApp) => app.workflows.listWorkflows().map(({ name }) => name);
  beforeEach(async () => {
    schema = await createTestSchema();
    apps = [];
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await schema.dispose();
  });

  /** Fresh classes per call: a decorated class must not be shared between specs. */
  const bundle = () => {
    @Injectable()
    class Orders {
      constructor(@Inject('PREFIX') readonly prefix: string) {}
      @Workflow()
      async fulfil(id: number): Promise<string> {
        return `${this.prefix}-${id}`;
      }
    }
    return { Orders, prefix: { provide: 'PREFIX', useValue: 'order' } };
  };

  it('finds a class provider, under the default name Class.method', async () => {
    const { Orders, prefix } = bundle();
    const app = await open({ providers: [prefix, Orders] });
    expect(app.workflows.listWorkflows()).toEqual([{ name: 'Orders.fulfil', origin: 'Orders.fulfil', served: true }]);
    expect(await (await app.workflows.start(app.module.get(Orders).fulfil, [7])).returnValue).toBe('order-7');
  });

  it.each(['useClass', 'useFactory', 'async useFactory', 'useValue'])('finds a provider by %s', async (form) => {
    const { Orders, prefix } = bundle();
    const provider = {
      useClass: { provide: 'ORDERS', useClass: Orders },
      useFactory: { provide: 'ORDERS', useFactory: (text: string) => new Orders(text), inject: ['PREFIX'] },
      'async useFactory': { provide: 'ORDERS', useFactory: async (text: string) => new Orders(text), inject: ['PREFIX'] },
      useValue: { provide: 'ORDERS', useValue: new Orders('order') },
    }[form];
    const app = await open({ providers: [prefix, provider as never] });
    expect(names(app)).toEqual(['Orders.fulfil']);
    const orders = app.module.get<InstanceType<typeof Orders>>('ORDERS', { strict: false });
    expect(await orders.fulfil(1)).toBe('order-1');
    const { rows } = await schema.pool.query('select name, status from workflow_status');
    expect(rows).toEqual([{ name: 'Orders.fulfil', status: 'SUCCESS' }]);
  });

  it('finds an instance once, however many aliases and tokens it has', async () => {
    const { Orders, prefix } = bundle();
    const instance = new Orders('shared');
    const app = await open({
      providers: [
        prefix,
        { provide: Orders, useValue: instance },
        { provide: 'ALIAS', useExisting: Orders },
        { provide: 'SECOND_ALIAS', useExisting: 'ALIAS' },
        { provide: 'SAME_INSTANCE', useValue: instance },
        { provide: 'BY_FACTORY', useFactory: () => instance },
      ],
    });
    expect(names(app)).toEqual(['Orders.fulfil']);
    expect(await app.module.get<InstanceType<typeof Orders>>('ALIAS', { strict: false }).fulfil(2)).toBe('shared-2');
  });

  it('finds workflows that a subclass inherits, and runs them on the subclass', async () => {
    abstract class Imports {
      abstract source(): string;
      @Workflow({ name: 'import.all' })
      async importAll(): Promise<string> {
        return `${this.source()} of ${this.constructor.name}`;
      }
    }
    @Injectable()
    class CsvImports extends Imports {
      source() {
        return 'csv';
      }
    }
    const app = await open({ providers: [CsvImports] });
    expect(app.workflows.listWorkflows()).toEqual([{ name: 'import.all', origin: 'CsvImports.importAll', served: true }]);
    expect(await (await app.workflows.start<string>('import.all')).returnValue).toBe('csv of CsvImports');
  });

  it('takes an override without a decorator for what it is: no workflow', async () => {
    class Base {
      @Workflow()
      async run(): Promise<string> {
        return 'base';
      }
    }
    @Injectable()
    class Quiet extends Base {
      override async run(): Promise<string> {
        return `quiet ${await super.run.name}`;
      }
    }
    const app = await open({ providers: [Quiet] });
    expect(names(app)).toEqual([]);
    expect(await app.module.get(Quiet).run()).toBe('quiet run');
  });

  it('finds providers of any imported module, exported or not', async () => {
    const { Orders, prefix } = bundle();
    @Injectable()
    class Deliveries {
      @Workflow()
      async deliver(): Promise<string> {
        return 'delivered';
      }
    }
    @Module({ providers: [Deliveries] })
    class Inner {}
    @Module({ imports: [Inner], providers: [prefix, Orders] })
    class Outer {}
    const app = await open({ imports: [Outer] });
    expect(names(app)).toEqual(['Deliveries.deliver', 'Orders.fulfil']);
    expect(await (await app.workflows.start<string>('Deliveries.deliver')).returnValue).toBe('delivered');
  });

  it('refuses two workflows of one name, naming both', async () => {
    @Injectable()
    class Orders {
      @Workflow({ name: 'fulfil' })
      async run(): Promise<void> {}
    }
    @Injectable()
    class Returns {
      @Workflow({ name: 'fulfil' })
      async accept(): Promise<void> {}
    }
    const error = await bootError({ providers: [Orders, Returns] });
    expect(error).toMatchObject({ code: 'DUPLICATE_WORKFLOW' });
    expect(error?.message).toMatch(/"fulfil" .*Orders\.run .*Returns\.accept/);
  });

  it('refuses a class that two modules provide, naming both modules', async () => {
    @Injectable()
    class Orders {
      @Workflow()
      async fulfil(): Promise<void> {}
    }
    @Module({ providers: [Orders] })
    class ShopModule {}
    @Module({ providers: [Orders] })
    class BackOfficeModule {}
    const error = await bootError({ imports: [ShopModule, BackOfficeModule] });
    expect(error).toMatchObject({ code: 'DUPLICATE_WORKFLOW' });
    expect(error?.message).toContain('ShopModule');
    expect(error?.message).toContain('BackOfficeModule');
  });

  it('refuses a base class and its subclass as two providers, naming both', async () => {
    @Injectable()
    class Base {
      @Workflow()
      async run(): Promise<void> {}
    }
    @Injectable()
    class Derived extends Base {}
    const error = await bootError({ providers: [Base, Derived] });
    expect(error?.message).toMatch(/Base\.run .*Derived\.run/);
  });

  it('refuses two steps of one name, naming both', async () => {
    @Injectable()
    class Mails {
      @Step({ name: 'send' })
      async mail(): Promise<void> {}
    }
    @Injectable()
    class Letters {
      @Step({ name: 'send' })
      async post(): Promise<void> {}
    }
    const error = await bootError({ providers: [Mails, Letters] });
    expect(error).toMatchObject({ code: 'DUPLICATE_STEP' });
    expect(error?.message).toMatch(/"send" .*Mails\.mail .*Letters\.post/);
  });

  it('refuses steps of two different classes that happen to have the same name', async () => {
    const one = () => {
      @Injectable()
      class Steps {
        @Step()
        async send(): Promise<string> {
          return 'mail';
        }
      }
      return Steps;
    };
    const other = () => {
      @Injectable()
      class Steps {
        @Step()
        async send(): Promise<string> {
          return 'letter';
        }
      }
      return Steps;
    };
    expect(await bootError({ providers: [one(), other()] })).toMatchObject({ code: 'DUPLICATE_STEP' });
  });

  it('accepts a step that two subclasses inherit, and a class of steps that two modules provide', async () => {
    class Base {
      @Step()
      async send(): Promise<string> {
        return this.constructor.name;
      }
    }
    @Injectable()
    class Mails extends Base {}
    @Injectable()
    class Letters extends Base {}
    @Module({ providers: [Mails] })
    class A {}
    @Module({ providers: [Mails, Letters] })
    class B {}
    await open({ imports: [A, B] });
  });

  it.each([
    ['request-scoped', Scope.REQUEST],
    ['transient', Scope.TRANSIENT],
  ])('refuses a %s host', async (_, scope) => {
    @Injectable({ scope })
    class Orders {
      @Workflow()
      async fulfil(): Promise<void> {}
    }
    const error = await bootError({ providers: [Orders] });
    expect(error).toMatchObject({ code: 'UNSUPPORTED_WORKFLOW_HOST' });
    expect(error?.message).toContain('Orders.fulfil');
  });

  it('refuses a host that is request-scoped only because of what it injects', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Tenant {}
    @Injectable()
    class Orders {
      constructor(readonly tenant: Tenant) {}
      @Workflow()
      async fulfil(): Promise<void> {}
    }
    expect(await bootError({ providers: [Tenant, Orders] })).toMatchObject({ code: 'UNSUPPORTED_WORKFLOW_HOST' });
  });

  it('refuses a controller host, also by inheritance', async () => {
    class Base {
      @Workflow()
      async fulfil(): Promise<void> {}
    }
    @Controller('orders')
    class OrdersController extends Base {
      @Get()
      list() {
        return [];
      }
    }
    const error = await bootError({ controllers: [OrdersController] });
    expect(error).toMatchObject({ code: 'UNSUPPORTED_WORKFLOW_HOST' });
    expect(error?.message).toContain('OrdersController.fulfil');
  });

  it('leaves request-scoped and transient providers and controllers without workflows alone', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      get trap(): string {
        throw new Error('a getter was read');
      }
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class PerUse {}
    @Controller()
    class Plain {}
    const { Orders, prefix } = bundle();
    const trap = {
      provide: 'TRAP',
      useValue: new Proxy(
        {},
        {
          get(_, key) {
            // Nest itself looks for lifecycle hooks and for a promise.
            if (typeof key === 'symbol' || /^(then|on[A-Z]|before|constructor)/.test(key)) return undefined;
            throw new Error(`property ${key} was read`);
          },
        },
      ),
    };
    const nothing = { provide: 'NOTHING', useValue: null };
    const text = { provide: 'TEXT', useValue: 'text' };
    const bare = { provide: 'BARE', useValue: Object.create(null) };
    const app = await open({ controllers: [Plain], providers: [PerRequest, PerUse, prefix, Orders, trap, nothing, text, bare] });
    expect(names(app)).toEqual(['Orders.fulfil']);
  });

  it('keeps what other decorators say about the method, above and below', async () => {
    const below = SetMetadata('below', 1);
    const above = SetMetadata('above', 2);
    @Injectable()
    class Orders {
      @above
      @Workflow()
      @below
      async fulfil(_id: number): Promise<void> {}

      @above
      @Step()
      @below
      async charge(): Promise<void> {}
    }
    for (const method of [Orders.prototype.fulfil, Orders.prototype.charge]) {
      expect(Reflect.getMetadata('below', method)).toBe(1);
      expect(Reflect.getMetadata('above', method)).toBe(2);
    }
    expect(Orders.prototype.fulfil.name).toBe('fulfil');
    expect(Reflect.getMetadata('design:paramtypes', Orders.prototype, 'fulfil')).toEqual([Number]);
  });

  it('gives workflows and steps their own `this`, private members included', async () => {
    @Injectable()
    class Tills {
      #total = 40;
      @Step()
      async add(amount: number): Promise<number> {
        this.#total += amount;
        return this.#total;
      }
    }
    @Injectable()
    class Shops {
      #factor = 1;
      constructor(
        private readonly tills: Tills,
        private readonly wf: WorkflowContext,
      ) {}
      @Workflow()
      async sell(amount: number): Promise<unknown> {
        const total = await this.tills.add(amount);
        const inline = await this.wf.step('inline', () => this.#factor);
        return { total, inline, self: this instanceof Shops };
      }
    }
    const app = await open({ providers: [Tills, Shops] });
    expect(await app.module.get(Shops).sell(2)).toEqual({ total: 42, inline: 1, self: true });
  });

  it('works in an application context without HTTP', async () => {
    const { Orders, prefix } = bundle();
    @Module({ imports: [WorkflowsModule.forRoot({ url: schema.url, schema: schema.schema })], providers: [prefix, Orders] })
    class App {}
    const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    try {
      const run = await app.get(WorkflowService).start(app.get(Orders).fulfil, [3]);
      expect(await run.returnValue).toBe('order-3');
    } finally {
      await app.close();
    }
  });
});
