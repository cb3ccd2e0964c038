// What the start form is made of, without a browser: fields of a schema, faults, changes against a template, options, ids.
import { completed, readChoice } from '../../console/src/pages/start/choice.js';
import { numberOf } from '../../console/src/pages/start/fields/number-text.js';
import { likeRunOf } from '../../console/src/pages/start/like-run.js';
import { fieldOf, firstValue, propertiesOf, titleAt } from '../../console/src/pages/start/schema-fields.js';
import {
  attributeText,
  attributeValue,
  durationMs,
  NO_OPTIONS,
  readOptions,
} from '../../console/src/pages/start/start-options.js';
import { requestOf, StartIds } from '../../console/src/pages/start/start-request.js';
import { changesOf, overridesOf } from '../../console/src/pages/start/template-changes.js';
import { checkerOf } from '../../console/src/pages/start/validation.js';
import { findInexactAt, getAt, keysOf, pointerOf, setAt } from '../../console/src/pages/start/value-path.js';

describe('A place in a value', () => {
  it('is named by a JSON pointer, whatever its keys are', () => {
    for (const path of [[], ['a'], ['a/b', '~1', ''], ['__proto__', 'é']]) expect(keysOf(pointerOf(path))).toEqual(path);
    expect(pointerOf(['a/b', 3, '~'])).toBe('/a~1b/3/~0');
  });

  it('is changed in a copy; undefined takes it away, and what is missing on the way is made', () => {
    const whole = { a: { b: [1, 2, 3] } };
    expect(setAt(whole, ['a', 'b', 1], 9)).toEqual({ a: { b: [1, 9, 3] } });
    expect(setAt(whole, ['a', 'b'], undefined)).toEqual({ a: {} });
    expect(setAt(whole, ['c', 0, 'd'], 'x')).toEqual({ a: { b: [1, 2, 3] }, c: [{ d: 'x' }] });
    expect(whole).toEqual({ a: { b: [1, 2, 3] } });
  });

  it('may be called __proto__ without changing any prototype', () => {
    const changed = setAt({}, ['__proto__', 'isAdmin'], true) as object;
    expect(Object.keys(changed)).toEqual(['__proto__']);
    expect((changed as { isAdmin?: unknown }).isAdmin).toBeUndefined();
    expect(getAt({}, ['constructor'])).toBeUndefined();
  });

  it('is found where a whole number is too large for a request', () => {
    expect(findInexactAt({ a: [1, { 'b/c': 9007199254740993n }] })).toEqual({ pointer: '/a/1/b~1c', number: 9007199254740993n });
    expect(findInexactAt({ a: 9007199254740991 })).toBeUndefined();
  });
});

describe('A field', () => {
  const root = {
    $defs: {
      celsius: { type: 'number', title: 'Temperature', minimum: 0 },
      node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } },
    },
  };

  it.each([
    [{ type: 'string' }, 'text'],
    [{ type: ['integer', 'null'] }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ enum: [1, 'a'] }, 'choice'],
    [{ oneOf: [{ const: 1, title: 'One' }, { const: 2 }] }, 'choice'],
    [{ const: 7 }, 'constant'],
    [{ type: 'object', properties: { a: {} } }, 'object'],
    [{ properties: { a: {} } }, 'object'],
    [{ type: 'object' }, 'json'],
    [{ type: 'array', items: { type: 'string' } }, 'list'],
    [{ type: 'array' }, 'json'],
    [{ type: 'array', prefixItems: [{}], items: {} }, 'json'],
    [{ type: ['string', 'number'] }, 'json'],
    [{ oneOf: [{ type: 'string' }, { type: 'number' }] }, 'json'],
    [{ type: 'object', properties: { a: {} }, anyOf: [{ required: ['a'] }, { required: [] }] }, 'object'],
    [{ $ref: '#/$defs/celsius' }, 'number'],
    [true, 'json'],
    [{}, 'json'],
  ])('is drawn of %j as %s', (schema, kind) => expect(fieldOf(schema, root, 'x').kind).toBe(kind));

  it('has the title that its reference gives, and labels of an enum with those that are not accepted', () => {
    expect(fieldOf({ $ref: '#/$defs/celsius', description: 'Hot' }, root, 'x')).toMatchObject({
      title: 'Temperature',
      description: 'Hot',
    });
    const options = [
      { label: 'Heat up', value: 'heat' },
      { label: 'Freeze', value: 'freeze', disabled: true },
    ];
    expect(fieldOf({ enum: ['heat'], 'x-options': options }, root, 'x').options).toEqual([
      { label: 'Heat up', value: 'heat', isDisabled: false },
      { label: 'Freeze', value: 'freeze', isDisabled: true },
    ]);
  });

  it('ends in a schema that refers to itself', () => {
    expect(firstValue({ $ref: '#/$defs/node' }, root)).toEqual({});
    const endless = {
      ...root,
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required: ['next'] } },
    };
    expect(() => firstValue({ $ref: '#/$defs/node' }, endless)).not.toThrow();
    const loop = { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } };
    expect(() => fieldOf({ $ref: '#/$defs/a' }, loop, 'x')).not.toThrow();
  });

  it('stands in the order of the hints, the others after those', () => {
    const schema = { properties: { a: {}, b: {}, c: {} } };
    expect(propertiesOf(schema, ['c', 'gone', 'a']).map(([name]) => name)).toEqual(['c', 'a', 'b']);
    expect(propertiesOf(schema, 'no list').map(([name]) => name)).toEqual(['a', 'b', 'c']);
  });

  it('is named by the titles on the way to it', () => {
    const schema = {
      properties: { tanks: { type: 'array', title: 'Tanks', items: { type: 'object', properties: { kg: { title: 'Mass' } } } } },
    };
    expect(titleAt(['tanks', '1', 'kg'], schema)).toBe('Tanks › 2 › Mass');
  });

  it.each([
    ['', undefined],
    ['12', 12],
    [' -1.50 ', -1.5],
    ['1e3', 1000],
    ['9007199254740993', 9007199254740993n],
    ['1,5', '1,5'],
    ['0x10', '0x10'],
    ['1e999', '1e999'],
    ['9007199254740993.0', '9007199254740993.0'],
    ['-', '-'],
  ])('of a number takes %j as %p', (typed, value) => expect(numberOf(typed)).toBe(value));
});

