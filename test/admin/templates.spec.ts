// Templates and enums over HTTP: saved, expanded, started with, made obsolete, copied, carried, deleted; every change audited.
import { BATCH, brew, PHASES, rinse } from '../templates/template-room.js';
import { ADAPTERS, callsOf, path, STRANGE } from './admin-calls.js';

describe.each(ADAPTERS)('templates on %s', (adapter) => {
  const calls = callsOf({ adapter, providers: [brew, rinse] });
  const output = (runId: string) => calls().admin.workflows.getRun(runId).returnValue;

  beforeAll(async () => {
    const saved = await calls().write('POST', 'enums', PHASES, 'ENUM_SAVE');
    expect(saved).toMatchObject({ name: 'Phase', version: 1, status: 'active', createdBy: 'ann', values: PHASES.values });
    const template = await calls().write('POST', 'templates', { workflow: 'brew', ...BATCH }, 'TEMPLATE_SAVE');
    expect(template).toMatchObject({ workflow: 'brew', name: 'batch', version: 1, schema: BATCH.schema, createdBy: 'ann' });
  });

  it('are found, expanded for a form, and listed without their schemas', async () => {
    const found = await calls().get('templates/brew/batch');
    expect(found).toMatchObject({ version: 1, schema: BATCH.schema, defaults: BATCH.defaults });
    expect(found).not.toHaveProperty('expanded');
    expect(await calls().get('templates/brew/batch?version=1&expand=true')).toMatchObject({
      enums: { Phase: 1 },
      expanded: { properties: { phase: { enum: ['heat', 'cool'], 'x-options': PHASES.values } } },
    });
    const { templates } = await calls().get('templates?workflow=brew&status=active&latestOnly=true');
    expect(templates).toEqual([
      {
        workflow: 'brew',
        name: 'batch',
        version: 1,
        status: 'active',
        description: null,
        createdBy: 'ann',
        createdAt: expect.any(String),
      },
    ]);
  });

  it('are paged, each version once', async () => {
    for (let i = 0; i < 5; i++)
      await calls().write('POST', 'templates', { ...BATCH, workflow: 'rinse', name: `paged ${i}` }, 'TEMPLATE_SAVE');
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const query: string = cursor === undefined ? '' : path`&cursor=${cursor}`;
      const page = await calls().get(`templates?workflow=rinse&limit=2${query}`);
      names.push(...page.templates.map(({ name }: { name: string }) => name));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(names).toEqual([0, 1, 2, 3, 4].map((i) => `paged ${i}`));
  });

  it('start runs with their defaults and what is given over them, and say beforehand what that is', async () => {
    const given = { template: 'batch', overrides: { lot: 'L7', phase: 'cool' } };
    const inputs = { lot: 'L7', phase: 'cool', litres: 10 };
    const { body, audit } = await calls().send('POST', 'workflows/brew/inputs', given);
    expect(audit).toEqual([]);
    expect(body).toEqual({ inputs, template: { name: 'batch', version: 1 }, enums: { Phase: 1 }, overrides: ['lot', 'phase'] });
    const { runId } = await calls().write('POST', 'workflows/brew/template-runs', given, 'START_WITH_TEMPLATE');
    expect(await output(runId)).toEqual([inputs]);
    expect((await calls().get(`runs/${runId}`)).run).toMatchObject({
      provenance: { template: 'batch', version: 1, overrides: ['lot', 'phase'], actor: 'ann' },
    });
  });

  it('refuse values with all faults, and start nothing', async () => {
    const given = { template: 'batch', overrides: { lot: 'x', phase: 'freeze', litres: 0 } };
    for (const route of ['template-runs', 'inputs'])
      await calls().refused('POST', `workflows/brew/${route}`, given, 400, 'TEMPLATE_INPUT_INVALID', {
        details: {
          errors: expect.arrayContaining([
            { path: '/lot', message: expect.any(String) },
            { path: '/phase', message: 'must be one of "heat", "cool"' },
            { path: '/litres', message: 'must be >= 1' },
          ]),
        },
      });
    await calls().refused(
      'POST',
      'workflows/brew/template-runs',
      { template: 'batch', overrides: { lots: 1 } },
      400,
      'TEMPLATE_KEY_UNKNOWN',
    );
    await calls().refused('POST', 'workflows/brew/template-runs', { template: 'bach' }, 404, 'TEMPLATE_NOT_FOUND');
  });

  it('under strange names are saved, copied, made obsolete and active again, and deleted', async () => {
    const { version } = await calls().write(
      'POST',
      path`templates/${'brew'}/${'batch'}/copy`,
      { toWorkflow: STRANGE, newName: STRANGE },
      'TEMPLATE_COPY',
    );
    const at = path`templates/${STRANGE}/${STRANGE}`;
    expect(await calls().get(at)).toMatchObject({ workflow: STRANGE, name: STRANGE, version, defaults: BATCH.defaults });
    const status = (word: string) => ({ status: word });
    const statusAt = `${at}/${version}/status`;
    expect(await calls().write('PUT', statusAt, status('obsolete'), 'TEMPLATE_STATUS')).toEqual({ changed: true });
    expect((await calls().send('PUT', statusAt, status('obsolete'))).body).toEqual({ changed: false });
    await calls().refused('GET', at, {}, 409, 'TEMPLATE_OBSOLETE');
    expect(await calls().get(`${at}?version=${version}`)).toMatchObject({ status: 'obsolete' });
    expect(await calls().write('PUT', statusAt, status('active'), 'TEMPLATE_STATUS')).toEqual({ changed: true });
    expect(await calls().write('DELETE', at, {}, 'TEMPLATE_DELETE')).toEqual({ deleted: 1 });
    expect((await calls().send('DELETE', at)).body).toEqual({ deleted: 0 });
    await calls().refused('GET', at, {}, 404, 'TEMPLATE_NOT_FOUND');
  });

  it('that are obsolete start nothing', async () => {
    const obsolete = { ...BATCH, workflow: 'brew', name: 'old' };
    await calls().write('POST', 'templates', obsolete, 'TEMPLATE_SAVE');
    await calls().write('PUT', 'templates/brew/old/1/status', { status: 'obsolete' }, 'TEMPLATE_STATUS');
    for (const more of [{}, { version: 1 }])
      await calls().refused(
        'POST',
        'workflows/brew/template-runs',
        { template: 'old', overrides: { lot: 'L7' }, ...more },
        409,
        'TEMPLATE_OBSOLETE',
      );
  });

  it('lose one version, or all, as it is asked', async () => {
    const saved = { ...BATCH, workflow: 'brew', name: 'many' };
    for (let i = 0; i < 3; i++) await calls().write('POST', 'templates', saved, 'TEMPLATE_SAVE');
    expect(await calls().write('DELETE', 'templates/brew/many', { version: 2 }, 'TEMPLATE_DELETE')).toEqual({ deleted: 1 });
    const { templates } = await calls().get('templates?name=many');
    expect(templates.map(({ version }: { version: number }) => version)).toEqual([1, 3]);
    const { status, body } = await calls().send('DELETE', 'templates/brew/many', {});
    expect([status, body]).toEqual([200, { deleted: 2 }]);
  });

  it('travel as documents with their enums', async () => {
    const document = await calls().get('templates/brew/batch/document');
    expect(document).toMatchObject({ name: 'batch', workflow: 'brew', enums: [{ name: 'Phase', values: PHASES.values }] });
    expect(await calls().write('POST', 'templates/import', { document }, 'TEMPLATE_IMPORT')).toMatchObject({
      workflow: 'brew',
      name: 'batch',
      version: 2,
    });
    await calls().refused(
      'POST',
      'templates/import',
      { document: { ...document, format: 'x' } },
      400,
      'TEMPLATE_DOCUMENT_INVALID',
    );
    await calls().refused('POST', 'templates/import', {}, 400, 'INVALID_REQUEST');
  });

  it('refer to enums that are listed, found, made obsolete and deleted under their names', async () => {
    const name = STRANGE.replaceAll(':', '');
    const values = [{ label: 'One', value: 1 }];
    for (const version of [1, 2])
      expect(await calls().write('POST', 'enums', { name, values }, 'ENUM_SAVE')).toMatchObject({ name, version });
    const { enums } = await calls().get(path`enums?name=${name}`);
    expect(enums).toMatchObject([
      { name, version: 1, status: 'active' },
      { name, version: 2, status: 'active' },
    ]);
    const at = path`enums/${name}`;
    expect(await calls().get(`${at}?version=1`)).toMatchObject({ name, version: 1, values });
    expect(await calls().write('PUT', `${at}/2/status`, { status: 'obsolete' }, 'ENUM_STATUS')).toEqual({ changed: true });
    expect(await calls().get(at)).toMatchObject({ version: 1 });
    expect(await calls().write('DELETE', at, { version: 1 }, 'ENUM_DELETE')).toEqual({ deleted: 1 });
    await calls().refused('GET', at, {}, 409, 'TEMPLATE_ENUM_OBSOLETE');
    expect((await calls().send('DELETE', at, {})).body).toEqual({ deleted: 1 });
    await calls().refused('GET', at, {}, 404, 'TEMPLATE_ENUM_NOT_FOUND');
  });

  it.each<[method: string, path: string, body: object, status: number, code: string]>([
    ['POST', 'templates', { ...BATCH }, 400, 'INVALID_REQUEST'],
    ['POST', 'templates', { ...BATCH, workflow: 'brew', schema: { type: 'array' } }, 400, 'TEMPLATE_SCHEMA_INVALID'],
    ['POST', 'templates', { ...BATCH, workflow: 'brew', defaults: { litres: -1 } }, 400, 'TEMPLATE_INPUT_INVALID'],
    ['POST', 'templates', { ...BATCH, workflow: 'brew', versions: 1 }, 400, 'UNKNOWN_OPTION'],
    ['POST', 'enums', { name: 'E', values: [] }, 400, 'INVALID_OPTION'],
    ['POST', 'enums', { name: 'a:b', values: [{ label: 'x', value: 1 }] }, 400, 'INVALID_ID'],
    ['PUT', 'templates/brew/batch/1/status', { status: 'gone' }, 400, 'TEMPLATE_STATUS_UNKNOWN'],
    ['PUT', 'templates/brew/batch/one/status', { status: 'active' }, 400, 'INVALID_REQUEST'],
    ['PUT', 'templates/brew/batch/99/status', { status: 'active' }, 404, 'TEMPLATE_NOT_FOUND'],
    ['GET', 'templates/brew/batch?version=0', {}, 400, 'INVALID_REQUEST'],
    ['GET', 'templates?limit=501', {}, 400, 'INVALID_REQUEST'],
    ['GET', 'templates?cursor=x', {}, 400, 'INVALID_OPTION'],
    ['GET', 'templates?status=gone', {}, 400, 'TEMPLATE_STATUS_UNKNOWN'],
    ['POST', 'templates/brew/nobody/copy', { toWorkflow: 'rinse' }, 404, 'TEMPLATE_NOT_FOUND'],
  ])('refuse %s %s %j', (method, at, body, status, code) => calls().refused(method, at, body, status, code));
});
