// What a run was given and gave back is shown to nobody who may not see payloads, by no route: every read is asked, streams included, for runs
// that hold a secret wherever a run can hold one.
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ADMIN_ACTIONS, type AdminAccess } from '../../lib/admin/access/admin-access.js';
import { Step, Workflow, WorkflowContext, WorkflowsAdminModule } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { type AdminApp, BearerGuard, CREDENTIALS, JSON_TYPE, startAdminApp } from './admin-app.js';
import { byLabel, type DeclaredRoute, pathOf, READS } from './every-route.js';

const SECRET = 'canary-5f3a';

@Injectable()
class SecretWorkflows {
  constructor(private readonly wf: WorkflowContext) {}

  @Workflow({ name: 'secret.waits' })
  async waits(input: unknown): Promise<void> {
    await this.wf.setEvent('phase', { of: SECRET });
    await this.wf.setEvent('phase', { again: SECRET });
    await this.step();
    await this.fails().catch(() => undefined);
    await this.wf.progress(SECRET, { percent: 1 });
    await this.returns(input);
    await this.wf.receive('never');
  }

  @Workflow({ name: 'secret.returns' })
  async returns(input: unknown): Promise<unknown> {
    return input;
  }

  @Workflow({ name: 'secret.throws' })
  async throws(): Promise<void> {
    throw new Error(SECRET);
  }

  @Step({ name: 'secret.step' })
  async step(): Promise<string> {
    return SECRET;
  }

  @Step({ name: 'secret.fails', retry: { maxAttempts: 2, initialInterval: 0 } })
  async fails(): Promise<void> {
    throw new Error(SECRET);
  }
}

/** As the letter of a run keeps it. */
const storedRun = (runId: string) => ({
  run: runId,
  name: 'secret.returns',
  queue: 'default',
  priority: 0,
  input: JSON.stringify([SECRET]),
  max_recovery: 10,
  delay: 0,
});

const access = (request: unknown): AdminAccess =>
  JSON.parse((request as { headers: Record<string, string> }).headers['x-role'] ?? '"all"');

