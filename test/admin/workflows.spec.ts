// Workflows over HTTP: shown with the schema of their input, started with what it allows, audited.
import { workflow } from '../engine/cluster.js';
import { ADAPTERS, callsOf, path, STRANGE } from './admin-calls.js';

const SCHEMA = {
  type: 'object',
  properties: { lot: { type: 'string', minLength: 2 }, litres: { type: 'number', maximum: 100 } },
  required: ['lot'],
  additionalProperties: false,
};
const providers = [
  workflow('brew', (_wf, ...args: unknown[]) => args, { inputSchema: SCHEMA }),
  workflow(STRANGE, (_wf, ...args: unknown[]) => args),
];
const FAULTS = [
  { path: '/lot', message: 'is required' },
  { path: '/litres', message: 'must be <= 100' },
];

describe.each(ADAPTERS)('workflows on %s', (adapter) => {
  const calls = callsOf({ adapter, providers });
  const runs = async () => (await calls().admin.schema.pool.query('select 1 from workflow_status')).rows.length;
  const output = (runId: string) => calls().admin.workflows.getRun(runId).returnValue;

  it('are shown by name, with the schema of their input where they have one', async () => {
    const { workflows } = await calls().get('workflows');
    expect(workflows).toEqual([
      { name: 'brew', origin: 'Host.run', served: true, inputSchema: SCHEMA },
      { name: STRANGE, origin: 'Host.run', served: true },
      { name: 'orders.fulfil', origin: 'OrderWorkflows.fulfil', served: true },
      { name: 'orders.wait', origin: 'OrderWorkflows.wait', served: true },
    ]);
    for (const one of workflows) expect(await calls().get(path`workflows/${one.name}`)).toEqual(one);
    await calls().refused('GET', 'workflows/brwe', {}, 404, 'WORKFLOW_NOT_REGISTERED', {
      detail: expect.stringContaining('"brew"'),
    });
  });

  it('are started under any name, with who, why and by which request in the audit log', async () => {
    for (const name of ['brew', STRANGE]) {
      const body = { args: [{ lot: 'L7' }, 2], priority: 3 };
      const { runId } = await calls().write('POST', path`workflows/${name}/runs`, body, 'START');
      expect(await output(runId)).toEqual(body.args);
    }
  });

  it('are not started with an input that the schema does not allow; the answer tells all faults', async () => {
    const before = await runs();
    for (const args of [[{ litres: 101 }], [{ litres: 101 }, 1]])
      await calls().refused('POST', 'workflows/brew/runs', { args }, 400, 'WORKFLOW_INPUT_INVALID', {
        type: 'urn:nestjs-workflows:workflow-input-invalid',
        details: { workflow: 'brew', errors: expect.arrayContaining(FAULTS) },
      });
    for (const body of [{}, { args: [] }, { args: [null] }])
      await calls().refused('POST', 'workflows/brew/runs', body, 400, 'WORKFLOW_INPUT_INVALID', {
        details: { errors: [{ path: '', message: 'must be object' }] },
      });
    expect(await runs()).toBe(before);
  });

  it('are started without a template by the same rule, and keep where the input came from', async () => {
    const start = { template: null, overrides: { lot: 'L7' } };
    const { runId } = await calls().write('POST', 'workflows/brew/template-runs', start, 'START_WITH_TEMPLATE');
    expect(await output(runId)).toEqual([{ lot: 'L7' }]);
    for (const route of ['template-runs', 'inputs'])
      await calls().refused(
        'POST',
        `workflows/brew/${route}`,
        { template: null, overrides: { litres: 101 } },
        400,
        'WORKFLOW_INPUT_INVALID',
        { details: { errors: expect.arrayContaining(FAULTS) } },
      );
  });

  it('tell what a start would give them, and start nothing', async () => {
    const before = await runs();
    const { status, body, audit } = await calls().send('POST', 'workflows/brew/inputs', {
      template: null,
      overrides: { lot: 'L7' },
    });
    expect([status, audit]).toEqual([200, []]);
    expect(body).toEqual({ inputs: { lot: 'L7' }, template: null, enums: {}, overrides: ['lot'] });
    expect(await runs()).toBe(before);
  });

  it.each<[what: string, body: object, code: string]>([
    ['a debounce, which no start of a person has', { debounce: { key: 'k', period: '1s' } }, 'UNKNOWN_OPTION'],
    ['an actor of its own', { actor: 'eve' }, 'UNKNOWN_OPTION'],
    ['a request id of its own', { requestId: 'r' }, 'UNKNOWN_OPTION'],
    ['a version without a template', { version: 0 }, 'UNKNOWN_OPTION'],
    ['a delay that is none', { args: [{ lot: 'L7' }], delay: 'soon' }, 'INVALID_DURATION'],
    ['an empty reason', { args: [{ lot: 'L7' }], reason: ' ' }, 'INVALID_REQUEST'],
  ])('are not started with %s', async (_what, body, code) => {
    await calls().refused('POST', 'workflows/brew/runs', body, 400, code);
  });

  it.each<[what: string, body: object, code: string]>([
    ['no word of a template', { overrides: { lot: 'L7' } }, 'INVALID_REQUEST'],
    ['a template that is a number', { template: 7 }, 'INVALID_ID'],
    ['overrides that are a list', { template: null, overrides: [] }, 'INVALID_REQUEST'],
    ['a version without a template', { template: null, version: 1, overrides: { lot: 'L7' } }, 'INVALID_OPTION'],
    ['a version of 0', { template: 'batch', version: 0 }, 'INVALID_REQUEST'],
  ])('are not started with %s, nor are inputs told', async (_what, body, code) => {
    for (const route of ['template-runs', 'inputs']) await calls().refused('POST', `workflows/brew/${route}`, body, 400, code);
  });
});
