import { join } from 'node:path';
import { ChildScript } from '../support/child-process.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';

const script = join(import.meta.dirname, 'host-process.ts');

describe('a process with workflows', () => {
  let schema: TestSchema;
  let child: ChildScript;
  const run = (mode: string, options: object = {}) => {
    const { url, schema: name } = schema;
    child = new ChildScript(script, { args: [mode, JSON.stringify({ url, schema: name, ...options })] });
    return child;
  };
  /** Resolves with the exit, and with how long it took from now. */
  const ended = async () => {
    const began = performance.now();
    const exit = await child.exit;
    return { ...exit, took: performance.now() - began };
  };
  beforeEach(async () => {
    schema = await createTestSchema();
  });
  afterEach(async () => {
    await child.dispose();
    await schema.dispose();
  });

  it.each([
    ['with runs, some of them asleep', 'close', {}],
    ['that closes directly after its boot', 'close-at-once', {}],
    ['without notifications', 'close', { notifications: false }],
    ['that only starts runs', 'close-at-once', { role: 'client' }],
  ])('%s ends by itself after app.close()', async (_, mode, options) => {
    run(mode, options);
    await child.waitForLine('closed');
    const { code, signal, took } = await ended();
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(took).toBeLessThan(2_000);
    expect(child.stderr).toBe('');
  });

  it('stays up as long as nobody closes it', async () => {
    run('stay');
    await child.waitForLine('ready');
    const outcome = await Promise.race([
      child.exit,
      new Promise((resolve) => {
        setTimeout(resolve, 1_500, 'still there');
      }),
    ]);
    expect(outcome).toBe('still there');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('that enables shutdown hooks drains at %s and dies of it', async (signal) => {
    run('signal', { leaseDuration: '60s' });
    await child.waitForLine('step begins');
    child.kill(signal);
    const { code, signal: died } = await ended();
    expect({ code, died }).toEqual({ code: null, died: signal });
    expect(child.lines).toEqual(['ready', 'step begins', 'step ends']);
    const { rows } = await schema.pool.query(
      `select r.status, r.recovery_attempts, (select array_agg(o.name) from operation_outputs o) recorded from workflow_status r`,
    );
    expect(rows).toEqual([{ status: 'ENQUEUED', recovery_attempts: 0, recorded: ['work'] }]);
    const { rows: executors } = await schema.pool.query('select alive from executors');
    expect(executors).toEqual([{ alive: false }]);
  });

  it('whose boot fails at the schema ends by itself', async () => {
    run('fail', { migrate: 'verify' });
    await child.waitForLine('boot failed: SCHEMA_NOT_MIGRATED');
    const { code, took } = await ended();
    expect(code).toBe(0);
    expect(took).toBeLessThan(2_000);
  });

  it('whose boot fails when it registers ends by itself', async () => {
    // There are no tables, and nobody looked.
    run('fail', { migrate: 'off' });
    await child.waitForLine('boot failed');
    const { code, took } = await ended();
    expect(code).toBe(0);
    expect(took).toBeLessThan(3_000);
  });

  it('whose boot fails at an option of another kind ends by itself', async () => {
    run('fail', { workflows: ['no-such-workflow'] });
    await child.waitForLine('boot failed: WORKFLOW_NOT_REGISTERED');
    const { code, took } = await ended();
    expect(code).toBe(0);
    expect(took).toBeLessThan(2_000);
  });
});