describe('The check in the browser', () => {
  const schema = {
    type: 'object',
    properties: {
      id: { type: 'string', minLength: 1, pattern: '^B' },
      'due "on"': {},
      'a/b c': { type: 'integer', maximum: 10 },
      form: { oneOf: [{ type: 'object', required: ['x'] }, { type: 'number' }] },
      items: {
        type: 'array',
        items: { type: 'object', properties: { kg: { type: 'number', exclusiveMinimum: 0 } }, required: ['kg'] },
      },
    },
    required: ['id', 'due "on"'],
    additionalProperties: false,
  };
  const faults = (value: unknown) => checkerOf(schema)(value).map(({ path, message }) => `${path} ${message}`);

  it('says what is wrong, at the place where it is, and once', () => {
    expect(faults({ id: '', 'a/b c': 11, form: 'x', items: [{ kg: 0 }, {}], more: 1 })).toEqual(
      expect.arrayContaining([
        '/due "on" is required',
        '/id must not be empty',
        '/id has not the form that is asked for',
        '/a~1b c must be at most 10',
        '/form has none of the forms that are allowed, or more than one',
        '/items/0/kg must be more than 0',
        '/items/1/kg is required',
        '/more is not allowed here',
      ]),
    );
    expect(faults({ id: '', 'a/b c': 11, form: 'x', items: [{ kg: 0 }, {}], more: 1 })).toHaveLength(8);
  });

  it('finds nothing in what is right, knows whole numbers of any size, and gives up on a schema that it can not read', () => {
    expect(faults({ id: 'B1', 'due "on"': 1, 'a/b c': -5, items: [] })).toEqual([]);
    expect(faults({ id: 'B1', 'due "on"': 1, 'a/b c': 9007199254740993n })).toEqual(['/a~1b c must be at most 10']);
    expect(checkerOf({ $ref: '#/$defs/none' })({})).toEqual([]);
    expect(checkerOf({ pattern: '(' })('x')).toEqual([]);
    expect(checkerOf(undefined)({})).toEqual([]);
  });
});

describe('Changes against a template', () => {
  const defaults = { name: 'a', vessel: { celsius: 80, rpm: 1 }, list: [1, 2], left: true };
  const value = { name: 'a', vessel: { celsius: 90, rpm: 1 }, list: [2, 1], more: null };

  it('are told value by value, and a list is one value', () => {
    expect(changesOf(defaults, value).map(({ pointer, before, after }) => [pointer, before, after])).toEqual([
      ['/vessel/celsius', 80, 90],
      ['/list', [1, 2], [2, 1]],
      ['/left', true, undefined],
      ['/more', undefined, null],
    ]);
    expect(changesOf(defaults, structuredClone(defaults))).toEqual([]);
  });

  it('go back one by one', () => {
    const back = changesOf(defaults, value).reduce((whole: unknown, { path, before }) => setAt(whole, path, before), value);
    expect(back).toEqual(defaults);
  });

  it('are sent as whole parameters, and only those that differ', () => {
    expect(overridesOf(defaults, value)).toEqual({
      overrides: { vessel: { celsius: 90, rpm: 1 }, list: [2, 1], more: null },
      removed: ['left'],
    });
  });
});

