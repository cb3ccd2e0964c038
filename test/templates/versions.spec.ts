// Versions of templates: appended, found, made obsolete, deleted, copied; each with its line in the audit log.
import type { TemplateInput } from '../../lib/index.js';
import { audited, BATCH, PHASES, saveBatch, withApp } from './template-room.js';

const SCHEMA = { type: 'object', properties: { a: { type: 'integer' } } };
const SIMPLE: TemplateInput = { name: 'simple', schema: SCHEMA };

describe('a template that is saved', () => {
  it(
    'is version 1, active, and comes back as it was given, the order of its properties too',
    withApp(async ({ workflows }) => {
      const schema = { properties: { zeta: { type: 'string' }, alpha: { type: 'integer', default: 3 } }, type: 'object' };
      const ui = { order: ['zeta', 'alpha'], columns: 2 };
      const saved = await workflows.templates.save(
        'brew',
        { name: 'first', schema, defaults: { zeta: 'z' }, ui, description: 'one' },
        { actor: 'ann' },
      );
      expect(saved).toEqual({
        workflow: 'brew',
        name: 'first',
        version: 1,
        status: 'active',
        schema,
        defaults: { alpha: 3, zeta: 'z' },
        ui,
        description: 'one',
        createdBy: 'ann',
        createdAt: expect.any(Date),
      });
      const found = await workflows.templates.find('brew', 'first');
      expect(found).toEqual(saved);
      expect(Object.keys(found.schema.properties as object)).toEqual(['zeta', 'alpha']);
    }),
  );

  it(
    'again is the next version; each name of each workflow counts for itself',
    withApp(async ({ workflows }, cluster) => {
      const { templates } = workflows;
      const versions: number[] = [];
      for (const [workflow, name] of [
        ['brew', 'a'],
        ['brew', 'a'],
        ['brew', 'b'],
        ['rinse', 'a'],
        ['brew', 'a'],
      ] as const)
        versions.push((await templates.save(workflow, { ...SIMPLE, name }, { actor: 'ann', reason: 'test' })).version);
      expect(versions).toEqual([1, 2, 1, 1, 3]);
      expect((await audited(cluster, 'TEMPLATE_SAVE')).at(-1)).toEqual({
        actor: 'ann',
        workflow_id: null,
        reason: 'test',
        before: null,
        after: { workflow: 'brew', template: 'a', version: 3 },
      });
    }),
  );

  it(
    'twenty times at once gets the versions 1 to 20, none twice and none left out',
    withApp(async ({ workflows }, cluster) => {
      const other = await cluster.app([]);
      const saved = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 ? workflows : other.workflows).templates.save('brew', { ...SIMPLE, description: `${i}` }),
        ),
      );
      expect(saved.map(({ version }) => version).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(await cluster.count('param_templates')).toBe(20);
      const enums = await Promise.all(Array.from({ length: 20 }, () => workflows.templates.saveEnum(PHASES)));
      expect(enums.map(({ version }) => version).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    }),
  );

  it(
    'can not be stored twice under one version, whoever writes',
    withApp(async ({ workflows }, cluster) => {
      await workflows.templates.save('brew', SIMPLE);
      await expect(cluster.rows('insert into param_templates select * from param_templates')).rejects.toMatchObject({
        code: '23505',
      });
    }),
  );
});

