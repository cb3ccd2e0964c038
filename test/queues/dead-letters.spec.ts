// Runs that were accepted in memory and that the database refuses: kept, listed, replayed, discarded.
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DeadLetterReplayError, WorkflowService } from '../../lib/index.js';
import { type Cluster, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import type { WorkflowApp } from '../support/workflow-app.js';
import { withProxiedApp } from './proxied-app.js';

const quick = workflow('quick', (_wf, x: unknown) => x ?? 'done');

/** From now on no run with these arguments can be inserted; `cure` takes that away. */
async function poison(cluster: Cluster, pattern = '["bad"]'): Promise<{ cure(): Promise<void> }> {
  await cluster.rows(`alter table workflow_status add constraint poisoned check (input is null or input not like '${pattern}')`);
  return { cure: async () => void (await cluster.rows('alter table workflow_status drop constraint poisoned')) };
}

function enqueue(app: WorkflowApp, args: unknown[], options = {}): string {
  const result = app.workflows.enqueueInMemory('quick', args, options);
  if (!result.accepted) throw new Error(result.reason);
  return result.runId;
}

const dead = (app: WorkflowApp, count: number) =>
  eventually(() => expect(app.workflows.inMemory).toMatchObject({ deadLetters: count, depth: 0 }));
const audit = (cluster: Cluster) =>
  cluster.rows('select actor, action, workflow_id, reason, before from audit_log order by audit_id');

describe('a run that the database refuses', () => {
  it(
    'becomes a dead letter after three attempts; its neighbours are executed',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      await poison(cluster);
      const before = Array.from({ length: 50 }, (_, i) => enqueue(app, [i]));
      const bad = enqueue(app, ['bad']);
      const after = Array.from({ length: 50 }, (_, i) => enqueue(app, [50 + i]));
      const asked = app.workflows.getRun(bad).returnValue;
      expect(await Promise.all([...before, ...after].map((id) => app.workflows.getRun(id).returnValue))).toEqual(
        Array.from({ length: 100 }, (_, i) => i),
      );
      await expect(asked).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      await expect(app.workflows.getRun(bad).status).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      const { letters } = await app.workflows.deadLetters.list();
      expect(letters).toEqual([
        {
          runId: bad,
          workflowName: 'quick',
          queue: 'default',
          reason: expect.stringMatching(/^23514: .*"poisoned"/),
          attempts: 3,
          deadAt: expect.any(Date),
        },
      ]);
      expect(app.workflows.inMemory).toMatchObject({ depth: 0, accepted: 101, flushed: 100, deadLetters: 1 });
    }),
  );

  it(
    'for a trigger of the application is one too, whatever its message says',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      await cluster.rows(`create function refuse() returns trigger language plpgsql as $$
begin
  if new.input = '["bad"]' then raise exception 'terminated by a timeout of the applicant'; end if;
  return new;
end $$`);
      await cluster.rows('create trigger refuse before insert on workflow_status for each row execute function refuse()');
      const bad = enqueue(app, ['bad']);
      const good = enqueue(app, ['good']);
      expect(await app.workflows.getRun(good).returnValue).toBe('good');
      await dead(app, 1);
      expect((await app.workflows.deadLetters.list()).letters).toMatchObject([
        { runId: bad, reason: expect.stringMatching(/^P0001: /) },
      ]);
    }),
  );

  it(
    'for its queue, which nobody knew before the bootstrap, is one too, and can be replayed when there is one',
    withCluster(async (cluster) => {
      let bad = '';
      @Injectable()
      class Early implements OnApplicationBootstrap {
        constructor(private readonly workflows: WorkflowService) {}

        onApplicationBootstrap(): void {
          const result = this.workflows.enqueueInMemory('quick', ['late'], { queue: 'timeouts' });
          if (result.accepted) bad = result.runId;
        }
      }
      const app = await cluster.app([quick, Early]);
      await dead(app, 1);
      await expect(app.workflows.deadLetters.replay(bad)).rejects.toMatchObject({ cause: { code: 'QUEUE_NOT_FOUND' } });
      await app.workflows.queues.create({ name: 'timeouts' });
      expect(await app.workflows.deadLetters.replay(bad)).toBe(true);
      expect(await app.workflows.getRun(bad).returnValue).toBe('late');
    }),
  );
});

