// Schemas and patterns that would hold the process: they are interrupted, and what comes after them works.

import { loadAjv } from '../../lib/operations/templates/ajv-loader.js';
import { SchemaCompiler } from '../../lib/operations/templates/schema-compiler.js';
import { withApp } from './template-room.js';

const CATASTROPHE = { type: 'object', properties: { a: { type: 'string', pattern: '^(x+)+$' } } };
const SLOW = `${'x'.repeat(60)}!`;

/** Each level asks twice for the next: 2^40 checks of one text. */
function doubling(levels: number): object {
  const $defs = Object.fromEntries(
    Array.from({ length: levels }, (_, i) => [
      `d${i}`,
      i === levels - 1 ? { minLength: 5 } : { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
    ]),
  );
  return { type: 'object', properties: { a: { $ref: '#/$defs/d0' } }, $defs };
}

describe('a check that takes too long', () => {
  it(
    'is an error of the values, not the end of the process; the next one works',
    withApp(async ({ workflows }) => {
      await workflows.templates.save('brew', { name: 'slow', schema: CATASTROPHE });
      await expect(workflows.resolveInputs('brew', 'slow', { a: SLOW })).rejects.toMatchObject({
        code: 'TEMPLATE_INPUT_INVALID',
        details: { errors: [{ path: '', message: expect.stringContaining('too long') }] },
      });
      expect((await workflows.resolveInputs('brew', 'slow', { a: 'xxx' })).inputs).toEqual({ a: 'xxx' });
    }),
  );

  it(
    'of references that multiply is interrupted too, at the latest when a value is checked',
    withApp(async ({ workflows }) => {
      await workflows.templates.save('brew', { name: 'slow', schema: doubling(40) });
      await expect(workflows.resolveInputs('brew', 'slow', { a: 'text' })).rejects.toMatchObject({
        code: 'TEMPLATE_INPUT_INVALID',
      });
    }),
  );

  it('ends when its time is up, long before it would be done', async () => {
    const check = await new SchemaCompiler(undefined, { compileMs: 3_000, checkMs: 20 }).compile(CATASTROPHE);
    // Left alone it takes some seconds.
    expect(check({ a: `${'x'.repeat(28)}!` })).toEqual([{ path: '', message: expect.stringContaining('too long') }]);
  });

  it('of the schema itself is an error of the schema, after which the compiler works', async () => {
    let slow = true;
    const compiler = new SchemaCompiler(
      async (dialect) => {
        const make = await loadAjv(dialect);
        return (options) => {
          const ajv = make(options);
          return {
            validateSchema: (schema) => ajv.validateSchema(schema),
            compile: (schema) => {
              while (slow);
              return ajv.compile(schema);
            },
          };
        };
      },
      { compileMs: 1_000, checkMs: 1_000 },
    );
    await expect(compiler.compile({ type: 'object', properties: {} })).rejects.toMatchObject({
      code: 'TEMPLATE_SCHEMA_INVALID',
      message: expect.stringContaining('too long to compile'),
    });
    slow = false;
    expect((await compiler.compile({ type: 'object', properties: {} }))({})).toEqual([]);
  });
});

describe('without the package ajv', () => {
  it('a template says which package is missing and how to install it', async () => {
    const missing = Object.assign(new Error(`Cannot find package 'ajv'`), { code: 'ERR_MODULE_NOT_FOUND' });
    for (const dialect of ['7', '2020-12'] as const)
      await expect(loadAjv(dialect, () => Promise.reject(missing))).rejects.toMatchObject({
        code: 'AJV_MISSING',
        message: expect.stringContaining('npm install ajv'),
        cause: missing,
      });
    const broken = new Error('broken');
    await expect(loadAjv('7', () => Promise.reject(broken))).rejects.toBe(broken);
  });
});
