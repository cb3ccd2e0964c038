// Enums that templates refer to: versions, references, what a form is told, and what a start accepts.
import type { EnumInput } from '../../lib/index.js';
import { audited, BATCH, PHASES, saveBatch, withApp } from './template-room.js';

const values = (...names: string[]): EnumInput['values'] => names.map((name) => ({ label: name.toUpperCase(), value: name }));
const schema = (reference: unknown) => ({ type: 'object', properties: { phase: { enum: reference } } });

describe('an enum', () => {
  it(
    'is saved as the next version, and comes back as it was given',
    withApp(async ({ workflows }, cluster) => {
      const { templates } = workflows;
      const saved = await templates.saveEnum({ ...PHASES, description: 'of a batch' }, { actor: 'ann', reason: 'test' });
      expect(saved).toEqual({
        name: 'Phase',
        version: 1,
        status: 'active',
        values: PHASES.values,
        description: 'of a batch',
        createdBy: 'ann',
        createdAt: expect.any(Date),
      });
      expect(await templates.findEnum('Phase')).toEqual(saved);
      const mixed = [
        { label: 'Yes', value: true, disabled: false },
        { label: 'Two', value: 2 },
      ];
      expect(await templates.saveEnum({ name: 'Phase', values: mixed })).toMatchObject({
        version: 2,
        values: [
          { label: 'Yes', value: true },
          { label: 'Two', value: 2 },
        ],
      });
      expect((await audited(cluster, 'ENUM_SAVE'))[0]).toMatchObject({
        actor: 'ann',
        reason: 'test',
        after: { enum: 'Phase', version: 1 },
      });
    }),
  );

  it(
    'is found by its highest active version, or by a version; listed, made obsolete and deleted as templates are',
    withApp(async ({ workflows }, cluster) => {
      const { templates } = workflows;
      for (const name of ['Phase', 'Phase', 'Phase', 'Colour']) await templates.saveEnum({ ...PHASES, name });
      expect(await templates.setEnumStatus('Phase', 3, 'obsolete', { actor: 'ann', reason: 'old' })).toBe(true);
      expect(await templates.setEnumStatus('Phase', 3, 'obsolete')).toBe(false);
      expect(await templates.findEnum('Phase')).toMatchObject({ version: 2 });
      expect(await templates.findEnum('Phase', { version: 3 })).toMatchObject({ version: 3, status: 'obsolete' });
      const first = await templates.listEnums({ limit: 2 });
      expect(first.enums).toMatchObject([
        { name: 'Colour', version: 1, size: 3 },
        { name: 'Phase', version: 1 },
      ]);
      const rest = await templates.listEnums({ cursor: first.nextCursor });
      expect(rest.enums.map(({ version }) => version)).toEqual([2, 3]);
      expect(rest.nextCursor).toBeUndefined();
      expect(
        (await templates.listEnums({ latestOnly: true, status: 'active' })).enums.map((one) => `${one.name} ${one.version}`),
      ).toEqual(['Colour 1', 'Phase 2']);
      expect((await templates.listEnums({ name: 'Colour' })).enums).toHaveLength(1);
      expect(await templates.deleteEnum('Phase', { version: 3 }, { actor: 'ann', reason: 'wrong' })).toBe(1);
      expect(await templates.deleteEnum('Phase', { version: 3 })).toBe(0);
      expect(await templates.saveEnum(PHASES)).toMatchObject({ version: 4 });
      expect(await templates.deleteEnum('Phase')).toBe(3);
      expect(await audited(cluster, 'ENUM_STATUS')).toEqual([
        {
          actor: 'ann',
          workflow_id: null,
          reason: 'old',
          before: { enum: 'Phase', version: 3, status: 'active' },
          after: { status: 'obsolete' },
        },
      ]);
      expect(await audited(cluster, 'ENUM_DELETE')).toMatchObject([
        { actor: 'ann', reason: 'wrong', before: { enum: 'Phase', versions: [3] } },
        { actor: 'api', before: { enum: 'Phase', versions: [1, 2, 4] } },
      ]);
    }),
  );

  it(
    'that is not there, or not active, is a typed error wherever it is asked for',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await templates.saveEnum(PHASES);
      await expect(templates.findEnum('Phaze')).rejects.toMatchObject({
        code: 'TEMPLATE_ENUM_NOT_FOUND',
        message: expect.stringContaining('Did you mean "Phase"?'),
      });
      await expect(templates.findEnum('Phase', { version: 2 })).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_NOT_FOUND' });
      await expect(templates.setEnumStatus('Phase', 2, 'active')).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_NOT_FOUND' });
      const save = (reference: string) => templates.save('brew', { name: 'x', schema: schema(reference) });
      await expect(save('@enum:Phaze')).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_NOT_FOUND' });
      await expect(save('@enum:Phase:2')).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_NOT_FOUND' });
      await templates.setEnumStatus('Phase', 1, 'obsolete');
      await expect(templates.findEnum('Phase')).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_OBSOLETE' });
      await expect(save('@enum:Phase')).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_OBSOLETE' });
      await expect(save('@enum:Phase:1')).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_OBSOLETE' });
    }),
  );
});

