// What a schema of a template may be: refused when it is saved, by type, telling where.
import { WorkflowsError } from '../../lib/index.js';
import { refusal, withSilentDatabase } from '../bad-input/silent-database.js';
import { brew, withApp } from './template-room.js';

const of = (properties: unknown, more: object = {}) => ({ type: 'object', properties, ...more });
const deep = (levels: number): object => (levels === 0 ? { type: 'string' } : { type: 'array', items: deep(levels - 1) });

/** Each with where it is wrong. */
const BAD_SCHEMAS: Readonly<Record<string, readonly [unknown, string]>> = {
  nothing: [undefined, 'the whole'],
  'a list': [[], 'the whole'],
  'a schema of a text': [{ type: 'string' }, '/type'],
  'a schema without a type': [{ properties: {} }, '/type'],
  'no properties': [{ type: 'object' }, '/properties'],
  'properties as list': [of(['a']), '/properties'],
  'another dialect': [of({}, { $schema: 'http://json-schema.org/draft-04/schema#' }), '/$schema'],
  'a slip in a keyword': [of({ a: { type: 'string', minLenght: 2 } }), '/properties/a/minLenght'],
  'a slip in a nested keyword': [of({ a: { type: 'array', items: { typ: 'string' } } }), '/properties/a/items/typ'],
  'a required parameter that is not listed': [of({ alpha: {} }, { required: ['alpha', 'alhpa'] }), '/required/1'],
  'a pattern that is none': [of({ a: { type: 'string', pattern: '(' } }), '/properties/a/pattern'],
  'a property pattern that is none': [
    of({ a: { type: 'object', patternProperties: { '(': {} } } }),
    '/properties/a/patternProperties/(',
  ],
  'a pattern that is too long': [of({ a: { type: 'string', pattern: 'a'.repeat(1_001) } }), '/properties/a/pattern'],
  'a format that is not known': [of({ a: { type: 'string', format: 'emial' } }), '/properties/a/format'],
  'a reference to elsewhere': [of({ a: { $ref: 'https://example.com/a.json' } }), '/properties/a/$ref'],
  'a reference to a file': [of({ a: { $ref: 'file:///etc/passwd' } }), '/properties/a/$ref'],
  'a reference to a relative url': [of({ a: { $ref: 'other.json#/$defs/a' } }), '/properties/a/$ref'],
  'a reference to the whole': [of({ a: { $ref: '#' } }), '/properties/a/$ref'],
  'a reference to nothing': [of({ a: { $ref: '#/$defs/b' } }, { $defs: { a: {} } }), '/properties/a/$ref'],
  'a reference to a prototype': [of({ a: { $ref: '#/$defs/constructor' } }, { $defs: { a: {} } }), '/properties/a/$ref'],
  'an id inside': [of({ a: { $id: 'https://example.com/a' } }), '/properties/a/$id'],
  'an anchor': [of({ a: { $anchor: 'x' } }), '/properties/a/$anchor'],
  'a dynamic reference': [of({ a: { $dynamicRef: '#x' } }), '/properties/a/$dynamicRef'],
  'an asynchronous schema': [of({}, { $async: true }), '/$async'],
  'a dialect inside': [of({ a: { $schema: 'http://json-schema.org/draft-07/schema#' } }), '/properties/a/$schema'],
  'a keyword of another dialect': [of({ a: { additionalItems: false } }), '/properties/a/additionalItems'],
  'an enum without values': [of({ a: { enum: [] } }), '/properties/a/enum'],
  'a text that is no reference to an enum': [of({ a: { enum: 'Phase' } }), '/properties/a/enum'],
  'a reference to an enum without a name': [of({ a: { enum: '@enum:' } }), '/properties/a/enum'],
  'a reference to the enum version 0': [of({ a: { enum: '@enum:Phase:0' } }), '/properties/a/enum'],
  'a reference to no enum version': [of({ a: { enum: '@enum:Phase:latest' } }), '/properties/a/enum'],
  'a reference to an enum in a list': [of({ a: { enum: ['@enum:Phase'] } }), '/properties/a/enum'],
  'references to two versions of an enum': [
    of({ a: { enum: '@enum:Phase' }, b: { enum: '@enum:Phase:1' } }),
    '/properties/b/enum',
  ],
  'a hundred and one references to enums': [
    of(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`p${i}`, { enum: '@enum:Phase' }]))),
    '/properties/p100/enum',
  ],
  'too many levels': [of({ a: deep(70) }), 'the whole'],
  'more than 256 KiB': [of({ a: { description: 'x'.repeat(256 * 1024) } }), 'the whole'],
  'a Date': [of({ a: { const: new Date(0) } }), '/properties/a/const'],
  NaN: [of({ a: { minimum: Number.NaN } }), '/properties/a/minimum'],
  'a function': [of({ a: { default: () => 1 } }), '/properties/a/default'],
  'a key __proto__': [
    JSON.parse('{ "type": "object", "properties": { "__proto__": { "type": "string" } } }'),
    '/properties/__proto__',
  ],
  'a NUL character': [of({ 'a\0': {} }), '/properties/a\\u0000'],
  'half of a surrogate pair': [of({ a: { const: '\ud800' } }), '/properties/a/const'],
};