describe('dead letters', () => {
  it(
    'are listed newest first, page by page',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      await poison(cluster);
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) {
        ids.push(enqueue(app, ['bad']));
        await dead(app, i + 1);
      }
      const { deadLetters } = app.workflows;
      const seen: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await deadLetters.list({ limit: 2, cursor });
        seen.push(...page.letters.map(({ runId }) => runId));
        cursor = page.nextCursor;
        pages++;
      } while (cursor !== undefined);
      expect([seen, pages]).toEqual([ids.reverse(), 3]);
      await expect(deadLetters.list({ limit: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      await expect(deadLetters.list({ cursor: 'x' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      await expect(deadLetters.list({ page: 1 } as never)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
    }),
  );

  it(
    'are replayed under their own id, as they were meant, once the cause is gone',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { queues: [{ name: 'reactors' }] });
      const { deadLetters } = app.workflows;
      const options = { queue: 'reactors', partitionKey: 'a', priority: 4, timeout: '1m', attributes: { 'ü"\\': 'x', n: 1 } };
      const { cure } = await poison(cluster, '["bad",%');
      const at = new Date();
      const bad = enqueue(app, ['bad', at, 'ü"\\n\n'], options);
      await dead(app, 1);
      await expect(deadLetters.replay(bad)).rejects.toThrow(DeadLetterReplayError);
      await expect(deadLetters.replay(bad)).rejects.toMatchObject({ cause: { code: '23514' }, message: /its letter stays/ });
      expect((await deadLetters.list()).letters).toHaveLength(1);
      await cure();
      // The same without a letter, to compare with.
      const twin = enqueue(app, ['bad', at, 'ü"\\n\n'], options);
      expect(await app.workflows.getRun(twin).returnValue).toBe('bad');
      expect(await deadLetters.replay(bad, { actor: 'ann', reason: 'constraint dropped' })).toBe(true);
      expect(await app.workflows.getRun(bad).returnValue).toBe('bad');
      const {
        workflow_id: _a,
        created_at: _b,
        started_at: _c,
        completed_at: _d,
        deadline_at: _e,
        claim_token: _f,
        claimed_at: _g,
        ...meant
      } = await cluster.run(twin);
      expect(await cluster.run(bad)).toMatchObject(meant);
      expect((await deadLetters.list()).letters).toEqual([]);
      expect(await deadLetters.replay(bad)).toBe(false);
      expect(await audit(cluster)).toContainEqual({
        actor: 'ann',
        action: 'DEAD_LETTER_REPLAY',
        workflow_id: bad,
        reason: 'constraint dropped',
        before: expect.objectContaining({ name: 'quick', queue: 'reactors', attempts: 3 }),
      });
    }),
  );

  it(
    'replayed by many at once are started once',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const { cure } = await poison(cluster);
      const bad = enqueue(app, ['bad']);
      await dead(app, 1);
      await cure();
      const answers = await Promise.all(Array.from({ length: 8 }, () => app.workflows.deadLetters.replay(bad)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await app.workflows.getRun(bad).returnValue).toBe('bad');
      expect(await cluster.count(`audit_log where action = 'DEAD_LETTER_REPLAY'`)).toBe(1);
    }),
  );

  it(
    'are discarded, with an entry in the audit log',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      await poison(cluster);
      const bad = enqueue(app, ['bad']);
      await dead(app, 1);
      const { deadLetters } = app.workflows;
      expect(await deadLetters.discard(bad, { actor: 'ann', reason: 'a test\0' })).toBe(true);
      expect(await deadLetters.discard(bad)).toBe(false);
      expect(await deadLetters.replay(bad)).toBe(false);
      expect(await cluster.count('dead_letters')).toBe(0);
      expect(await audit(cluster)).toContainEqual({
        actor: 'ann',
        action: 'DEAD_LETTER_DISCARD',
        workflow_id: bad,
        reason: 'a test\ufffd',
        before: expect.objectContaining({ name: 'quick', attempts: 3 }),
      });
      await expect(deadLetters.discard('x', { who: 'ann' } as never)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
      await expect(deadLetters.discard('x', { reason: {} as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    }),
  );

  it(
    'are written at shutdown, too: a row that is refused is not lost',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { dispatch: 'manual' });
      await poison(cluster);
      const bad = enqueue(app, ['bad']);
      const good = enqueue(app, ['good']);
      await cluster.leave(app);
      expect(await cluster.rows('select workflow_id, attempts from dead_letters')).toEqual([{ workflow_id: bad, attempts: 3 }]);
      expect(await cluster.run(good)).toMatchObject({ status: 'ENQUEUED' });
    }),
  );

  it(
    'that can’t be written yet keep their run in memory',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      await poison(cluster);
      await cluster.rows('alter table dead_letters rename to elsewhere');
      const bad = enqueue(app, ['bad']);
      await eventually(() => expect(app.workflows.inMemory.flushFailures).toBe(3));
      const good = enqueue(app, ['good']);
      expect(await app.workflows.getRun(good).returnValue).toBe('good');
      expect(app.workflows.inMemory).toMatchObject({ depth: 1, deadLetters: 0 });
      await cluster.rows('alter table elsewhere rename to dead_letters');
      await dead(app, 1);
      expect((await app.workflows.deadLetters.list()).letters.map(({ runId }) => runId)).toEqual([bad]);
    }),
  );

  it(
    'whose acknowledgement was lost are there once, and do not come back after they were replayed',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      await withProxiedApp(cluster, [quick], { role: 'client' }, async (far, proxy) => {
        const { cure } = await poison(cluster);
        const swallowed = proxy.swallowAnswerTo('deadLetter.insert');
        const bad = enqueue(far, ['bad']);
        await swallowed;
        proxy.cut();
        await cure();
        expect(await app.workflows.deadLetters.replay(bad)).toBe(true);
        expect(await app.workflows.getRun(bad).returnValue).toBe('bad');
        expect(far.workflows.inMemory).toMatchObject({ depth: 1, deadLetters: 0 });
        proxy.heal();
        await eventually(() => expect(far.workflows.inMemory).toMatchObject({ depth: 0, flushed: 0 }));
        expect((await app.workflows.deadLetters.list()).letters).toEqual([]);
      });
    }),
  );
});
