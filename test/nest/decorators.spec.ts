import { Injectable } from '@nestjs/common';
import { Step, Workflow } from '../../lib/index.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp } from '../support/workflow-app.js';

describe.each([
  ['@Workflow()', Workflow],
  ['@Step()', Step],
] as const)('%s', (_, Decorator) => {
  const target = { code: 'INVALID_DECORATOR_TARGET' };
  const thrownBy = (define: () => unknown): unknown => {
    try {
      define();
      return undefined;
    } catch (error) {
      return error;
    }
  };

  it('on a static method is an error when the class is defined', () => {
    const error = thrownBy(() => {
      class Orders {
        @Decorator()
        static async fulfil(): Promise<void> {}
        ordinary(): void {}
      }
      return Orders;
    });
    expect(error).toMatchObject(target);
    expect((error as Error).message).toContain('Orders.fulfil');
  });

  it('on an accessor is an error when the class is defined', () => {
    expect(
      thrownBy(() => {
        class Orders {
          @Decorator()
          get fulfil(): () => Promise<void> {
            return async () => undefined;
          }
        }
        return Orders;
      }),
    ).toMatchObject(target);
  });

  it('on a property is an error when the class is defined', () => {
    expect(
      thrownBy(() => {
        class Orders {
          // @ts-expect-error: a MethodDecorator does not fit a property; plain JavaScript does not know.
          @Decorator()
          fulfil = async (): Promise<void> => undefined;
        }
        return Orders;
      }),
    ).toMatchObject(target);
  });

  it('on a method with a Symbol for a name is an error when the class is defined', () => {
    const key = Symbol('fulfil');
    expect(
      thrownBy(() => {
        class Orders {
          @Decorator()
          async [key](): Promise<void> {}
        }
        return Orders;
      }),
    ).toMatchObject(target);
  });

  it.each(['', ' padded ', 'line\nbreak', 'x'.repeat(256), 'nul\0', '\ud800', 42])('refuses the name %j', (name) => {
    expect(
      thrownBy(() => {
        class Orders {
          @Decorator({ name: name as string })
          async fulfil(): Promise<void> {}
        }
        return Orders;
      }),
    ).toMatchObject({ code: 'INVALID_ID' });
  });

  it('refuses an unknown option with a suggestion', () => {
    const error = thrownBy(() => {
      class Orders {
        @Decorator({ timeuot: '1s' } as never)
        async fulfil(): Promise<void> {}
      }
      return Orders;
    });
    expect(error).toMatchObject({ code: 'UNKNOWN_OPTION' });
    expect((error as Error).message).toContain('timeout');
  });

  it('leaves a method of an undiscovered instance a plain method', async () => {
    class Sums {
      constructor(private readonly base: number) {}
      @Decorator()
      async add(n: number): Promise<number> {
        return this.base + n;
      }
      @Decorator()
      now(n: number): number {
        return n;
      }
      @Decorator()
      fails(): never {
        throw new RangeError('plain');
      }
    }
    const sums = new Sums(40);
    expect(await sums.add(2)).toBe(42);
    expect(sums.now(1)).toBe(1);
    expect(() => sums.fails()).toThrow(new RangeError('plain'));
  });
});

describe('bad options of a decorator', () => {
  it.each([
    { retry: { maxAttempts: -1 } },
    { retry: { maxAttempts: 0 } },
    { retry: { maxAttempts: 1.5 } },
    { retry: { maxAttempts: 1e9 } },
    { retry: { maxAttempts: '3' } },
    { retry: { backoff: Number.NaN } },
    { retry: { backoff: Number.POSITIVE_INFINITY } },
    { retry: { backoff: 0.5 } },
    { retry: { jitter: 2 } },
    { retry: { initialInterval: -1 } },
    { retry: { maxInterval: 'soon' } },
    { retry: { maxAttempt: 3 } },
    { retry: 3 },
    { timeout: 0 },
    { timeout: -1 },
    { timeout: Number.NaN },
    { timeout: '1 fortnight' },
    { retryIf: 'always' },
  ])('@Step(%j) is refused when the class is defined', (options) => {
    const define = () => {
      class Steps {
        @Step(options as never)
        async step(): Promise<void> {}
      }
      return Steps;
    };
    expect(define).toThrow(expect.objectContaining({ code: expect.stringMatching(/^(INVALID|UNKNOWN)_/) }));
  });

  it.each([
    { timeout: 0 },
    { timeout: -1 },
    { timeout: Number.NaN },
    { timeout: 'soon' },
    { maxRecoveryAttempts: -1 },
    { maxRecoveryAttempts: 1.5 },
    { maxRecoveryAttempts: Number.NaN },
    { maxRecoveryAttempts: '3' },
    { maxRecoveryAttempts: 1e12 },
  ])('@Workflow(%j) is refused at boot at the latest', async (options) => {
    const schema = await createTestSchema();
    const boot = async () => {
      @Injectable()
      class Workflows {
        @Workflow(options as never)
        async run(): Promise<void> {}
      }
      // Without tables: what is not refused before is refused by the database.
      await (await startApp(schema, { providers: [Workflows], workflowsOptions: { migrate: 'off' } })).close();
    };
    try {
      await expect(boot()).rejects.toMatchObject({ code: expect.stringMatching(/^(INVALID|UNKNOWN|UNSUPPORTED)_/) });
    } finally {
      await eventuallyDisposed(schema);
    }
  });
});

/** A boot that failed leaves idle connections to the pool's own timeout; that is the subject of another spec. */
async function eventuallyDisposed(schema: TestSchema): Promise<void> {
  await schema.pool.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'workflows:' || $1", [
    schema.schema,
  ]);
  await schema.dispose();
}
