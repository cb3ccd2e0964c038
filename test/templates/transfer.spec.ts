// Templates as documents: exported here, imported there, with the enums they need.
import type { TemplateDocument } from '../../lib/index.js';
import { withCluster } from '../engine/cluster.js';
import { audited, BATCH, brew, PHASES, saveBatch, withApp } from './template-room.js';

const EXTRAS = { ui: { columns: 2 }, description: 'a batch' };
const DOCUMENT = {
  format: 'nestjs-workflows/template',
  formatVersion: 1,
  workflow: 'brew',
  name: 'batch',
  ...EXTRAS,
  schema: BATCH.schema,
  defaults: BATCH.defaults,
  enums: [{ name: 'Phase', values: PHASES.values, description: null }],
} as unknown as TemplateDocument;
const clone = (changes: object = {}): TemplateDocument => ({ ...structuredClone(DOCUMENT), ...changes });
const phaseOf = (schema: object) => (schema as typeof BATCH.schema).properties.phase.enum;

describe('a template that is exported', () => {
  it(
    'is a plain JSON document with its enums, and without versions',
    withApp(async ({ workflows }) => {
      await saveBatch(workflows, EXTRAS);
      const document = await workflows.templates.export('brew', 'batch');
      expect(document).toEqual(DOCUMENT);
      expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    }),
  );

  it(
    'and imported into another database is equal when it is exported there',
    withApp(async ({ workflows }) => {
      await saveBatch(workflows, EXTRAS);
      const document = await workflows.templates.export('brew', 'batch');
      await withCluster(async (there) => {
        const { workflows: others } = await there.app([brew]);
        await others.templates.saveEnum({ ...PHASES, values: PHASES.values.slice(1) });
        const imported = await others.templates.import(JSON.parse(JSON.stringify(document)), { actor: 'ann', reason: 'move' });
        expect(imported).toMatchObject({ workflow: 'brew', name: 'batch', version: 1, status: 'active', createdBy: 'ann' });
        expect(phaseOf(imported.schema)).toBe('@enum:Phase:2');
        expect(JSON.stringify(await others.templates.export('brew', 'batch'))).toBe(JSON.stringify(document));
        expect((await others.resolveInputs('brew', 'batch', { lot: 'L1' })).enums).toEqual({ Phase: 2 });
        expect(await audited(there, 'TEMPLATE_IMPORT')).toMatchObject([
          { actor: 'ann', reason: 'move', after: { workflow: 'brew', template: 'batch', version: 1 } },
        ]);
      })();
    }),
  );

  it(
    'and imported again is a new version that uses the same enum, if it is active and its values are the same',
    withApp(async ({ workflows }, cluster) => {
      const { templates } = workflows;
      await saveBatch(workflows, EXTRAS);
      const document = await templates.export('brew', 'batch');
      expect(await templates.import(document)).toMatchObject({ version: 2 });
      expect(await cluster.count('param_enums')).toBe(1);
      expect(await templates.export('brew', 'batch')).toEqual(document);
      await templates.saveEnum({ ...PHASES, values: PHASES.values.slice(1) });
      expect(phaseOf((await templates.import(document)).schema)).toBe('@enum:Phase:1');
      await templates.setEnumStatus('Phase', 1, 'obsolete');
      expect(phaseOf((await templates.import(document)).schema)).toBe('@enum:Phase:3');
    }),
  );

  it(
    'may be obsolete, and its enums too, when its version is named',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await templates.saveEnum(PHASES);
      const schema = { ...BATCH.schema, properties: { ...BATCH.schema.properties, phase: { enum: '@enum:Phase:1' } } };
      await templates.save('brew', { ...BATCH, schema, ...EXTRAS });
      await templates.setEnumStatus('Phase', 1, 'obsolete');
      await templates.setStatus('brew', 'batch', 1, 'obsolete');
      await expect(templates.export('brew', 'batch')).rejects.toMatchObject({ code: 'TEMPLATE_OBSOLETE' });
      expect(await templates.export('brew', 'batch', { version: 1 })).toEqual(DOCUMENT);
    }),
  );
});

describe('a document', () => {
  it(
    'without an enum uses that of the database, and is refused where there is none',
    withApp(async ({ workflows }) => {
      const { templates } = workflows;
      await expect(templates.import(clone({ enums: [] }))).rejects.toMatchObject({ code: 'TEMPLATE_ENUM_NOT_FOUND' });
      await templates.saveEnum(PHASES);
      expect(phaseOf((await templates.import(clone({ enums: [] }))).schema)).toBe('@enum:Phase');
    }),
  );

  it(
    'that can not be used is refused, and leaves nothing, no enum either',
    withApp(async ({ workflows }, cluster) => {
      const phase = (changes: object) => [{ ...PHASES, ...changes }];
      const cases: Array<[unknown, string]> = [
        [null, 'TEMPLATE_DOCUMENT_INVALID'],
        ['{}', 'TEMPLATE_DOCUMENT_INVALID'],
        [[], 'TEMPLATE_DOCUMENT_INVALID'],
        [clone({ format: 'other' }), 'TEMPLATE_DOCUMENT_INVALID'],
        [clone({ formatVersion: 2 }), 'TEMPLATE_DOCUMENT_INVALID'],
        [clone({ enums: {} }), 'TEMPLATE_DOCUMENT_INVALID'],
        [clone({ enums: [...DOCUMENT.enums, ...DOCUMENT.enums] }), 'TEMPLATE_DOCUMENT_INVALID'],
        [clone({ enums: phase({ name: 'Colour' }) }), 'TEMPLATE_DOCUMENT_INVALID'],
        [clone({ version: 3 }), 'UNKNOWN_OPTION'],
        [clone({ workflow: '' }), 'INVALID_ID'],
        [clone({ name: undefined }), 'INVALID_ID'],
        [clone({ schema: { type: 'string' } }), 'TEMPLATE_SCHEMA_INVALID'],
        [clone({ schema: { ...BATCH.schema, required: ['lots'] } }), 'TEMPLATE_SCHEMA_INVALID'],
        [clone({ defaults: { phase: 'melt' } }), 'TEMPLATE_INPUT_INVALID'],
        [clone({ defaults: { fase: 'heat' } }), 'TEMPLATE_KEY_UNKNOWN'],
        [clone({ ui: [] }), 'INVALID_OPTION'],
        [clone({ enums: phase({ values: [] }) }), 'INVALID_OPTION'],
        [clone({ enums: phase({ version: 1 }) }), 'UNKNOWN_OPTION'],
        [clone({ enums: [null] }), 'INVALID_OPTION'],
      ];
      const found = [];
      for (const [document] of cases)
        found.push(
          await workflows.templates.import(document as TemplateDocument).then(
            () => 'imported',
            (error) => error.code,
          ),
        );
      expect(found).toEqual(cases.map(([, code]) => code));
      expect([await cluster.count('param_templates'), await cluster.count('param_enums')]).toEqual([0, 0]);
    }),
  );
});
