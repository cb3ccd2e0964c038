// What becomes of those who know a run that was deleted: readers, senders, starts under its ids.
import type { EntityManager } from 'typeorm';
import { type Cluster, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { BY_HAND, ended, orphans, quick, talkative } from './retention-room.js';

const ALL = { maxRows: 0 } as const;
const gone = { code: 'RUN_NOT_FOUND' };

/** A transaction of the application. */
async function transaction(cluster: Cluster) {
  const client = await cluster.schema.pool.connect();
  await client.query('begin');
  const manager = { query: async (text: string, values: unknown[]) => (await client.query(text, values)).rows };
  return {
    manager: manager as unknown as EntityManager,
    async end(how: 'commit' | 'rollback') {
      await client.query(how);
      client.release();
    },
  };
}

describe('a run that was deleted', () => {
  it(
    'is like one that never was, for everybody who asks',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const [runId = ''] = await ended(app, 1);
      await app.workflows.applyRetention(ALL);
      const run = app.workflows.getRun(runId);
      await expect(run.status).rejects.toMatchObject(gone);
      await expect(run.returnValue).rejects.toMatchObject(gone);
      await expect(run.getEvent('phase')).rejects.toMatchObject(gone);
      await expect(run.send('go', 1)).rejects.toMatchObject(gone);
      await expect(run.cancel()).rejects.toMatchObject(gone);
      await expect(run.sendCommand('RESET')).rejects.toMatchObject(gone);
      await expect(app.workflows.setLegalHold(runId, true)).rejects.toMatchObject(gone);
      const reader = run.readable.getReader();
      await expect(reader.read()).rejects.toMatchObject(gone);
      expect(await run.steps()).toEqual([]);
      expect(await orphans(cluster)).toEqual({});
    }),
  );

  it(
    'while another process waited for its end, unaware of it, rejects that wait: it does not hang',
    withCluster(async (cluster) => {
      const waits = workflow('waits', (wf) => wf.receive('go'));
      const app = await cluster.app([waits], BY_HAND);
      const deaf = await cluster.app([], { ...BY_HAND, notifications: false });
      const run = await app.workflows.start('waits');
      const asked = deaf.workflows.getRun(run.runId);
      const settled: unknown[] = [];
      const waiting = [asked.returnValue, asked.getEvent('phase'), asked.readable.getReader().read()];
      for (const promise of waiting) promise.catch((error) => settled.push(error.code));
      await deaf.workflows.dispatch();
      await run.send('go', 1);
      await run.returnValue;
      await cluster.rows('delete from workflow_status');
      await eventually(async () => {
        await deaf.workflows.dispatch();
        expect(settled).toEqual(['RUN_NOT_FOUND', 'RUN_NOT_FOUND', 'RUN_NOT_FOUND']);
      });
    }),
  );

  it(
    'leaves its id, its deduplication id and its debounce key to others: a start begins anew, without any of its past',
    withCluster(async (cluster) => {
      let bodies = 0;
      const counts = workflow('counts', async (wf, x: unknown) => wf.step('count', () => [x, ++bodies]));
      const app = await cluster.app([counts], BY_HAND);
      const options = { id: 'order-42', deduplicationId: 'd' };
      const first = await app.workflows.start('counts', ['a'], options);
      expect(await first.returnValue).toEqual(['a', 1]);
      expect(await (await app.workflows.start('counts', ['b'], options)).returnValue).toEqual(['a', 1]);
      const debounce = { key: 'k', period: 1 };
      const late = await app.workflows.start('counts', ['c'], { debounce });
      await late.cancel();
      await eventually(async () => expect(await cluster.count('workflow_status where end_pending')).toBe(0));
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 2 });
      expect(await cluster.count('deduplication_keys')).toBe(0);
      const again = await app.workflows.start('counts', ['b'], options);
      expect(again.runId).toBe(first.runId);
      expect(await again.returnValue).toEqual(['b', 2]);
      await expect(app.workflows.start('counts', ['e'], { deduplicationId: 'd' })).resolves.toBeDefined();
      expect((await app.workflows.start('counts', ['d'], { debounce })).runId).not.toBe(late.runId);
    }),
  );

  it(
    'while a transaction of the application was sending to it leaves no message behind',
    withCluster(async (cluster) => {
      const app = await cluster.app([talkative, quick], BY_HAND);
      const run = await app.workflows.start('talkative', [1]);
      const open = await transaction(cluster);
      await run.send('go', 1, { manager: open.manager });
      await run.send('go', 2);
      await run.returnValue;
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 1 });
      await open.end('commit');
      await eventually(async () => {
        await app.workflows.dispatch();
        expect(await cluster.count('notifications')).toBe(0);
      });
    }),
  );

  it(
    'is not waited for by a start that takes its deduplication id over, nor does a sweep wait for that',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const first = await app.workflows.start('quick', [1], { deduplicationId: 'd' });
      await first.returnValue;
      const open = await transaction(cluster);
      const second = await app.workflows.start('quick', [2], { deduplicationId: 'd', manager: open.manager });
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 0 });
      await open.end('commit');
      await app.workflows.dispatch();
      expect(await second.returnValue).toBe(2);
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 2 });
      expect(await orphans(cluster)).toEqual({});
    }),
  );
});

describe('a sweep in the background', () => {
  it(
    'deletes what is old without being asked',
    withCluster(async (cluster) => {
      const options = { retention: { after: 0, interval: '1s' } };
      const apps = [await cluster.app([quick], options), await cluster.app([quick], options)];
      await ended(apps[0] as (typeof apps)[0], 20);
      await eventually(async () => expect(await cluster.count('workflow_status')).toBe(0));
      expect(await cluster.count(`audit_log where action = 'RETENTION' and actor = 'system'`)).toBeGreaterThan(0);
      expect((await apps[1]?.workflows.retention.get())?.sweptAt).toBeInstanceOf(Date);
    }),
  );

  it(
    'that fails does not keep an operator from hearing so',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      await ended(app, 3);
      await cluster.rows(
        `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$`,
      );
      await cluster.rows('create trigger refuse before delete on workflow_status for each row execute function refuse()');
      await expect(app.workflows.applyRetention(ALL)).rejects.toMatchObject({
        code: 'RETENTION_FAILED',
        details: { deleted: 0, timedOut: 0 },
        cause: { message: 'not this one' },
      });
      expect(await cluster.count('workflow_status')).toBe(3);
      expect(await cluster.count(`audit_log where action = 'RETENTION'`)).toBe(0);
      await cluster.rows('drop trigger refuse on workflow_status');
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 3 });
    }),
  );
});