/** What only the compiler knows, that is when the enums are there. */
const UNCOMPILABLE: typeof BAD_SCHEMAS = {
  'a slip in a type': [of({ a: { type: 'strng' } }), '/properties/a/type'],
  'a text as minimum': [of({ a: { type: 'number', minimum: '1' } }), '/properties/a/minimum'],
  'a text as required': [of({ a: {} }, { required: 'a' }), '/required'],
  'an enum as number': [of({ a: { enum: 5 } }), '/properties/a/enum'],
  'if without then': [of({ a: { if: { type: 'string' } } }), 'the whole'],
};

/** What became of saving each of them, and what should. */
async function refusals(schemas: typeof BAD_SCHEMAS, save: (schema: object) => Promise<unknown>) {
  const found: Record<string, unknown> = {};
  for (const [what, [schema]] of Object.entries(schemas)) {
    const error = await save(schema as object);
    found[what] = error instanceof WorkflowsError ? `${error.code} ${error.details?.path}` : error;
  }
  const expected = Object.fromEntries(
    Object.entries(schemas).map(([what, [, path]]) => [what, `TEMPLATE_SCHEMA_INVALID ${path}`]),
  );
  return { found, expected };
}

describe('a schema', () => {
  it('that can not be used is refused before any SQL, telling where', () =>
    withSilentDatabase([brew], async ({ workflows }) => {
      const { found, expected } = await refusals(BAD_SCHEMAS, (schema) =>
        refusal(() => workflows.templates.save('brew', { name: 'x', schema })),
      );
      expect(found).toEqual(expected);
    }));

  it(
    'that does not compile is refused, and nothing is saved',
    withApp(async ({ workflows }, cluster) => {
      const { found, expected } = await refusals(UNCOMPILABLE, (schema) =>
        workflows.templates.save('brew', { name: 'x', schema }).catch((error) => error),
      );
      expect(found).toEqual(expected);
      expect(await cluster.count('param_templates')).toBe(0);
    }),
  );

  it(
    'says which keyword was meant',
    withApp(async ({ workflows }) => {
      await expect(
        workflows.templates.save('brew', { name: 'x', schema: of({ a: { type: 'string', minLenght: 2 } }) }),
      ).rejects.toThrow('Did you mean "minLength"?');
    }),
  );

  it(
    'may be of draft 7 or 2020-12, with its own $id, comments, definitions and keywords that begin with x-',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      const draft7 = of(
        {
          pair: { type: 'array', items: [{ type: 'string' }, { type: 'number' }], additionalItems: false },
          size: { $ref: '#/definitions/size' },
        },
        {
          $schema: 'http://json-schema.org/draft-07/schema#',
          $id: 'https://example.com/a',
          definitions: { size: { type: 'integer' } },
        },
      );
      const draft2020 = of(
        {
          pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }], items: false, 'x-widget': 'pair' },
          size: { $ref: '#/$defs/size' },
          enum: { type: 'string', $comment: 'a parameter of this name' },
          constructor: { type: 'string' },
        },
        { $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: { size: { type: 'integer' } } },
      );
      await templates.save('brew', { name: 'draft-7', schema: draft7 });
      await templates.save('brew', { name: 'draft-2020', schema: draft2020 });
      for (const name of ['draft-7', 'draft-2020']) {
        const good = { pair: ['a', 1], size: 3 };
        expect((await workflows.resolveInputs('brew', name, good)).inputs).toEqual(good);
        await expect(workflows.resolveInputs('brew', name, { pair: ['a', 1, 2], size: 3.5 })).rejects.toMatchObject({
          code: 'TEMPLATE_INPUT_INVALID',
          details: { errors: [expect.objectContaining({ path: '/pair' }), { path: '/size', message: 'must be integer' }] },
        });
      }
    }),
  );

  it(
    'of another name or of the same id is not mixed up with it',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      const schema = (type: string) => of({ a: { type } }, { $id: 'https://example.com/same' });
      await templates.save('brew', { name: 'text', schema: schema('string') });
      await templates.save('brew', { name: 'number', schema: schema('number') });
      expect((await workflows.resolveInputs('brew', 'text', { a: 'x' })).inputs).toEqual({ a: 'x' });
      expect((await workflows.resolveInputs('brew', 'number', { a: 1 })).inputs).toEqual({ a: 1 });
      await expect(workflows.resolveInputs('brew', 'text', { a: 1 })).rejects.toMatchObject({ code: 'TEMPLATE_INPUT_INVALID' });
    }),
  );

  it.each<[string, unknown[], unknown[]]>([
    ['date', ['2024-02-29', '1999-12-31'], ['2023-02-29', '2024-13-01', '2024-1-1', '2024-00-10']],
    [
      'date-time',
      ['2024-02-29T10:00:00Z', '2024-01-01t10:00:00.5+02:00'],
      ['2024-02-30T10:00:00Z', '2024-01-01T24:00:00Z', '2024-01-01'],
    ],
    ['time', ['10:00:00Z', '23:59:59.999-05:30'], ['10:00', '10:00:00', '10:60:00Z']],
    ['local-time', ['10:00', '10:00:30'], ['10:0', '24:00', '10:00Z']],
    ['email', ['ann@example.com', 'a.b+c@x'], ['ann', 'ann@', '@x', 'a b@x', 'a@x..y']],
    ['uri', ['https://example.com/a?b#c', 'urn:x:y'], ['example.com', '/a', 'http://', 'https://a b']],
    ['uuid', ['123e4567-e89b-12d3-a456-426614174000'], ['123e4567', '123e4567-e89b-12d3-a456-42661417400g']],
    ['password', ['', 'x'], [1]],
  ])('knows the format %s', (format, good, bad) =>
    withApp(async ({ workflows }) => {
      await workflows.templates.save('brew', { name: 'x', schema: of({ a: { type: 'string', format } }) });
      for (const a of good) expect((await workflows.resolveInputs('brew', 'x', { a })).inputs).toEqual({ a });
      for (const a of bad)
        await expect(workflows.resolveInputs('brew', 'x', { a })).rejects.toMatchObject({ code: 'TEMPLATE_INPUT_INVALID' });
    })(),
  );
});

describe('defaults', () => {
  it(
    'must each be allowed, but need not be complete; those given apart go before those of the schema',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      const schema = of(
        { a: { type: 'integer', default: 1 }, b: { type: 'string' }, c: { type: 'integer', default: 5 } },
        { required: ['b'] },
      );
      expect((await templates.save('brew', { name: 'x', schema, defaults: { c: 7 } })).defaults).toEqual({ a: 1, c: 7 });
      await expect(templates.save('brew', { name: 'x', schema, defaults: { a: 'one', b: 2 } })).rejects.toMatchObject({
        code: 'TEMPLATE_INPUT_INVALID',
        details: {
          errors: [
            { path: '/a', message: 'must be integer' },
            { path: '/b', message: 'must be string' },
          ],
        },
      });
      await expect(
        templates.save('brew', { name: 'x', schema: of({ a: { type: 'integer', default: 'x' } }) }),
      ).rejects.toMatchObject({
        code: 'TEMPLATE_INPUT_INVALID',
      });
      await expect(templates.save('brew', { name: 'x', schema, defaults: { d: 1 } })).rejects.toMatchObject({
        code: 'TEMPLATE_KEY_UNKNOWN',
      });
    }),
  );
});
