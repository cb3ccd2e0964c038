// What is thrown, by steps and by workflows: stored whole, given back as it was, and never able to leave a run stuck.
import { withCluster, workflow } from './cluster.js';

class PaymentError extends Error {
  override readonly name = 'PaymentError';
  readonly code = 'E_PAYMENT';
}

const throwIt = (what: string): never => {
  throw HOSTILE[what]?.();
};

const HOSTILE: Record<string, () => unknown> = {
  null: () => null,
  undefined: () => undefined,
  'a string': () => 'just text',
  'a number': () => 42,
  'a symbol': () => Symbol('s'),
  'a function': () => () => 1,
  'an object without prototype': () => Object.create(null),
  'a proxy that throws at every touch': () =>
    new Proxy(
      {},
      new Proxy(
        {},
        {
          get: () => () => {
            throw new Error('do not touch');
          },
        },
      ),
    ),
  'an error whose getters throw': () =>
    Object.defineProperties(new Error('x'), {
      message: { get: () => throwIt('null') },
      code: { get: () => throwIt('null') },
      cause: { get: () => throwIt('null') },
    }),
  'an error that is its own cause': () => {
    const error: Error = new Error('circular');
    error.cause = error;
    return error;
  },
  'an error with a megabyte of message': () => new Error('x'.repeat(1 << 20)),
  'a NUL in the message': () => new Error('a\0b'),
  'half of a surrogate pair in the name': () => Object.assign(new Error('x'), { name: '\ud800', code: 'c\0' }),
  'an AggregateError': () => new AggregateError([new Error('one'), null, new RangeError('two')], 'several'),
};

describe('an error of a workflow', () => {
  it(
    'is stored with name, message, stack, code and cause, and rejects returnValue as an Error like it',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async () => {
        throw new PaymentError('card declined', { cause: new RangeError('limit', { cause: 'text' }) });
      });
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('flow');
      const error = (await run.returnValue.catch((caught) => caught)) as Error;
      expect(error).toMatchObject({
        name: 'PaymentError',
        message: 'card declined',
        code: 'E_PAYMENT',
        stack: expect.stringContaining('errors.spec'),
        cause: { name: 'RangeError', message: 'limit' },
      });
      expect(error).toBeInstanceOf(Error);
      const { status, error: stored, output } = await cluster.run(run.runId);
      expect([status, output]).toEqual(['ERROR', null]);
      expect(stored).toMatchObject({
        name: 'PaymentError',
        message: 'card declined',
        code: 'E_PAYMENT',
        cause: { name: 'RangeError' },
      });
    }),
  );

  it(
    'thrown synchronously, by a method that is not async, ends the run as well',
    withCluster(async (cluster) => {
      const flow = workflow('flow', () => {
        throw new PaymentError('at once');
      });
      const app = await cluster.app([flow]);
      await expect((await app.workflows.start('flow')).returnValue).rejects.toMatchObject({ name: 'PaymentError' });
    }),
  );

  it.each(Object.keys(HOSTILE))('ends the run as ERROR when %s is thrown', async (what) =>
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, where: string) =>
        where === 'step' ? wf.step('s', () => throwIt(what)) : throwIt(what),
      );
      const app = await cluster.app([flow]);
      for (const where of ['workflow', 'step']) {
        const run = await app.workflows.start('flow', [where]);
        const error = (await run.returnValue.catch((caught) => caught)) as Error;
        expect(error).toBeInstanceOf(Error);
        expect(error.message.length).toBeLessThan(10_000);
        const row = await cluster.run(run.runId);
        expect(row).toMatchObject({ status: 'ERROR', error: { name: expect.any(String), message: expect.any(String) } });
        expect(JSON.stringify(row.error)).not.toContain('\\u0000');
      }
    })(),
  );
});

describe('an error of a step', () => {
  it(
    'comes into the workflow as an Error of that name, with code, cause and members',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const caught = await wf
          .step('pay', () => {
            throw new PaymentError('declined', { cause: new AggregateError([new TypeError('inner')], 'all') });
          })
          .catch((error) => error);
        return [
          caught instanceof Error,
          caught.name,
          caught.message,
          caught.code,
          caught.cause.name,
          caught.cause.errors[0].name,
        ];
      });
      const app = await cluster.app([flow]);
      expect(await (await app.workflows.start('flow')).returnValue).toEqual([
        true,
        'PaymentError',
        'declined',
        'E_PAYMENT',
        'AggregateError',
        'TypeError',
      ]);
    }),
  );

  it(
    'that the workflow does not catch is the error of the run',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) =>
        wf.step('pay', () => {
          throw new PaymentError('declined');
        }),
      );
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('flow');
      await expect(run.returnValue).rejects.toMatchObject({ name: 'PaymentError', code: 'E_PAYMENT', message: 'declined' });
    }),
  );
});