describe.each(['express', 'fastify'] as const)('a secret in a run, on %s', (adapter) => {
  let admin: AdminApp;
  const runIds: string[] = [];
  let jobId = '';
  let stream = '';
  let deadId = '';

  beforeAll(async () => {
    const imports = [WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], access })];
    admin = await startAdminApp({ adapter, imports, providers: [SecretWorkflows] });
    const { workflows } = admin;
    const attributes = { customer: SECRET };
    for (const name of ['secret.waits', 'secret.returns', 'secret.throws'])
      runIds.push((await workflows.start(name, [{ deep: [SECRET] }], { attributes })).runId);
    const [waits = '', returns = '', throws = ''] = runIds;
    const asleep = `select 1 from waits where kind = 'receive'`;
    await eventually(async () => expect((await admin.schema.pool.query(asleep)).rows.length).toBe(1));
    await eventually(async () => expect(await workflows.getRun(returns).status).toBe('SUCCESS'));
    await eventually(async () => expect(await workflows.getRun(throws).status).toBe('ERROR'));
    await workflows.send(waits, 'other', { text: SECRET });
    await workflows.sendCommand(waits, 'CALIBRATE', { data: { to: SECRET } });
    const { body } = await admin.post<{ jobId: string }>('/ops/api/bulk-jobs', {
      action: { command: 'HOLD' },
      filter: { name: ['nobody'], attributes },
      reason: 'tidy up',
    });
    jobId = body.jobId;
    // One that stays, one that is thrown away, one that is started after all; of each the database has quoted what it was given.
    const letters = Array.from({ length: 3 }, () => randomUUID());
    for (const letter of letters)
      await admin.schema.pool.query(
        `insert into dead_letters (workflow_id, name, queue, run, reason, attempts) values ($1, 'secret.returns', 'default', $2, $3, 3)`,
        [letter, JSON.stringify(storedRun(letter)), `P0001: not accepted: ${SECRET}`],
      );
    [deadId = ''] = letters;
    runIds.push(...letters);
    expect(await workflows.deadLetters.discard(letters[1] ?? '')).toBe(true);
    expect(await workflows.deadLetters.replay(letters[2] ?? '')).toBe(true);
    stream = (await admin.schema.pool.query('select stream from streams')).rows[0].stream;
    expect(jobId).toEqual(expect.any(String));
  });
  afterAll(() => admin?.close());

  /** All that the route says within its first bytes; of an event stream what comes before nothing more does. */
  async function told(path: string, role: AdminAccess): Promise<string> {
    const response = await admin.fetch(path, { headers: { ...CREDENTIALS, 'x-role': JSON.stringify(role) } });
    const headers = JSON.stringify([...response.headers]);
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return headers + (await response.text());
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    while (!/data: /.test(text)) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
    await reader.cancel();
    return headers + text;
  }

  function paths(route: DeclaredRoute): string[] {
    if (route.fullPath === 'feed') return [];
    const plain = (id: string) => pathOf(route, { id, stream, name: 'secret.waits', queue: 'default', jobId });
    const ids = route.fullPath.includes(':id') ? runIds : [''];
    if (route.fullPath.endsWith('/payload'))
      return ids.flatMap((id) => ['input', 'output', 'error'].map((of) => `${plain(id)}?of=${of}`));
    return ids.map(plain);
  }

  const HIDING: AdminAccess = { actions: [...ADMIN_ACTIONS], payloads: false };

  it.each(byLabel(READS))('is not told to who may not see payloads: %s', async (_label, route) => {
    for (const path of paths(route)) {
      const text = await told(path, HIDING);
      expect({ path, tells: text.includes(SECRET), text }).toEqual({ path, tells: false, text });
    }
  });

  it('is told by many routes to who may', async () => {
    const telling: string[] = [];
    for (const route of READS)
      for (const path of paths(route)) if ((await told(path, 'read_only')).includes(SECRET)) telling.push(route.label);
    const expected = ['GET audit', 'GET dead-letters', 'GET runs', 'GET runs/:id', 'GET runs/:id/steps'];
    expect([...new Set(telling)].sort()).toEqual(expect.arrayContaining(expected));
    expect(new Set(telling).size).toBeGreaterThan(8);
  });

  it('is not told by the refusal of a run that is started after all, and what the database said is in the cause', async () => {
    const { pool } = admin.schema;
    await pool.query(`create function quotes() returns trigger language plpgsql as $$
begin
  raise exception 'not accepted: %', new.input;
end $$`);
    await pool.query(`create trigger quotes before insert on workflow_status for each row when (new.workflow_id = '${deadId}')
      execute function quotes()`);
    const response = await admin.fetch(`/ops/api/dead-letters/${deadId}/replay`, {
      method: 'POST',
      headers: { ...CREDENTIALS, ...JSON_TYPE, 'x-role': JSON.stringify(HIDING) },
      body: '{}',
    });
    const body = await response.text();
    expect([response.status, JSON.parse(body)]).toMatchObject([
      409,
      { code: 'DEAD_LETTER_REPLAY_FAILED', detail: expect.stringContaining('P0001') },
    ]);
    expect(body).not.toContain(SECRET);
    const cause = { code: 'P0001', message: expect.stringContaining(SECRET) };
    await expect(admin.workflows.deadLetters.replay(deadId)).rejects.toMatchObject({ cause });
  });

  it('can not be guessed by filters either', async () => {
    const guesses = [
      `attributes=${encodeURIComponent(JSON.stringify({ customer: SECRET }))}`,
      `input=${encodeURIComponent(JSON.stringify({ deep: [SECRET] }))}`,
    ];
    for (const guess of guesses)
      for (const path of [`runs?${guess}`, `runs/count?${guess}`])
        expect(JSON.parse((await told(`/ops/api/${path}`, HIDING)).replace(/^\[.*?\]\]/, ''))).toMatchObject({
          status: 403,
          code: 'PAYLOADS_FORBIDDEN',
        });
    for (const path of ['bulk-jobs', 'bulk-jobs/preview']) {
      const response = await admin.fetch(`/ops/api/${path}`, {
        method: 'POST',
        headers: { ...CREDENTIALS, ...JSON_TYPE, 'x-role': JSON.stringify(HIDING) },
        body: JSON.stringify({ action: { command: 'HOLD' }, filter: { attributes: { customer: SECRET } } }),
      });
      expect([response.status, await response.json()]).toMatchObject([403, { code: 'PAYLOADS_FORBIDDEN' }]);
    }
  });
});