describe('a reference to an enum', () => {
  it(
    'means the highest active version at the time of use, or the version that it names',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await templates.saveEnum({ name: 'Phase', values: values('a') });
      await templates.save('brew', { name: 'latest', schema: schema('@enum:Phase') });
      await templates.save('brew', { name: 'first', schema: schema('@enum:Phase:1') });
      const resolve = async (name: string, phase: string) => (await workflows.resolveInputs('brew', name, { phase })).enums;
      expect(await resolve('latest', 'a')).toEqual({ Phase: 1 });
      await templates.saveEnum({ name: 'Phase', values: values('b') });
      expect(await resolve('latest', 'b')).toEqual({ Phase: 2 });
      expect(await resolve('first', 'a')).toEqual({ Phase: 1 });
      await expect(resolve('latest', 'a')).rejects.toMatchObject({ code: 'TEMPLATE_INPUT_INVALID' });
      await expect(resolve('first', 'b')).rejects.toMatchObject({ code: 'TEMPLATE_INPUT_INVALID' });
      await templates.setEnumStatus('Phase', 2, 'obsolete');
      expect(await resolve('latest', 'a')).toEqual({ Phase: 1 });
    }),
  );

  it(
    'to what has become obsolete or was deleted lets nothing start',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await templates.saveEnum({ name: 'Phase', values: values('a') });
      await templates.save('brew', { name: 'latest', schema: schema('@enum:Phase') });
      await templates.save('brew', { name: 'first', schema: schema('@enum:Phase:1') });
      const resolve = (name: string) => workflows.resolveInputs('brew', name, { phase: 'a' });
      await templates.setEnumStatus('Phase', 1, 'obsolete');
      for (const name of ['latest', 'first'])
        await expect(resolve(name)).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_OBSOLETE' });
      await templates.deleteEnum('Phase');
      for (const name of ['latest', 'first'])
        await expect(resolve(name)).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_NOT_FOUND' });
    }),
  );

  it(
    'accepts the values that are not disabled, in lists and definitions too, and nothing where no schema is',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await templates.saveEnum(PHASES);
      await templates.save('brew', {
        name: 'x',
        schema: {
          type: 'object',
          properties: {
            list: { type: 'array', items: { enum: '@enum:Phase' } },
            other: { $ref: '#/$defs/phase' },
            either: { anyOf: [{ type: 'number' }, { enum: '@enum:Phase' }] },
            data: { const: { enum: '@enum:Phase' } },
          },
          $defs: { phase: { enum: '@enum:Phase' } },
        },
      });
      const good = { list: ['heat', 'cool'], other: 'cool', either: 'heat', data: { enum: '@enum:Phase' } };
      expect((await workflows.resolveInputs('brew', 'x', good)).inputs).toEqual(good);
      const bad = { list: ['heat', 'freeze'], other: 'freeze', either: 'melt' };
      await expect(workflows.resolveInputs('brew', 'x', bad)).rejects.toMatchObject({
        details: {
          errors: expect.arrayContaining([
            { path: '/list/1', message: 'must be one of "heat", "cool"' },
            { path: '/other', message: 'must be one of "heat", "cool"' },
          ]),
        },
      });
    }),
  );
});

describe('an expanded template', () => {
  it(
    'has the values in place of references, all options for a form beside them, and the versions they come from',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await saveBatch(workflows);
      const found = await templates.find('brew', 'batch', { expand: true });
      expect(found.schema).toEqual(BATCH.schema);
      expect(found.enums).toEqual({ Phase: 1 });
      expect(found.expanded).toEqual({
        ...BATCH.schema,
        properties: { ...BATCH.schema.properties, phase: { enum: ['heat', 'cool'], 'x-options': PHASES.values } },
      });
      expect(await templates.find('brew', 'batch')).not.toHaveProperty('expanded');
    }),
  );

  it(
    'of an obsolete version can still be looked at, with enums that are obsolete too',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await templates.saveEnum(PHASES);
      await templates.save('brew', { name: 'x', schema: schema('@enum:Phase:1') });
      await templates.setEnumStatus('Phase', 1, 'obsolete');
      await expect(templates.find('brew', 'x', { expand: true })).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_OBSOLETE' });
      await templates.setStatus('brew', 'x', 1, 'obsolete');
      expect((await templates.find('brew', 'x', { version: 1, expand: true })).enums).toEqual({ Phase: 1 });
    }),
  );
});