describe('Options', () => {
  it('are sent only where something is typed; a plain number is seconds', () => {
    expect(readOptions(NO_OPTIONS)).toEqual({ options: {}, faults: {} });
    const typed = {
      ...NO_OPTIONS,
      queue: 'q',
      timeout: '180',
      delay: '1.5 h',
      priority: '-3',
      deduplicationId: 'd',
      reason: ' why ',
    };
    expect(
      readOptions({
        ...typed,
        attributes: [
          { key: 'line', value: '1' },
          { key: '', value: '' },
        ],
      }).options,
    ).toEqual({
      ...{ queue: 'q', timeout: '180s', delay: '1.5 h', priority: -3, reason: 'why', attributes: { line: 1 } },
      ...{ deduplicationId: 'd', deduplicationPolicy: 'reject' },
    });
    expect([durationMs('180'), durationMs('180s'), durationMs('3m'), durationMs('3 apples')]).toEqual([
      180_000,
      180_000,
      180_000,
      undefined,
    ]);
  });

  it('are refused where they are wrong', () => {
    const wrong = { ...NO_OPTIONS, id: ' x', partitionKey: 'é'.repeat(256), priority: '1.5', timeout: '0', delay: 'soon' };
    const attributes = [
      { key: 'a', value: '1' },
      { key: 'a', value: '2' },
      { key: '', value: '3' },
    ];
    expect(Object.keys(readOptions({ ...wrong, attributes }).faults).sort()).toEqual(
      ['attributes/1', 'attributes/2', 'delay', 'id', 'partitionKey', 'priority', 'timeout'].sort(),
    );
  });

  it.each([['early'], ['7'], [7], [true], [null], ['null'], [''], ['"quoted"'], [1.5]])(
    'show the attribute %j so that it comes back',
    (value) => expect(attributeValue(attributeText(value))).toBe(value),
  );
});

describe('What is started', () => {
  it('is all arguments of a workflow that says nothing of them, else the first one before those of the run that it is like', () => {
    const subject = { workflow: 'w', schema: undefined, template: undefined, more: [] };
    expect(requestOf({ ...subject, value: 'arguments' }, [1, 2])).toEqual({ kind: 'plain', workflow: 'w', args: [1, 2] });
    expect(requestOf({ ...subject, value: 'argument', more: [2] }, { a: 1 })).toEqual({
      kind: 'plain',
      workflow: 'w',
      args: [{ a: 1 }, 2],
    });
  });

  it('has one id for one state of the form, until it is there', () => {
    const ids = new StartIds();
    const first = ids.idFor('a');
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.idFor('a')).toBe(first);
    expect(ids.idFor('b')).not.toBe(first);
    const again = ids.idFor('a');
    ids.done();
    expect(ids.idFor('a')).not.toBe(again);
  });

  it('is chosen by the URL, else the template named default, in its highest active version', () => {
    const versions = [
      { name: 'a', version: 1, status: 'active' },
      { name: 'default', version: 2, status: 'active' },
      { name: 'default', version: 3, status: 'obsolete' },
    ] as const;
    const choice = (search: string) => completed(readChoice(new URLSearchParams(search)), versions);
    expect(choice('workflow=w')).toMatchObject({ template: 'default', version: 2 });
    expect(choice('workflow=w&template=a')).toMatchObject({ template: 'a', version: 1 });
    expect(choice('workflow=w&template=default&version=3')).toMatchObject({ version: 3 });
    expect(choice('workflow=w&template=')).toMatchObject({ template: '', version: undefined });
    expect(choice('workflow=w&version=-1')).toMatchObject({ version: 2 });
  });
});

describe('A run that another is to be like', () => {
  const run = {
    ...{
      runId: 'r',
      workflowName: 'w',
      queue: 'q',
      partitionKey: null,
      priority: 0,
      timeoutMs: 180_000,
      attributes: { line: 1, shift: '7' },
    },
    ...{ input: [{ a: 1 }], provenance: { workflow: 'w', template: 't', version: 2, enums: {}, overrides: [], actor: 'ann' } },
  } as unknown as Parameters<typeof likeRunOf>[0];

  it('gives its template, arguments and options', () => {
    expect(likeRunOf(run)).toMatchObject({
      ...{ workflow: 'w', template: { name: 't', version: 2 }, args: [{ a: 1 }], notes: [] },
      options: {
        queue: 'q',
        timeout: '3m',
        priority: '',
        attributes: [
          { key: 'line', value: '1' },
          { key: 'shift', value: '"7"' },
        ],
      },
    });
  });

  it('says what of it can not be taken over', () => {
    const hidden = likeRunOf({ ...run, input: { hidden: true }, attributes: { hidden: true } });
    expect(hidden).toMatchObject({ args: undefined, options: { attributes: [] } });
    expect(hidden.notes).toHaveLength(2);
    expect(likeRunOf({ ...run, input: ['123n'] }).notes).toHaveLength(1);
  });
});
