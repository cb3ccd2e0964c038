// Anything thrown, from steps and workflows, hundreds in one application: every run ends as ERROR with an error that can be read, none hangs,
// and the process goes on. fast-check prints the seed of what fails.
import fc from 'fast-check';
import { withCluster, workflow } from '../engine/cluster.js';

const text = fc.string({ unit: 'binary' });

const primitiveOrObject = fc.anything({
  key: text,
  values: [text, fc.double(), fc.bigInt(), fc.boolean(), fc.constant(undefined), fc.constant(null), fc.func(fc.nat())],
  withDate: true,
  withMap: true,
  withSet: true,
  withBigInt: true,
  withBoxedValues: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
});

/** Errors of any class whose fields are anything, with causes and members that are anything, some of them themselves. */
const anyError = fc
  .record({
    kind: fc.constantFrom(Error, TypeError, RangeError),
    message: text,
    fields: fc.dictionary(
      fc.constantFrom('name', 'message', 'stack', 'code', 'cause', 'errors', 'retryable', 'toJSON', 'details'),
      fc.oneof(text, primitiveOrObject),
    ),
    members: fc.option(fc.array(primitiveOrObject, { maxLength: 20 })),
    loops: fc.boolean(),
  })
  .map(({ kind, message, fields, members, loops }) => {
    const error: Error = members === null ? new kind(message) : new AggregateError(members, message);
    Object.assign(error, fields);
    if (loops) error.cause = new Error('between', { cause: error });
    return error;
  });

/** A proxy is named by the trap that throws: fast-check looks at what it draws, and prints it. */
const anyThrown = fc.oneof(
  { weight: 4, arbitrary: fc.record({ value: anyError }) },
  { weight: 4, arbitrary: fc.record({ value: primitiveOrObject }) },
  {
    weight: 1,
    arbitrary: fc.record({ trap: fc.constantFrom('get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor') }),
  },
);

function drawn(draw: { value: unknown } | { trap: string }): unknown {
  if ('value' in draw) return draw.value;
  const touched = () => {
    throw new Error('do not touch');
  };
  return new Proxy(new Error('touched'), { [draw.trap]: touched });
}

describe('anything that is thrown', () => {
  it(
    'ends its run as ERROR with an error that can be read, wherever it is thrown',
    withCluster(async (cluster) => {
      const pool: unknown[] = [];
      const flow = workflow('flow', async (wf, where: string, i: number) => {
        const body = () => {
          throw pool[i];
        };
        if (where === 'step') return wf.step('s', body, { retry: { maxAttempts: 2, initialInterval: 0 } });
        if (where === 'timed step') return wf.step('s', body, { timeout: '1h' });
        return body();
      });
      const sync = workflow('sync', (_wf, _where: string, i: number) => {
        throw pool[i];
      });
      const app = await cluster.app([flow, sync]);
      await fc.assert(
        fc.asyncProperty(fc.array(anyThrown, { minLength: 40, maxLength: 40 }), async (draws) => {
          const values = draws.map(drawn);
          const first = pool.push(...values) - values.length;
          const items = values.flatMap((_, i) =>
            ['workflow', 'step', 'timed step'].map((where) => ({ args: [where, first + i] })),
          );
          const runs = [
            ...(await app.workflows.startMany('flow', items)),
            ...(await app.workflows.startMany('sync', items.slice(0, values.length))),
          ];
          const errors = await Promise.allSettled(runs.map((run) => run.returnValue));
          for (const result of errors) {
            expect(result).toEqual({ status: 'rejected', reason: expect.any(Error) });
            const { name, message } = (result as PromiseRejectedResult).reason as Error;
            expect([typeof name, typeof message]).toEqual(['string', 'string']);
            expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8_192);
            expect(`${name}${message}`.isWellFormed() && !`${name}${message}`.includes('\0')).toBe(true);
          }
        }),
        { numRuns: 4, interruptAfterTimeLimit: 10_000 },
      );
      expect(
        await cluster.count(`workflow_status where status <> 'ERROR' or error is null or octet_length(error) > 500000`),
      ).toBe(0);
      // Every attempt is on record: two of a step that is tried again, one of the other.
      const [row] = await cluster.rows(
        `select count(distinct workflow_id)::int steps, count(*) filter (where attempt = 2)::int again from operation_attempts`,
      );
      expect(row).toEqual({ steps: 2 * pool.length, again: pool.length });
    }),
  );

  it(
    'by retryIf ends its run as well',
    withCluster(async (cluster) => {
      const pool: unknown[] = [];
      const flow = workflow('flow', async (wf, i: number) => {
        const body = () => {
          throw new Error('declined');
        };
        const retryIf = (): boolean => {
          throw pool[i];
        };
        return wf.step('s', body, { retry: { maxAttempts: 3, initialInterval: 0 }, retryIf });
      });
      const app = await cluster.app([flow]);
      await fc.assert(
        fc.asyncProperty(fc.array(anyThrown, { minLength: 30, maxLength: 30 }), async (draws) => {
          const values = draws.map(drawn);
          const first = pool.push(...values) - values.length;
          const runs = await app.workflows.startMany(
            'flow',
            values.map((_, i) => ({ args: [first + i] })),
          );
          for (const run of runs) await expect(run.returnValue).rejects.toBeInstanceOf(Error);
        }),
        { numRuns: 3, interruptAfterTimeLimit: 10_000 },
      );
      expect(await cluster.count('operation_attempts where attempt > 1')).toBe(0);
    }),
  );
});
