// What `start` refuses, and that it refuses it before any row is written.
import { Injectable } from '@nestjs/common';
import { Workflow } from '../../lib/index.js';
import type { TestSchema } from '../support/test-database.js';
import { startAppOnFreshSchema, type WorkflowApp } from '../support/workflow-app.js';
import { workflow } from './cluster.js';

@Injectable()
class Orders {
  @Workflow({ name: 'orders.fulfil' })
  async fulfil(order: unknown): Promise<unknown> {
    return order;
  }
}

class Money {
  constructor(readonly cents: number) {}
}

describe('a bad start', () => {
  let app: WorkflowApp & { schema: TestSchema };
  beforeAll(async () => {
    app = await startAppOnFreshSchema({
      providers: [Orders, workflow('orders.refund', () => 1)],
      workflowsOptions: { maxPayloadBytes: 2_000 },
    });
  });
  afterAll(() => app.close());
  afterEach(async () => {
    expect((await app.schema.pool.query('select * from workflow_status')).rows).toEqual([]);
  });

  // biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
  const start = (...args: any[]) => (app.workflows.start as any)(...args);

  const circular: Record<string, unknown> = {};
  circular.self = circular;
  it.each<[string, unknown, string]>([
    ['a function', { order: { lines: [1, () => 1] } }, 'args[0].order.lines[1]'],
    ['an instance of a class', { price: new Money(3) }, 'args[0].price'],
    ['NaN', [{ n: Number.NaN }], 'args[0][0].n'],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'args[0].at'],
    ['a Symbol', Symbol('s'), 'args[0]'],
    ['a promise that nobody awaited', { later: Promise.resolve(1) }, 'args[0].later'],
    ['a cycle', circular, 'args[0].self'],
    ['a NUL character', { note: 'a\0b' }, 'args[0].note'],
    ['half of a surrogate pair', { note: '\ud800' }, 'args[0].note'],
    ['a NUL character in a key', { 'a\0b': 1 }, 'args[0]'],
  ])('with %s in its arguments is refused, naming the path', async (_, argument, path) => {
    await expect(start('orders.fulfil', [argument])).rejects.toMatchObject({
      name: 'PayloadInvalidError',
      code: 'PAYLOAD_INVALID',
      message: expect.stringContaining(path),
    });
  });

  it('with arguments over the limit is refused with size and limit', async () => {
    await expect(start('orders.fulfil', ['x'.repeat(2_001)])).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      limit: 2_000,
    });
  });

  it.each<[string, unknown]>([
    ['empty', ''],
    ['blank', '  '],
    ['longer than 255 characters', 'x'.repeat(256)],
    ['with a NUL', 'a\0b'],
    ['with a line break', 'a\nb'],
    ['with half of a surrogate pair', 'a\ud800'],
    ['that is a number', 42],
    ['that is null', null],
  ])('with an id %s is refused', async (_, id) => {
    await expect(start('orders.fulfil', [1], { id })).rejects.toMatchObject({ name: 'InvalidIdError', code: 'INVALID_ID' });
  });

  it.each<[string, object, object]>([
    ['a misspelt option', { prority: 1 }, { code: 'UNKNOWN_OPTION', message: expect.stringMatching(/priority/) }],
    ['a negative delay', { delay: -1 }, { code: 'INVALID_DURATION', message: expect.stringMatching(/delay/) }],
    ['a delay that is NaN', { delay: Number.NaN }, { code: 'INVALID_DURATION' }],
    ['a delay without unit', { delay: '10' }, { code: 'INVALID_DURATION' }],
    ['a delay of more than 100 years', { delay: '40000d' }, { code: 'INVALID_DURATION' }],
    ['a timeout of 0', { timeout: 0 }, { code: 'INVALID_DURATION', message: expect.stringMatching(/timeout/) }],
    ['a priority that is no integer', { priority: 1.5 }, { code: 'INVALID_OPTION', message: expect.stringMatching(/priority/) }],
    ['a priority beyond 32 bits', { priority: 2 ** 31 }, { code: 'INVALID_OPTION' }],
    ['a text as priority', { priority: '1' }, { code: 'INVALID_OPTION' }],
    [
      'nested attributes',
      { attributes: { a: { b: 1 } } },
      { code: 'INVALID_ATTRIBUTES', message: expect.stringMatching(/attributes\.a/) },
    ],
    ['a NUL in an attribute', { attributes: { a: '\0' } }, { code: 'INVALID_ATTRIBUTES' }],
    ['attributes that are a list', { attributes: [] }, { code: 'INVALID_ATTRIBUTES' }],
  ])('with %s is refused', async (_, options, expected) => {
    await expect(start('orders.fulfil', [1], options)).rejects.toMatchObject(expected);
  });

  it('of a name that nobody registered names near ones', async () => {
    await expect(start('order.fulfil', [1])).rejects.toMatchObject({
      code: 'WORKFLOW_NOT_REGISTERED',
      message: expect.stringMatching(/orders\.fulfil/),
    });
    await expect(start('', [])).rejects.toMatchObject({ code: expect.stringMatching(/WORKFLOW_NOT_REGISTERED|INVALID/) });
    await expect(start('__proto__', [])).rejects.toMatchObject({ code: 'WORKFLOW_NOT_REGISTERED' });
  });

  it.each<[string, unknown]>([
    ['a bound method', new Orders().fulfil.bind(new Orders())],
    ['a plain function', () => 1],
    ['undefined', undefined],
    ['an object', {}],
  ])('of %s in place of the method is refused', async (_, target) => {
    await expect(start(target, [1])).rejects.toMatchObject({ code: 'INVALID_START_TARGET' });
  });

  it('with arguments that are no list is refused', async () => {
    await expect(start('orders.fulfil', 'order-1')).rejects.toMatchObject({ code: 'INVALID_START_TARGET' });
    await expect(start('orders.fulfil', { id: 'order-1' })).rejects.toMatchObject({ code: 'INVALID_START_TARGET' });
  });

  it('among many starts none: startMany checks all before the first', async () => {
    const items = [{ args: [1] }, { args: [2], options: { delay: -1 } }];
    await expect(app.workflows.startMany('orders.fulfil', items)).rejects.toMatchObject({ code: 'INVALID_DURATION' });
    const bad = [{ args: [1] }, { args: [() => 1] }];
    await expect(app.workflows.startMany('orders.fulfil', bad)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
  });
});
