// What a workflow says of its first argument: refused at boot when it can't be used, shown, and held to where people start.

import { WorkflowRegistry } from '../../lib/engine/workflow-registry.js';
import { loadAjv } from '../../lib/operations/templates/ajv-loader.js';
import { checkInputSchema, InputSchemas } from '../../lib/operations/templates/input-schemas.js';
import { SchemaCompiler } from '../../lib/operations/templates/schema-compiler.js';
import { type Cluster, type ClusterApp, withCluster, workflow } from '../engine/cluster.js';

const SCHEMA = {
  type: 'object',
  properties: { lot: { type: 'string', minLength: 2 }, litres: { type: 'number', maximum: 100 }, tags: { type: 'array' } },
  required: ['lot'],
  additionalProperties: false,
};

const brew = workflow('brew', (_wf, ...args: unknown[]) => args, { inputSchema: SCHEMA });
const rinse = workflow('rinse', (_wf, ...args: unknown[]) => args);
const count = workflow('count', (_wf, n: number) => n, { inputSchema: { type: 'integer', minimum: 1 } });

const withApp = (test: (app: ClusterApp, cluster: Cluster) => Promise<void>) =>
  withCluster(async (cluster) => test(await cluster.app([brew, rinse, count]), cluster));

const BAD = { litres: 101, lots: 1 };
const FAULTS = [
  { path: '/lot', message: 'is required' },
  { path: '/lots', message: 'is not a property that the schema allows' },
  { path: '/litres', message: 'must be <= 100' },
];
const REFUSAL = {
  code: 'WORKFLOW_INPUT_INVALID',
  message: expect.stringContaining('"brew"'),
  details: { workflow: 'brew', errors: expect.arrayContaining(FAULTS) },
};

describe('the input schema of a workflow', () => {
  it(
    'is shown with the workflow, as a copy that nobody can change',
    withApp(async ({ workflows }) => {
      expect(workflows.listWorkflows()).toMatchObject([{ name: 'brew' }, { name: 'count' }, { name: 'rinse' }]);
      expect(workflows.findWorkflow('brew').inputSchema).toEqual(SCHEMA);
      expect(Object.keys(workflows.findWorkflow('rinse'))).toEqual(['name', 'origin', 'served']);
      const { inputSchema } = workflows.findWorkflow('brew');
      expect(() => Object.assign(inputSchema?.properties as object, { more: {} })).toThrow(TypeError);
      expect(() => workflows.findWorkflow('brwe')).toThrow(expect.objectContaining({ code: 'WORKFLOW_NOT_REGISTERED' }));
    }),
  );

  it(
    'is asked by checkInput, which tells all faults, of a value of any type',
    withApp(async ({ workflows }) => {
      await workflows.checkInput('brew', { lot: 'L7' });
      await workflows.checkInput('rinse', BAD);
      await workflows.checkInput('count', 7);
      await expect(workflows.checkInput('brew', BAD)).rejects.toMatchObject(REFUSAL);
      await expect(workflows.checkInput('brew', undefined)).rejects.toMatchObject({
        details: { errors: [{ path: '', message: 'must be object' }] },
      });
      await expect(workflows.checkInput('count', 0)).rejects.toMatchObject({ code: 'WORKFLOW_INPUT_INVALID' });
      await expect(workflows.checkInput('brwe', {})).rejects.toMatchObject({ code: 'WORKFLOW_NOT_REGISTERED' });
    }),
  );

  it(
    'holds for inputs and starts without a template, and starts nothing that it does not allow',
    withApp(async ({ workflows }, cluster) => {
      await expect(workflows.resolveInputs('brew', null, BAD)).rejects.toMatchObject(REFUSAL);
      await expect(workflows.startWithTemplate('brew', null, BAD)).rejects.toMatchObject(REFUSAL);
      await expect(workflows.startWithTemplate('brew', null, { lot: new Date(0) })).rejects.toMatchObject({
        code: 'WORKFLOW_INPUT_INVALID',
        details: { errors: [{ path: '/lot', message: expect.stringContaining('must be JSON') }] },
      });
      expect(await cluster.count('workflow_status')).toBe(0);
      const run = await workflows.startWithTemplate('brew', null, { lot: 'L7', litres: undefined });
      expect(await run.returnValue).toEqual([{ lot: 'L7' }]);
      const free = await workflows.startWithTemplate('rinse', null, { at: new Date(0) });
      expect(await free.returnValue).toEqual([{ at: new Date(0) }]);
    }),
  );

  it(
    'starts what was checked, whatever becomes of it meanwhile',
    withApp(async ({ workflows }) => {
      const order = { lot: 'L7', litres: 1, tags: ['a'] };
      const resolving = workflows.resolveInputs('brew', null, order);
      order.litres = 1_000;
      const { inputs } = await resolving;
      order.tags.push('b');
      expect(inputs).toEqual({ lot: 'L7', litres: 1, tags: ['a'] });
    }),
  );

  it(
    'is not looked at by starts from code',
    withApp(async ({ workflows }) => {
      expect(await (await workflows.start('brew', [BAD])).returnValue).toEqual([BAD]);
    }),
  );
});

