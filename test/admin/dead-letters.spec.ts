// Runs that the database refused, over HTTP: listed without their arguments, started after all, thrown away.
import { WorkflowsAdminModule } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { BearerGuard } from './admin-app.js';
import { ADAPTERS, callsOf, path } from './admin-calls.js';

const SECRET = 'canary-77';
const HIDING = { 'x-hides': '1' };

const imports = [
  WorkflowsAdminModule.forRoot({
    path: 'ops',
    guards: [BearerGuard],
    access: (request) =>
      (request as { headers: Record<string, string> }).headers['x-hides'] === '1' ? { actions: [], payloads: false } : 'all',
  }),
];

describe.each(ADAPTERS)('dead letters on %s', (adapter) => {
  const calls = callsOf({ adapter, imports });
  const letters = async () => (await calls().get('dead-letters')).letters;
  const constrain = (change: string) => calls().admin.schema.pool.query(`alter table workflow_status ${change}`);

  /** Runs that the database refuses as long as it is not cured, the first of them first. */
  async function poisoned(count: number): Promise<string[]> {
    const { workflows } = calls().admin;
    const before = workflows.inMemory.deadLetters;
    await constrain(`add constraint poisoned check (input is null or input not like '%${SECRET}%') not valid`);
    const runIds: string[] = [];
    for (let i = 0; i < count; i++) {
      const result = workflows.enqueueInMemory('orders.fulfil', [SECRET]);
      if (result.accepted) runIds.push(result.runId);
      await eventually(() => expect(workflows.inMemory.deadLetters).toBe(before + i + 1));
    }
    return runIds;
  }
  const cure = () => constrain('drop constraint poisoned');

  it('are listed newest first, in pages, without arguments', async () => {
    const runIds = await poisoned(3);
    await cure();
    const found = await letters();
    expect(found.map((letter: { runId: string }) => letter.runId)).toEqual([...runIds].reverse());
    expect(found[0]).toEqual({
      runId: runIds[2],
      workflowName: 'orders.fulfil',
      queue: 'default',
      reason: expect.stringContaining('poisoned'),
      attempts: 3,
      deadAt: expect.stringMatching(/Z$/),
    });
    expect(JSON.stringify(found)).not.toContain(SECRET);
    const first = await calls().get('dead-letters?limit=2');
    const rest = await calls().get(path`dead-letters?limit=2&cursor=${first.nextCursor}`);
    expect([...first.letters, ...rest.letters]).toEqual(found);
    expect(rest).not.toHaveProperty('nextCursor');
    const hidden = await calls().get('dead-letters', HIDING);
    expect(hidden.letters[0]).toMatchObject({ runId: runIds[2], reason: { hidden: true } });
    for (const runId of runIds) await calls().write('POST', `dead-letters/${runId}/discard`, {}, 'DEAD_LETTER_DISCARD');
  });

  it('are started after all under their own id, once', async () => {
    const [runId = ''] = await poisoned(1);
    await calls().refused('POST', `dead-letters/${runId}/replay`, {}, 409, 'DEAD_LETTER_REPLAY_FAILED');
    await cure();
    const replayed = await calls().write('POST', `dead-letters/${runId}/replay`, {}, 'DEAD_LETTER_REPLAY');
    expect(replayed).toEqual({ replayed: true });
    expect(await calls().admin.workflows.getRun(runId).returnValue).toBe(SECRET);
    expect(await calls().send('POST', `dead-letters/${runId}/replay`)).toMatchObject({ body: { replayed: false }, audit: [] });
    expect(await letters()).toEqual([]);
  });

  it('are thrown away, once', async () => {
    const [runId = ''] = await poisoned(1);
    await cure();
    const discarded = await calls().write('POST', `dead-letters/${runId}/discard`, {}, 'DEAD_LETTER_DISCARD');
    expect(discarded).toEqual({ discarded: true });
    expect(await calls().send('POST', `dead-letters/${runId}/discard`)).toMatchObject({ body: { discarded: false }, audit: [] });
    expect(await letters()).toEqual([]);
  });

  it.each([
    ['GET', 'dead-letters?limit=501', 'INVALID_REQUEST'],
    ['GET', 'dead-letters?cursor=x', 'INVALID_OPTION'],
    ['POST', `dead-letters/${'x'.repeat(99)}%00/replay`, 'INVALID_ID'],
  ])('refuse %s %s', (method, at, code) => calls().refused(method, at, {}, 400, code));
});
