// The processes of the cluster, and the one that answers, as operators see them over HTTP.
import { hostname } from 'node:os';
import { ADAPTERS, callsOf } from './admin-calls.js';

describe.each(ADAPTERS)('the cluster on %s', (adapter) => {
  const calls = callsOf({ adapter, workflowsOptions: { version: 'release 7' } });

  it('shows its executors, and which of them answers', async () => {
    const { executors } = await calls().get('executors');
    expect(executors).toMatchObject([
      {
        executorId: expect.any(String),
        hostname: hostname(),
        pid: process.pid,
        role: 'all',
        workflows: ['orders.fulfil', 'orders.wait'],
        version: 'release 7',
        generation: 1,
        alive: true,
        isHere: true,
        graceful: null,
        retiredAt: null,
        runsOwned: 0,
        inMemoryDepth: 0,
        startedAt: expect.stringMatching(/Z$/),
      },
    ]);
  });

  it('lets the process that answers diagnose itself, without a secret', async () => {
    const diagnostics = await calls().get('diagnostics');
    expect(diagnostics).toMatchObject({
      identity: { pid: process.pid, role: 'all' },
      versions: { application: 'release 7', node: process.version, library: expect.any(String), postgres: expect.any(String) },
      schema: { name: calls().admin.schema.schema, isCurrent: true },
      lag: { oldestReady: null },
      workflows: { registered: ['orders.fulfil', 'orders.wait'] },
      maintenance: { active: false },
    });
    const { version, migrations } = diagnostics.schema;
    expect(migrations.map((one: { version: number }) => one.version)).toEqual(Array.from({ length: version }, (_, i) => i + 1));
    for (const migration of migrations)
      expect(migration).toEqual({
        version: expect.any(Number),
        name: expect.any(String),
        appliedAt: expect.stringMatching(/Z$/),
        isKnown: true,
      });
    const text = JSON.stringify(diagnostics);
    const { password, host, href } = new URL(calls().admin.schema.url);
    for (const secret of [password, host, href, 'postgres://', 'postgresql://', process.env.PATH ?? ''])
      expect({ secret, isTold: secret !== '' && text.includes(secret) }).toEqual({ secret, isTold: false });
  });

  it('has no queries', async () => {
    for (const at of ['executors', 'diagnostics']) await calls().refused('GET', `${at}?all=true`, {}, 400, 'UNKNOWN_OPTION');
  });
});