describe('a template that is looked for', () => {
  it(
    'is the highest active version; a version that is named may be obsolete',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      for (const description of ['one', 'two', 'three']) await templates.save('brew', { ...SIMPLE, description });
      await templates.setStatus('brew', 'simple', 3, 'obsolete');
      expect(await templates.find('brew', 'simple')).toMatchObject({ version: 2, description: 'two' });
      expect(await templates.find('brew', 'simple', { version: 1 })).toMatchObject({ version: 1, status: 'active' });
      expect(await templates.find('brew', 'simple', { version: 3 })).toMatchObject({ version: 3, status: 'obsolete' });
    }),
  );

  it(
    'and is not there, or has no active version, is a typed error that helps',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await templates.save('brew', SIMPLE);
      await expect(templates.find('brew', 'simpel')).rejects.toMatchObject({
        code: 'TEMPLATE_NOT_FOUND',
        message: expect.stringContaining('Did you mean "simple"?'),
      });
      await expect(templates.find('rinse', 'simple')).rejects.toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
      await expect(templates.find('brew', 'simple', { version: 2 })).rejects.toMatchObject({
        code: 'TEMPLATE_NOT_FOUND',
        details: { workflow: 'brew', name: 'simple', version: 2 },
      });
      await templates.setStatus('brew', 'simple', 1, 'obsolete');
      await expect(templates.find('brew', 'simple')).rejects.toMatchObject({ code: 'TEMPLATE_OBSOLETE' });
    }),
  );
});

describe('the status of a version', () => {
  it(
    'changes both ways, once, and says in the audit log what it was',
    withApp(async ({ workflows }, cluster) => {
      const { templates } = workflows;
      await templates.save('brew', SIMPLE);
      await templates.save('brew', SIMPLE);
      expect(await templates.setStatus('brew', 'simple', 1, 'obsolete', { actor: 'ann', reason: 'old' })).toBe(true);
      expect(await templates.setStatus('brew', 'simple', 1, 'obsolete')).toBe(false);
      expect(await templates.setStatus('brew', 'simple', 1, 'active')).toBe(true);
      const before = { workflow: 'brew', template: 'simple', version: 1 };
      expect(await audited(cluster, 'TEMPLATE_STATUS')).toEqual([
        {
          actor: 'ann',
          workflow_id: null,
          reason: 'old',
          before: { ...before, status: 'active' },
          after: { status: 'obsolete' },
        },
        { actor: 'api', workflow_id: null, reason: null, before: { ...before, status: 'obsolete' }, after: { status: 'active' } },
      ]);
      await expect(templates.setStatus('brew', 'simple', 3, 'active')).rejects.toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
    }),
  );

  it(
    'is never taken from a word that is not known',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await templates.save('brew', SIMPLE);
      await templates.saveEnum(PHASES);
      for (const word of ['inactive', 'ACTIVE', '', null, undefined, 'toString'] as never[]) {
        await expect(templates.setStatus('brew', 'simple', 1, word)).rejects.toMatchObject({ code: 'TEMPLATE_STATUS_UNKNOWN' });
        await expect(templates.setEnumStatus('Phase', 1, word)).rejects.toMatchObject({ code: 'TEMPLATE_STATUS_UNKNOWN' });
      }
      await expect(templates.list({ status: 'inactive' as never })).rejects.toMatchObject({ code: 'TEMPLATE_STATUS_UNKNOWN' });
      expect(await templates.find('brew', 'simple')).toMatchObject({ status: 'active' });
      expect(await templates.findEnum('Phase')).toMatchObject({ status: 'active' });
    }),
  );
});

