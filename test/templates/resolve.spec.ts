// What a start with a template gives to the workflow: the defaults, over them what was given, and all of it checked on the server.

import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { WorkflowsError } from '../../lib/index.js';
import { BATCH, saveBatch, withApp } from './template-room.js';

const SCHEMA = {
  type: 'object',
  properties: {
    text: { type: 'string', minLength: 1, maxLength: 3 },
    whole: { type: 'integer', minimum: 0, maximum: 9 },
    choice: { enum: ['a', 1, null] },
    list: { type: 'array', items: { type: 'boolean' }, maxItems: 2 },
    nested: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'], additionalProperties: false },
    constructor: { type: 'string' },
    toString: { type: 'string' },
  },
  required: ['text', 'toString'],
};

describe('the inputs of a template', () => {
  it(
    'are the defaults and over them what was given; null is a value, undefined is not given, what is neither stays away',
    withApp(async ({ workflows }) => {
      await saveBatch(workflows);
      expect(await workflows.resolveInputs('brew', 'batch', { lot: 'L1', note: null, litres: undefined })).toEqual({
        inputs: { phase: 'heat', litres: 10, lot: 'L1', note: null },
        template: { name: 'batch', version: 1 },
        enums: { Phase: 1 },
        overrides: ['lot', 'note'],
      });
      const { inputs } = await workflows.resolveInputs('brew', 'batch', { phase: 'cool', lot: 'L1' });
      expect(inputs).toEqual({ phase: 'cool', litres: 10, lot: 'L1' });
      expect('note' in inputs).toBe(false);
    }),
  );

  it(
    'without a template are what was given',
    withApp(async ({ workflows }) => {
      const at = new Date(0);
      expect(await workflows.resolveInputs('brew', null, { b: at, a: null, c: undefined })).toEqual({
        inputs: { b: at, a: null },
        template: null,
        enums: {},
        overrides: ['a', 'b'],
      });
    }),
  );

  it(
    'that are not allowed are refused with all that is wrong, and nothing is converted',
    withApp(async ({ workflows }) => {
      await saveBatch(workflows);
      await expect(workflows.resolveInputs('brew', 'batch', { phase: 'freeze', litres: '5', note: 3 })).rejects.toMatchObject({
        code: 'TEMPLATE_INPUT_INVALID',
        details: {
          errors: expect.arrayContaining([
            { path: '/lot', message: 'is required' },
            { path: '/phase', message: 'must be one of "heat", "cool"' },
            { path: '/litres', message: 'must be number' },
            { path: '/note', message: 'must be string,null' },
          ]),
        },
      });
      await expect(workflows.resolveInputs('brew', 'batch', { lot: 'L1', litres: 0 })).rejects.toMatchObject({
        details: { errors: [{ path: '/litres', message: 'must be >= 1' }] },
      });
      await expect(workflows.resolveInputs('brew', 'batch', { lot: 'L1', phase: null })).rejects.toMatchObject({
        details: { errors: [{ path: '/phase', message: 'must be one of "heat", "cool"' }] },
      });
    }),
  );

  it(
    'have no key that the template does not list, and the error says which was meant',
    withApp(async ({ workflows }) => {
      await saveBatch(workflows);
      await expect(workflows.resolveInputs('brew', 'batch', { lot: 'L1', liters: 5 })).rejects.toMatchObject({
        code: 'TEMPLATE_KEY_UNKNOWN',
        details: { key: 'liters', near: ['litres'] },
        message: expect.stringContaining('Did you mean "litres"?'),
      });
      expect((await workflows.resolveInputs('brew', 'batch', { lot: 'L1', liters: undefined })).overrides).toEqual(['lot']);
    }),
  );

  it(
    'come from the highest active version, or the version that is named, but never from an obsolete one',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await saveBatch(workflows);
      for (const litres of [20, 30]) await templates.save('brew', { ...BATCH, defaults: { ...BATCH.defaults, litres } });
      await templates.setStatus('brew', 'batch', 3, 'obsolete');
      const resolve = async (version?: number) => {
        const { inputs, template } = await workflows.resolveInputs('brew', 'batch', { lot: 'L1' }, version);
        return [inputs.litres, template?.version];
      };
      expect(await resolve()).toEqual([20, 2]);
      expect(await resolve(1)).toEqual([10, 1]);
      await expect(resolve(3)).rejects.toMatchObject({ code: 'TEMPLATE_OBSOLETE', details: { version: 3 } });
      await expect(resolve(4)).rejects.toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
      for (const version of [1, 2]) await templates.setStatus('brew', 'batch', version, 'obsolete');
      await expect(resolve()).rejects.toMatchObject({ code: 'TEMPLATE_OBSOLETE' });
      await expect(workflows.resolveInputs('brew', 'bach', {})).rejects.toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
    }),
  );

  it(
    'can not be poisoned by keys that objects have anyway',
    withApp(async ({ workflows }) => {
      await workflows.templates.save('brew', { name: 'x', schema: SCHEMA });
      const hostile = JSON.parse('{ "text": "a", "toString": "b", "__proto__": { "polluted": true } }');
      await expect(workflows.resolveInputs('brew', 'x', hostile)).rejects.toMatchObject({ code: 'TEMPLATE_KEY_UNKNOWN' });
      const nested = JSON.parse('{ "text": "a", "toString": "b", "nested": { "x": 1, "__proto__": { "polluted": true } } }');
      await expect(workflows.resolveInputs('brew', 'x', nested)).rejects.toMatchObject({
        code: 'TEMPLATE_INPUT_INVALID',
        details: { errors: [{ path: '/nested/__proto__', message: expect.any(String) }] },
      });
      for (const key of ['hasOwnProperty', 'valueOf', 'prototype'])
        await expect(workflows.resolveInputs('brew', 'x', { text: 'a', toString: 'b', [key]: {} })).rejects.toMatchObject({
          code: 'TEMPLATE_KEY_UNKNOWN',
        });
      // What an object inherits is not given.
      await expect(workflows.resolveInputs('brew', 'x', { text: 'a' })).rejects.toMatchObject({
        details: { errors: [{ path: '/toString', message: 'is required' }] },
      });
      const { inputs } = await workflows.resolveInputs('brew', 'x', { text: 'a', toString: 'b', constructor: 'c' });
      expect(Object.entries(inputs)).toEqual([
        ['text', 'a'],
        ['toString', 'b'],
        ['constructor', 'c'],
      ]);
      expect(Object.getPrototypeOf(inputs)).toBe(Object.prototype);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      const bare = Object.assign(Object.create(null) as object, { text: 'a', toString: 'b' });
      expect((await workflows.resolveInputs('brew', 'x', bare)).overrides).toEqual(['text', 'toString']);
    }),
  );

  it(
    'are a copy: what a getter gives once is what is checked and started, and nobody can change it afterwards',
    withApp(async ({ workflows }) => {
      await workflows.templates.save('brew', { name: 'x', schema: SCHEMA });
      let asked = 0;
      const list = [true];
      const given = {
        toString: 'b',
        list,
        get text() {
          return asked++ === 0 ? 'a' : 42;
        },
      };
      const { inputs } = await workflows.resolveInputs('brew', 'x', given);
      list.push(false);
      expect(inputs).toEqual({ toString: 'b', list: [true], text: 'a' });
    }),
  );

  it.each<[string, unknown]>([
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a function', () => 1],
    ['a bigint', 1n],
    ['NaN', Number.NaN],
    ['a NUL character', 'a\0'],
    ['half of a surrogate pair', '\ud800'],
    ['300 KiB of text', 'x'.repeat(300 * 1024)],
  ])('are JSON: %s is refused, whatever the schema says', (_, value) =>
    withApp(async ({ workflows }) => {
      await workflows.templates.save('brew', { name: 'x', schema: { type: 'object', properties: { any: {} } } });
      await expect(workflows.resolveInputs('brew', 'x', { any: value })).rejects.toMatchObject({
        code: 'TEMPLATE_INPUT_INVALID',
      });
    })(),
  );

  it(
    'of any overrides are valid by the schema, or the error is typed; nothing that was given is changed',
    withApp(async ({ workflows }, cluster) => {
      const defaults = { whole: 3, toString: 'd', nested: { x: 1 } };
      await workflows.templates.save('brew', { name: 'x', schema: SCHEMA, defaults });
      const before = await cluster.rows('select schema::text, defaults::text from param_templates');
      const isValid = new Ajv2020({ ownProperties: true }).compile(SCHEMA);
      const any = fc.oneof(fc.constantFrom<unknown>(null, true, undefined, 0, 'a', [], {}), fc.jsonValue());
      const one = (...values: unknown[]) => fc.constantFrom(...values);
      const allowed = fc.record(
        {
          text: one('a', 'ab', 'abc'),
          whole: one(0, 5, 9, undefined),
          choice: one('a', 1, null),
          list: one([], [true], [true, false]),
          nested: one({ x: 1 }, { x: -2.5 }),
          constructor: one('c', ''),
          toString: one('t', ''),
        },
        { requiredKeys: ['text'] },
      );
      const others = fc.record(
        {
          text: one('', 'abcd', undefined),
          whole: fc.oneof(one(10, -1, 1.5), any),
          choice: fc.oneof(one('b', 2), any),
          list: fc.oneof(one([true, false, true], [1]), any),
          nested: fc.oneof(one({ x: 'y' }, {}, { x: 1, z: 2 }), any),
          toString: any,
        },
        { requiredKeys: [] },
      );
      const stray = fc.dictionary(fc.string({ maxLength: 5 }), any, { maxKeys: 1, noNullPrototype: true });
      const overridesOf = fc.oneof(
        allowed,
        fc.tuple(allowed, others).map(([a, b]) => ({ ...a, ...b })),
        fc.tuple(allowed, stray).map(([a, b]) => ({ ...a, ...b })),
      );
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(overridesOf, async (overrides) => {
          const copy = structuredClone(overrides);
          try {
            const { inputs, overrides: keys } = await workflows.resolveInputs('brew', 'x', overrides);
            expect(isValid(inputs)).toBe(true);
            const given = Object.fromEntries(Object.entries(copy).filter(([, one]) => one !== undefined));
            expect(inputs).toEqual(JSON.parse(JSON.stringify({ ...defaults, ...given })));
            expect(keys).toEqual(Object.keys(given).sort());
            accepted++;
          } catch (error) {
            if (!WorkflowsError.is(error)) throw error;
            expect(['TEMPLATE_INPUT_INVALID', 'TEMPLATE_KEY_UNKNOWN']).toContain(error.code);
            if (error.code === 'TEMPLATE_INPUT_INVALID')
              expect(isValid(JSON.parse(JSON.stringify({ ...defaults, ...copy })))).toBe(false);
          }
          expect(overrides).toEqual(copy);
        }),
        { numRuns: 400 },
      );
      expect(accepted).toBeGreaterThan(40);
      expect(await cluster.rows('select schema::text, defaults::text from param_templates')).toEqual(before);
    }),
  );
});