describe('a failure that the workflow awaits only later', () => {
  it(
    'or never harms neither the process nor other runs',
    withCluster(async (cluster) => {
      const fail = () => {
        throw new PaymentError('declined');
      };
      const flow = workflow('flow', async (wf, awaits: boolean) => {
        const failing = [
          wf.step('fails', fail),
          wf.sleep(Number.NaN),
          wf.sleepUntil(new Date(0)),
          wf.setEvent('', 1),
          wf.progress('a\0b'),
          wf.step('', fail),
        ];
        await wf.sleep(50);
        if (!awaits) return 'ended';
        return (await Promise.allSettled(failing)).map((result) => result.status);
      });
      const unhandled: unknown[] = [];
      const listen = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', listen);
      try {
        const app = await cluster.app([flow]);
        expect(await (await app.workflows.start('flow', [false])).returnValue).toBe('ended');
        expect(await (await app.workflows.start('flow', [true])).returnValue).toEqual(Array(6).fill('rejected'));
        expect(unhandled).toEqual([]);
      } finally {
        process.off('unhandledRejection', listen);
      }
    }),
  );
});

describe('a result that can not be stored', () => {
  it.each<[string, () => unknown, object]>([
    [
      'a function inside',
      () => ({ order: { lines: [1, () => 1] } }),
      { code: 'PAYLOAD_INVALID', message: expect.stringContaining('.order.lines[1]') },
    ],
    ['an instance of a class', () => new PaymentErrorFree(), { code: 'PAYLOAD_INVALID' }],
    ['NaN', () => ({ n: Number.NaN }), { code: 'PAYLOAD_INVALID', message: expect.stringContaining('.n') }],
    ['a NUL', () => ['a\0b'], { code: 'PAYLOAD_INVALID', message: expect.stringContaining('[0]') }],
    ['too many bytes', () => 'x'.repeat(3_000), { code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('2000') }],
    ['too many bytes of emoji', () => '🦀'.repeat(600), { code: 'PAYLOAD_TOO_LARGE' }],
  ])('of a workflow (%s) ends the run as ERROR and names the path', async (_, make, expected) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('flow', make)], { maxPayloadBytes: 2_000 });
      const run = await app.workflows.start('flow');
      await expect(run.returnValue).rejects.toMatchObject(expected);
      expect(await cluster.run(run.runId)).toMatchObject({ status: 'ERROR', error: expected });
    })(),
  );

  it(
    'of a step is a typed error in the workflow, is not retried, and is the same on replay',
    withCluster(async (cluster) => {
      let bodies = 0;
      const flow = workflow('flow', async (wf) => {
        const seen: unknown[] = [];
        for (const result of [{ a: [() => 1] }, 'x'.repeat(3_000), Promise, { when: new Date(Number.NaN) }])
          await wf
            .step(
              's',
              () => {
                bodies++;
                return result;
              },
              { retry: { maxAttempts: 3, initialInterval: 0 } },
            )
            .catch((error) => seen.push([error.name, error.code]));
        return seen;
      });
      const app = await cluster.app([flow], { maxPayloadBytes: 2_000 });
      expect(await (await app.workflows.start('flow')).returnValue).toEqual([
        ['PayloadInvalidError', 'PAYLOAD_INVALID'],
        ['PayloadTooLargeError', 'PAYLOAD_TOO_LARGE'],
        ['PayloadInvalidError', 'PAYLOAD_INVALID'],
        ['PayloadInvalidError', 'PAYLOAD_INVALID'],
      ]);
      expect(bodies).toBe(4);
      expect(await cluster.rows(`select error::json ->> 'code' code, output from operation_outputs order by ordinal`)).toEqual(
        ['PAYLOAD_INVALID', 'PAYLOAD_TOO_LARGE', 'PAYLOAD_INVALID', 'PAYLOAD_INVALID'].map((code) => ({ code, output: null })),
      );
    }),
  );

  it(
    'as an event is a typed error in the workflow, and nothing is recorded',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const codes: unknown[] = [];
        const bad: Array<() => Promise<void>> = [
          () => wf.setEvent('k', () => 1),
          () => wf.setEvent('', 1),
          () => wf.setEvent('a\0b', 1),
          () => wf.setEvent('k', 'x'.repeat(3_000)),
          () => wf.progress('a\0b'),
          () => wf.progress('m', Symbol('s')),
          () => wf.step('', () => 1).then(() => undefined),
          () => wf.step('n'.repeat(256), () => 1).then(() => undefined),
        ];
        for (const call of bad) await call().catch((error) => codes.push(error.code));
        await wf.setEvent('k', 'x'.repeat(1_000));
        return codes;
      });
      const app = await cluster.app([flow], { maxPayloadBytes: 2_000 });
      const run = await app.workflows.start('flow');
      expect(await run.returnValue).toEqual([
        'PAYLOAD_INVALID',
        'INVALID_ID',
        'INVALID_ID',
        'PAYLOAD_TOO_LARGE',
        'PAYLOAD_INVALID',
        'PAYLOAD_INVALID',
        'INVALID_ID',
        'INVALID_ID',
      ]);
      expect((await cluster.operations(run.runId)).map(({ ordinal, name }) => [ordinal, name])).toEqual([[0, 'k']]);
    }),
  );
});

class PaymentErrorFree {
  amount = 1;
}
