// Anything as options, wherever options are taken: it works, or is refused by an error of the library; never a TypeError, never an error of
// the database. fast-check prints the seed.
import fc from 'fast-check';
import { Step, Workflow, WorkflowsError, WorkflowsModule, type WorkflowsModuleOptions } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';

const anything = fc.anything({
  values: [fc.string({ unit: 'binary' }), fc.double(), fc.integer(), fc.bigInt(), fc.boolean(), fc.constantFrom(null, undefined)],
  withDate: true,
  withMap: true,
  withSet: true,
  withBoxedValues: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 2,
});

const likely = fc.oneof(
  fc.constantFrom('1s', '10ms', 0, 1, -1, 1.5, 'x', '', '2d', 5, true, false, Number.NaN, 2 ** 31, 'default', 'order-1'),
  fc.string(),
  fc.integer({ min: -5, max: 100_000 }),
);

/** An object with some of these keys, seldom another one, and sometimes no object at all. */
function optionsOf(keys: readonly string[], value: fc.Arbitrary<unknown> = anything): fc.Arbitrary<unknown> {
  const one = fc.oneof({ weight: 2, arbitrary: likely }, { weight: 1, arbitrary: value });
  const known = fc.dictionary(fc.constantFrom(...keys), one, { maxKeys: 4 });
  return fc.oneof(
    { weight: 8, arbitrary: known },
    { weight: 1, arbitrary: fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), one, { maxKeys: 3 }) },
    { weight: 1, arbitrary: anything },
  );
}

function expectTyped(results: ReadonlyArray<PromiseSettledResult<unknown>>): void {
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    expect(result.reason).toBeInstanceOf(WorkflowsError);
    expect(result.reason.code).toMatch(/^[A-Z][A-Z_]+$/);
  }
}

const refusalOf = (define: () => unknown): unknown => {
  try {
    define();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('anything as options', () => {
  it(
    'of start, startMany, cancel and listRuns works or is refused by type',
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('flow', () => 1)], { role: 'client' });
      const { workflows } = app;
      const attributes = fc.dictionary(fc.string(), fc.oneof(likely, anything), { maxKeys: 3, noNullPrototype: true });
      const start = optionsOf(['id', 'priority', 'delay', 'timeout', 'attributes', 'manager'], fc.oneof(anything, attributes));
      const cancel = optionsOf(['reason', 'actor']);
      const time = fc.date({ noInvalidDate: false });
      const filter = optionsOf(
        ['workflowName', 'status', 'createdFrom', 'createdBefore', 'attributes', 'limit', 'cursor'],
        fc.oneof(time, attributes, fc.array(likely, { maxLength: 3 }), fc.string()),
      );
      const batch = fc.array(fc.tuple(start, cancel, filter), { minLength: 40, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(batch, async (tuples) => {
          const calls = tuples.flatMap(([startOptions, cancelOptions, filterOptions]) => [
            workflows.start('flow', [1], startOptions as never),
            workflows.startMany('flow', [{ args: [1], options: startOptions as never }]),
            workflows.start('flow').then((run) => run.cancel(cancelOptions as never)),
            workflows.listRuns(filterOptions as never),
          ]);
          expectTyped(await Promise.allSettled(calls));
        }),
        { numRuns: 4, interruptAfterTimeLimit: 10_000 },
      );
      const own = (await workflows.start('flow', [2])).runId;
      expect(await workflows.getRun(own).status).toBe('ENQUEUED');
    }),
  );

  it(
    'of a step works or is refused by type, and its run goes on',
    withCluster(async (cluster) => {
      const pool: unknown[] = [];
      const flow = workflow('flow', async (wf, i: number) => {
        const result = await Promise.allSettled([wf.step('s', () => 1, pool[i] as never)]);
        expectTyped(result);
        return wf.step('next', () => 'went on');
      });
      const app = await cluster.app([flow]);
      const retry = optionsOf(['maxAttempts', 'initialInterval', 'backoff', 'maxInterval', 'jitter']);
      const options = optionsOf(['retry', 'retryIf', 'timeout'], fc.oneof(anything, retry));
      await fc.assert(
        fc.asyncProperty(fc.array(options, { minLength: 60, maxLength: 60 }), async (batch) => {
          const first = pool.push(...batch) - batch.length;
          const runs = await app.workflows.startMany(
            'flow',
            batch.map((_, i) => ({ args: [first + i] })),
          );
          expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(batch.map(() => 'went on'));
        }),
        { numRuns: 5, interruptAfterTimeLimit: 10_000 },
      );
    }),
  );

  it('of WorkflowsModule.forRoot makes a module or is refused by type', () => {
    const keys =
      'dataSource,url,embedded,schema,migrate,role,workflows,maxConcurrentRuns,leaseDuration,tickInterval,suspendAfter';
    const more = 'shutdownTimeout,connectTimeout,notifications,preparedStatements,writeLanes,poolSize,maxPayloadBytes,isGlobal';
    const value = fc.oneof(
      anything,
      fc.constantFrom('postgres://ann@localhost/db', 'auto', 'client', 'orders', 4_000),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('dataDir', 'port', 'x'), likely),
    );
    fc.assert(
      fc.property(optionsOf(`${keys},${more}`.split(','), value), (options) => {
        const error = refusalOf(() => WorkflowsModule.forRoot(options as WorkflowsModuleOptions));
        if (error !== undefined) expect(error).toBeInstanceOf(WorkflowsError);
      }),
      { numRuns: 500, interruptAfterTimeLimit: 5_000 },
    );
  });

  it('of @Step and @Workflow makes a class or is refused by type', () => {
    const retry = optionsOf(['maxAttempts', 'initialInterval', 'backoff', 'maxInterval', 'jitter']);
    const step = optionsOf(['name', 'retry', 'retryIf', 'timeout'], fc.oneof(anything, retry));
    const flow = optionsOf(['name', 'timeout', 'maxRecoveryAttempts']);
    const define = (decorate: () => MethodDecorator) => () => {
      class Host {
        async run(): Promise<void> {}
      }
      const descriptor = Object.getOwnPropertyDescriptor(Host.prototype, 'run') as PropertyDescriptor;
      decorate()(Host.prototype, 'run', descriptor);
    };
    fc.assert(
      fc.property(step, flow, (stepOptions, flowOptions) => {
        for (const decorate of [() => Step(stepOptions as never), () => Workflow(flowOptions as never)]) {
          const error = refusalOf(define(decorate));
          if (error !== undefined) expect(error).toBeInstanceOf(WorkflowsError);
        }
      }),
      { numRuns: 500, interruptAfterTimeLimit: 5_000 },
    );
  });

  it.each([[null], [5], [[]], [true]])('of @Step are refused by type when they are no object: %p', (options) => {
    const define = () => {
      class Host {
        @Step(options as never)
        async run(): Promise<void> {}
      }
      return Host;
    };
    expect(refusalOf(define)).toMatchObject({ code: 'INVALID_OPTION' });
  });

  it.each(['maxAttempts', 'backoff', 'jitter'])(
    'of a step are refused by type when retry.%s can not be made a text',
    (option) => {
      const define = () => {
        class Host {
          @Step({ retry: { [option]: Object.create(null) } })
          async run(): Promise<void> {}
        }
        return Host;
      };
      expect(refusalOf(define)).toMatchObject({ code: 'INVALID_RETRY_OPTIONS' });
    },
  );
});