describe('templates', () => {
  it(
    'are listed by workflow, name and version, page by page, without their schemas',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      for (const [workflow, name] of [
        ['rinse', 'a'],
        ['brew', 'b'],
        ['brew', 'a'],
        ['brew', 'a'],
        ['brew', 'b'],
      ] as const)
        await templates.save(workflow, { ...SIMPLE, name });
      await templates.setStatus('brew', 'b', 2, 'obsolete');
      const seen: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await templates.list({ limit: 2, cursor });
        seen.push(...page.templates.map(({ workflow, name, version }) => `${workflow} ${name} ${version}`));
        cursor = page.nextCursor;
        pages++;
      } while (cursor !== undefined);
      expect(seen).toEqual(['brew a 1', 'brew a 2', 'brew b 1', 'brew b 2', 'rinse a 1']);
      expect(pages).toBe(3);
      const keys = async (options: Parameters<typeof templates.list>[0]) =>
        (await templates.list(options)).templates.map(({ workflow, name, version }) => `${workflow} ${name} ${version}`);
      expect(await keys({ latestOnly: true })).toEqual(['brew a 2', 'brew b 2', 'rinse a 1']);
      expect(await keys({ latestOnly: true, status: 'active' })).toEqual(['brew a 2', 'brew b 1', 'rinse a 1']);
      expect(await keys({ workflow: 'brew', status: 'obsolete' })).toEqual(['brew b 2']);
      expect(await keys({ name: 'a', latestOnly: true })).toEqual(['brew a 2', 'rinse a 1']);
      expect((await templates.list({ limit: 1 })).templates[0]).not.toHaveProperty('schema');
    }),
  );

  it(
    'are deleted for good, one version or all, and their numbers are never given again',
    withApp(async ({ workflows }, cluster) => {
      const { templates } = workflows;
      for (let i = 0; i < 3; i++) await templates.save('brew', SIMPLE);
      expect(await templates.delete('brew', 'simple', { version: 3 }, { actor: 'ann', reason: 'wrong' })).toBe(1);
      expect((await templates.save('brew', SIMPLE)).version).toBe(4);
      expect(await templates.delete('brew', 'simple')).toBe(3);
      expect(await templates.delete('brew', 'simple')).toBe(0);
      await expect(templates.find('brew', 'simple')).rejects.toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
      expect((await templates.save('brew', SIMPLE)).version).toBe(5);
      expect(await audited(cluster, 'TEMPLATE_DELETE')).toEqual([
        {
          actor: 'ann',
          workflow_id: null,
          reason: 'wrong',
          before: { workflow: 'brew', template: 'simple', versions: [3] },
          after: null,
        },
        {
          actor: 'api',
          workflow_id: null,
          reason: null,
          before: { workflow: 'brew', template: 'simple', versions: [1, 2, 4] },
          after: null,
        },
      ]);
    }),
  );

  it(
    'are copied as a new active version, to another workflow or under another name',
    withApp(async ({ workflows }, cluster) => {
      const { templates } = workflows;
      const original = await saveBatch(workflows, { ui: { columns: 2 }, description: 'first' });
      await templates.save('brew', { ...BATCH, description: 'second' });
      await templates.setStatus('brew', 'batch', 2, 'obsolete');
      const { schema, defaults, ui, description } = original;
      const copy = await templates.copy('brew', 'batch', 'rinse', {}, { actor: 'ann' });
      expect(copy).toMatchObject({ workflow: 'rinse', name: 'batch', version: 1, status: 'active', createdBy: 'ann' });
      expect(copy).toMatchObject({ schema, defaults, ui, description });
      expect(await templates.copy('brew', 'batch', 'brew', { newName: 'twin', version: 2 })).toMatchObject({
        workflow: 'brew',
        name: 'twin',
        version: 1,
        status: 'active',
        description: 'second',
      });
      expect(await templates.copy('brew', 'batch', 'brew')).toMatchObject({ name: 'batch', version: 3, description: 'first' });
      await expect(templates.copy('brew', 'nothing', 'rinse')).rejects.toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
      expect((await audited(cluster, 'TEMPLATE_COPY'))[0]).toMatchObject({
        actor: 'ann',
        after: { workflow: 'rinse', template: 'batch', version: 1, of: { workflow: 'brew', template: 'batch', version: 1 } },
      });
    }),
  );

  it(
    'tell what a form changed against their defaults, and what it took away',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      const before = { a: 1, b: { x: [1, { y: 2 }], z: null }, c: 'c', d: null };
      const form = { b: { z: null, x: [1, { y: 2 }] }, c: undefined, d: 0, e: [1] };
      expect(templates.difference(before, form)).toEqual({ overrides: { d: 0, e: [1] }, removed: ['a', 'c'] });
      expect(templates.difference(before, structuredClone(before))).toEqual({ overrides: {}, removed: [] });
      const hostile = templates.difference({}, JSON.parse('{ "__proto__": { "polluted": true }, "constructor": 1 }'));
      expect(Object.keys(hostile.overrides)).toEqual(['__proto__', 'constructor']);
      expect(Object.getPrototypeOf(hostile.overrides)).toBe(Object.prototype);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      expect(() => templates.difference([] as never, {})).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    }),
  );
});