describe('an input schema that can not be used', () => {
  const unusable: Array<[what: string, inputSchema: unknown, path: string]> = [
    ['is no object', 'object', 'the whole'],
    ['is a list', [], 'the whole'],
    ['is null', null, 'the whole'],
    ['is a class instance', new Map(), 'the whole'],
    ['holds a function', { type: 'object', default: () => 1 }, '/default'],
    ['has an unknown keyword', { typ: 'object' }, '/typ'],
    ['leads outside', { $ref: 'https://example.com/order.json' }, '/$ref'],
    ['refers to an enum', { enum: '@enum:Phase' }, 'an enum'],
    ['has a pattern that is none', { type: 'string', pattern: '(' }, '/pattern'],
    ['names a type that is none', { type: 'objekt' }, '/type'],
    ['has a minimum that is no number', { properties: { a: { minimum: 'x' } } }, '/properties/a/minimum'],
  ];
  it.each(unusable)('because it %s, stops the boot, and says where', (_what, inputSchema, path) =>
    withCluster(async (cluster) => {
      const booting = cluster.app([workflow('brew', () => 1, { inputSchema: inputSchema as object })]);
      await expect(booting).rejects.toMatchObject({
        code: 'INPUT_SCHEMA_INVALID',
        message: expect.stringContaining('"brew"'),
        details: { workflow: 'brew', path },
      });
    })(),
  );
});

describe('without the package ajv', () => {
  const schemasOf = (load: () => Promise<never>, warnings: string[]) => {
    const registry = new WorkflowRegistry();
    const inputSchema = checkInputSchema('brew', SCHEMA);
    registry.register({ name: 'brew', origin: 'Host.run', invoke: () => 1, maxRecoveryAttempts: 1, inputSchema });
    const logger = { debug: () => {}, log: () => {}, error: () => {}, warn: (text: string) => warnings.push(text) };
    const compiler = new SchemaCompiler((dialect) => loadAjv(dialect, load));
    return new InputSchemas(registry, compiler, logger);
  };
  const missing = () => Promise.reject(Object.assign(new Error('no ajv'), { code: 'ERR_MODULE_NOT_FOUND' }));

  it('the application boots, the log says what is not checked, and anything goes', async () => {
    const warnings: string[] = [];
    const schemas = schemasOf(missing, warnings);
    await schemas.compile();
    expect(warnings).toEqual([expect.stringMatching(/brew.*npm install ajv/)]);
    await schemas.check('brew', BAD);
    expect(await schemas.checked('brew', BAD)).toBe(BAD);
  });

  it('another failure to load it is not taken for that', async () => {
    const schemas = schemasOf(() => Promise.reject(new Error('broken')), []);
    await expect(schemas.compile()).rejects.toThrow('broken');
    await expect(schemas.check('brew', {})).rejects.toThrow('broken');
  });
});
