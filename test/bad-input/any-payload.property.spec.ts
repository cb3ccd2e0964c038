// Any value, through the public API and the database: it comes out exactly as it went in, or is refused by type before a row is written.
// Hundreds of runs share an application, so that it takes seconds. fast-check prints the seed of what fails.
import fc from 'fast-check';
import { type Run, WorkflowsError } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { exactForm } from './exact-form.js';
import { REFUSED_PAYLOADS } from './refused-payloads.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => value.toWellFormed().replaceAll('\0', ' ')),
  fc.string(),
  fc.constantFrom('NULL', '{}', '\\', '"', '\\u0000', '$wf', '__proto__'),
);
const key = fc
  .oneof(text, fc.constantFrom('$wf', 'constructor', 'toString', 'then', '0', 'toJSON'))
  .filter((name) => name !== '__proto__');
const leaf = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 40 }),
  fc.float64Array({ maxLength: 8 }),
  fc.bigInt64Array({ maxLength: 8 }),
  fc.webUrl().map((url) => new URL(url)),
);

/** All that JSON and the tags of the library can carry. */
const { value: allowed } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => new Set(items)),
    fc.tuple(text, text, tie('value')).map(([name, message, cause]) => errorOf(name, message, cause)),
  ),
}));

function errorOf(name: string, message: string, cause: unknown): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true });
}

/** The same and much that can't be carried; what is hostile is named, because fast-check looks at what it draws and prints it. */
const anything = fc.oneof(
  fc.record({
    value: fc.anything({
      key: fc.string({ unit: 'binary' }),
      values: [fc.string({ unit: 'binary' }), fc.double(), fc.bigInt(), fc.boolean(), fc.constant(undefined), fc.func(fc.nat())],
      withDate: true,
      withMap: true,
      withSet: true,
      withBigInt: true,
      withBoxedValues: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
    }),
    refused: fc.constant(undefined),
  }),
  fc.record({ value: allowed, refused: fc.constantFrom(...Object.keys(REFUSED_PAYLOADS)) }),
);

/** What is hostile stands deep inside of what is not. */
function drawn({ value, refused }: { value: unknown; refused?: string }): unknown {
  return refused === undefined ? value : { value, more: new Map([['it', REFUSED_PAYLOADS[refused]?.make()]]) };
}

const REFUSALS = ['PAYLOAD_INVALID', 'PAYLOAD_TOO_LARGE'];

describe('any value', () => {
  it(
    'that payloads can carry comes out of arguments, steps, events and results exactly as it went in',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, given: unknown) => {
        const live = await wf.step('s', () => given);
        await wf.setEvent('e', live);
        return [given, live];
      });
      const app = await cluster.app([flow]);
      await fc.assert(
        fc.asyncProperty(fc.array(allowed, { minLength: 60, maxLength: 60 }), async (values) => {
          const runs = await app.workflows.startMany(
            'flow',
            values.map((value) => ({ args: [value] })),
          );
          const results = await Promise.all(runs.map((run) => run.returnValue));
          const forms = values.map((value) => exactForm(value, true));
          expect(results.map((result) => exactForm(result))).toEqual(forms.map((form) => [form, form]));
        }),
        { numRuns: 5, interruptAfterTimeLimit: 10_000 },
      );
      // Written once more from what was read, it is the same text: nothing drifts over replays.
      expect(
        await cluster.count(
          `operation_outputs o join workflow_events e using (workflow_id) where o.kind = 'step' and o.output is distinct from e.value`,
        ),
      ).toBe(0);
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
  );

  it(
    'as an argument comes back as it went in, or is refused by type and leaves no row',
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('flow', (_wf, given: unknown) => given)]);
      await fc.assert(
        fc.asyncProperty(fc.array(anything, { minLength: 60, maxLength: 60 }), async (draws) => {
          const values = draws.map(drawn);
          const before = await cluster.count('workflow_status');
          const starts = await Promise.allSettled(values.map((value) => app.workflows.start('flow', [value])));
          const started: Array<{ run: Run; value: unknown }> = [];
          for (const [i, start] of starts.entries()) {
            if (start.status === 'fulfilled') started.push({ run: start.value, value: values[i] });
            else {
              expect(start.reason).toBeInstanceOf(WorkflowsError);
              expect(REFUSALS).toContain(start.reason.code);
            }
          }
          for (const { run, value } of started) expect(exactForm(await run.returnValue)).toEqual(exactForm(value, true));
          expect(await cluster.count('workflow_status')).toBe(before + started.length);
        }),
        { numRuns: 5, interruptAfterTimeLimit: 10_000 },
      );
    }),
  );

  it(
    'as a result of a step or a workflow comes back as it is, or is a typed error of that run alone',
    withCluster(async (cluster) => {
      const pool: unknown[] = [];
      let stepBodies = 0;
      const step = workflow('step', async (wf, i: number) => {
        const body = () => {
          stepBodies++;
          return pool[i];
        };
        return wf.step('s', body, { retry: { maxAttempts: 3, initialInterval: 0 } });
      });
      const app = await cluster.app([step, workflow('result', async (_wf, i: number) => pool[i])]);
      await fc.assert(
        fc.asyncProperty(fc.array(anything, { minLength: 50, maxLength: 50 }), async (draws) => {
          const values = draws.map(drawn);
          const first = pool.push(...values) - values.length;
          stepBodies = 0;
          for (const name of ['step', 'result']) {
            const runs = await app.workflows.startMany(
              name,
              values.map((_, i) => ({ args: [first + i] })),
            );
            const results = await Promise.allSettled(runs.map((run) => run.returnValue));
            for (const [i, result] of results.entries()) {
              if (result.status === 'fulfilled') expect(exactForm(result.value)).toEqual(exactForm(values[i], true));
              else expect({ name, code: result.reason.code }).toEqual({ name, code: expect.stringMatching(REFUSALS.join('|')) });
            }
          }
          expect(stepBodies).toBe(values.length);
        }),
        { numRuns: 4, interruptAfterTimeLimit: 10_000 },
      );
    }),
  );
});
