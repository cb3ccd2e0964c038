// What the sample brings for the start page: templates that are saved once, and an input schema.
import { join } from 'node:path';
import type { WorkflowsClient } from '../../lib/http-client/index.js';
import { ChildScript } from '../support/child-process.js';
import { eventually } from '../support/eventually.js';
import { BuiltSampleApp, TOKEN } from './built-sample-app.js';
import { operatorClient } from './operator-client.js';

const INPUT = { paramOne: 'BATCH-001', paramTwo: 'AUTO' };
const BATCH = { id: 'BATCH-017', rinse: true, reactMs: 0, vessel: { celsius: 60, rpm: 40 }, dueOn: '2999-12-31' };

describe('the start forms of the sample', () => {
  let app: BuiltSampleApp;
  let client: WorkflowsClient;

  beforeAll(async () => {
    app = await BuiltSampleApp.build();
    await app.start();
    client = await operatorClient(app, 'ann', TOKEN);
  }, 60_000);

  afterAll(() => app?.dispose());

  const versions = async () => {
    const { templates } = await client.templates.list();
    const { enums } = await client.enums.list();
    return [...templates.map(({ workflow, ...rest }) => ({ ...rest, name: `${workflow} ${rest.name}` })), ...enums].map(
      ({ name, version, status }) => `${name} ${version} ${status}`,
    );
  };

  const begin = (name: string, template: string | null, overrides: object, options = {}) =>
    client.workflows.startWithTemplate(name, { template, overrides }, options);

  it('are there after the first boot', async () => {
    expect(await versions()).toEqual([
      'batch.run standard 1 active',
      'demo.commands_60s default 1 active',
      'Mode 1 active',
      'Recipe 1 active',
    ]);
  });

  it('start the demo of the operators, whose log grows while it runs', async () => {
    const options = { queue: 'default', partitionKey: 'line-1/reactor-a', timeout: '180s' };
    const { runId } = await begin('demo.commands_60s', 'default', INPUT, options);
    const { run } = await client.runs.find(runId);
    expect(run).toMatchObject({
      ...{ queue: 'default', partitionKey: 'line-1/reactor-a', timeoutMs: 180_000 },
      input: [{ ...INPUT, seconds: 60, cleanupSeconds: 3 }],
      provenance: { template: 'default', version: 1, actor: 'ann' },
    });

    const log = async () =>
      (await client.runs.chunks(runId, 'log')).chunks.map(({ value }) => (value as { message: string }).message);
    const grows = async () => {
      const before = (await log()).length;
      await eventually(async () => expect((await log()).length).toBeGreaterThan(before));
    };
    const phases = async () =>
      (await client.runs.eventHistory(runId)).events.filter(({ key }) => key === 'phase.state').map(({ value }) => value);
    await eventually(async () => expect(await phases()).toEqual(['RUNNING']));
    await grows();
    await grows();
    await client.runs.command(runId, 'STOP', { reason: 'operator stop' });
    await eventually(async () => expect(await phases()).toEqual(['RUNNING', 'CLEANING', 'CLEANED']));
    const lines = await log();
    const parts = ['valve', 'line', 'vessel'].map((part) => `BATCH-001: cleaned the ${part}`);
    expect(lines.slice(-parts.length)).toEqual(parts);
    const chunks = lines.slice(0, -parts.length);
    expect(chunks).toEqual(chunks.map((_, i) => `BATCH-001: chunk ${i + 1} of 60`));
  }, 30_000);

  it('start a batch with all that the recipe says', async () => {
    const { runId } = await begin('batch.run', 'standard', BATCH, { partitionKey: 'line-1/reactor-a' });
    await eventually(async () => {
      const { run } = await client.runs.find(runId);
      expect(run).toMatchObject({ status: 'SUCCESS', queue: 'reactors', output: { recipe: 'Resin 7', isLate: false } });
    });
    const { steps } = await client.runs.steps(runId);
    expect(steps.map(({ name }) => name)).toEqual(['batch.charge', 'sleep', 'batch.discharge', 'batch.rinse']);
    expect(app.lines.join('\n')).toContain(
      'BATCH-017: line-1/reactor-a is charged for Resin 7 with 420 kg Monomer, 38.5 kg Hardener, at 60 °C and 40 turns a minute.',
    );
  });

  it('refuse what the workflow could not do', async () => {
    const refused = { status: 400, code: 'TEMPLATE_INPUT_INVALID' };
    await expect(begin('demo.commands_60s', 'default', { ...INPUT, paramTwo: 'SERVICE' })).rejects.toMatchObject(refused);
    await expect(begin('batch.run', 'standard', { ...BATCH, id: '17' })).rejects.toMatchObject(refused);
    await expect(begin('batch.run', 'standard', { ...BATCH, vessel: { celsius: 400, rpm: 0 } })).rejects.toMatchObject(refused);
    await expect(begin('batch.run', 'standard', { ...BATCH, dueOn: 'soon' })).rejects.toMatchObject(refused);
    const { workflows } = await client.workflows.list();
    expect(workflows.find(({ name }) => name === 'stories.write')).toMatchObject({ inputSchema: { title: 'A story' } });
    const story = client.workflows.start('stories.write', [{ topic: '', paceMs: 1 }]);
    await expect(story).rejects.toMatchObject({ status: 400, code: 'WORKFLOW_INPUT_INVALID' });
  });

  it('are left alone by later boots', async () => {
    await client.templates.setStatus('batch.run', 'standard', 1, 'obsolete', { reason: 'A new recipe book' });
    await client.templates.copy('demo.commands_60s', 'default', { toWorkflow: 'demo.commands_60s' });
    const before = await versions();
    expect(before).toContain('batch.run standard 1 obsolete');
    expect(before).toContain('demo.commands_60s default 2 active');
    await app.end('SIGINT');
    await app.start();
    client = await operatorClient(app, 'ann', TOKEN);
    expect(await versions()).toEqual(before);
  });

  it('are saved once when two processes boot at once', async () => {
    for (const { workflow, name } of (await client.templates.list()).templates) await client.templates.delete(workflow, name);
    for (const { name } of (await client.enums.list()).enums) await client.enums.delete(name);
    await app.end('SIGINT');
    const { url, schema, pool } = app.schema;
    const gate = await pool.connect();
    // Both may see that there is none, and nobody may save.
    await gate.query('begin; lock table param_enums in exclusive mode');
    const twin = new ChildScript(join(app.folder, 'dist/sample-app/main.js'), {
      cwd: app.folder,
      env: { DATABASE_URL: url, WORKFLOWS_SCHEMA: schema, PORT: '0', OPERATOR_TOKEN: TOKEN },
    });
    try {
      const booted = Promise.all([app.start(), twin.waitForLine(/listens on http/)]);
      await eventually(async () => {
        const { rows } = await pool.query(
          `select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock' and application_name like '%' || $1`,
          [schema],
        );
        expect(rows).toEqual([{ waiting: 2 }]);
      }).finally(() => gate.query('commit'));
      await booted;
    } finally {
      gate.release();
      await twin.dispose();
    }
    client = await operatorClient(app, 'ann', TOKEN);
    const names = (await versions()).map((version) => version.replace(/ \d+ active$/, ''));
    expect(names).toEqual(['batch.run standard', 'demo.commands_60s default', 'Mode', 'Recipe']);
  }, 30_000);
});
