// What becomes of a bulk job whose process dies, or leaves: another one goes on with it, and each run is touched once.
import type { BulkAction } from '../../lib/index.js';
import { BulkJobStore, type PageTurn } from '../../lib/store/bulk/bulk-job.store.js';
import { withCluster } from '../engine/cluster.js';
import { withStores } from '../engine/store-room.js';
import { eventually } from '../support/eventually.js';
import {
  audits,
  bulkOf,
  enqueued,
  inOrder,
  lockRuns,
  OFFICE,
  other,
  over,
  statuses,
  timesTouched,
  waiting,
} from './bulk-room.js';

const ALL = { workflowName: 'waiting' };
const EACH: Array<[string, BulkAction, string]> = [
  ['sends commands', { command: 'HOLD' }, "workflow_status where status = 'HELD'"],
  ['cancels', { cancel: {} }, "workflow_status where status = 'CANCELLED'"],
  ['sets legal hold', { legalHold: true }, 'workflow_status where legal_hold'],
  ['sets the priority', { priority: 3 }, 'workflow_status where priority = 3'],
];

describe('a bulk job whose process dies in the middle of a page', () => {
  it.each(EACH)('and that %s goes on in another one, and touches each run once', (_name, action, changed) =>
    withCluster(async (cluster) => {
      const office = await cluster.app([waiting], OFFICE);
      await enqueued(office, 1_200);
      const [locked = ''] = (await inOrder(cluster)).slice(700);
      const unlock = await lockRuns(cluster, [locked]);
      const { jobId } = await bulkOf(office).create({ action, filter: { ...ALL, status: 'ENQUEUED' }, actor: 'ann' });
      await eventually(async () => expect(await cluster.count(changed)).toBe(999));
      const seen = [await bulkOf(office).get(jobId)];
      expect(seen[0]).toMatchObject({ status: 'RUNNING', matched: 1_000, done: 500 });
      await cluster.kill(office);
      const worker = await cluster.app([other]);
      await eventually(async () => {
        const [job] = await cluster.rows('select owner from bulk_jobs');
        expect(job?.owner).toBe(worker.executorId);
      });
      seen.push(await bulkOf(worker).get(jobId));
      // Both of them are at the same page now.
      await unlock();
      const job = await over(worker, { jobId });
      expect(job).toMatchObject({ status: 'DONE', matched: 1_200, done: 1_200, refused: 0, failed: 0 });
      expect(await cluster.count(changed)).toBe(1_200);
      expect(await timesTouched(cluster, job)).toEqual([[1, 1_200]]);
      const done = [...seen, job].map((at) => at.done);
      expect(done).toEqual([...done].sort((a, b) => a - b));
      expect((await audits(cluster)).map((row) => row.action)).toEqual(['BULK_START', 'BULK_END']);
      if ('command' in action) expect(await cluster.count('commands')).toBe(1_200);
    })(),
  );

  it(
    'and that is cancelled meanwhile is ended by the next one, with what was done, and nothing more is done',
    withCluster(async (cluster) => {
      const office = await cluster.app([waiting], OFFICE);
      await enqueued(office, 600);
      const unlock = await lockRuns(cluster, (await inOrder(cluster)).slice(0, 1));
      const { jobId } = await bulkOf(office).create({ action: { command: 'HOLD' }, filter: ALL, actor: 'ann' });
      await eventually(async () => expect(await statuses(cluster)).toEqual({ HELD: 499, ENQUEUED: 101 }));
      await cluster.kill(office);
      expect(await bulkOf(office).cancel(jobId, { actor: 'bob' })).toBe(true);
      const worker = await cluster.app([other]);
      expect(await over(worker, { jobId })).toMatchObject({ status: 'CANCELLED', matched: 500, done: 499, refused: 0 });
      await unlock();
      await cluster.leave(office);
      expect((await statuses(cluster)).ENQUEUED).toBeGreaterThanOrEqual(100);
    }),
  );
});

describe('a bulk job whose process shuts down', () => {
  it(
    'is given back, and goes on in another one, with no run touched twice',
    withCluster(async (cluster) => {
      const office = await cluster.app([waiting], OFFICE);
      await enqueued(office, 1_200);
      // As many as are worked at at once: the page can't be done to its end.
      const locked = (await inOrder(cluster)).slice(600, 608);
      const unlock = await lockRuns(cluster, locked);
      const { jobId } = await bulkOf(office).create({ action: { cancel: {} }, filter: ALL });
      await eventually(async () => expect(await cluster.count("workflow_status where status = 'CANCELLED'")).toBe(600));
      const left = cluster.leave(office);
      await eventually(() => expect(office.workflows.enqueueInMemory('waiting')).toMatchObject({ accepted: false }));
      await unlock();
      await left;
      const [given] = await cluster.rows('select owner, status, matched::int, done::int, cardinality(page) page from bulk_jobs');
      expect(given).toEqual({ owner: null, status: 'RUNNING', matched: 1_000, done: 500, page: 500 });
      expect(await cluster.count("workflow_status where status = 'CANCELLED'")).toBe(608);
      const worker = await cluster.app([other]);
      const job = await over(worker, { jobId });
      expect(job).toMatchObject({ status: 'DONE', matched: 1_200, done: 1_200, refused: 0 });
      expect(await timesTouched(cluster, job)).toEqual([[1, 1_200]]);
    }),
  );
});

describe('the row of a bulk job', () => {
  const job = {
    idempotencyKey: null,
    action: '{"legalHold":true}',
    filter: '{}',
    shownAction: '{}',
    expected: 0,
    isCapped: false,
  };
  const by = { actor: 'ann', reason: null, requestId: null };
  const turn = (more: Partial<PageTurn> = {}): PageTurn => ({
    turn: 0,
    tally: { done: 3, refused: 1, failed: 0, refusals: [{ runId: 'r', code: 'X' }] },
    page: ['00000000-0000-4000-8000-000000000001'],
    nextPage: 'next',
    isSearched: false,
    ...more,
  });
  const withJob = (
    test: (room: {
      store: BulkJobStore;
      jobId: string;
      owner: string;
      executor(): Promise<string>;
      retire(executorId: string): Promise<unknown>;
    }) => Promise<void>,
  ) =>
    withStores(async (room) => {
      const store = new BulkJobStore(room.database);
      const jobId = '00000000-0000-7000-8000-000000000000';
      await store.create({ jobId, ...job, ...by });
      const owner = await room.executor();
      expect(await store.claim(owner, [])).toMatchObject({ jobId, status: 'RUNNING', page: null, turn: 0, isCancelled: false });
      await test({
        store,
        jobId,
        owner,
        executor: () => room.executor(),
        retire: (executorId) => room.executors.retire(executorId, { ifExpired: false }),
      });
    });

  it(
    'is claimed by one process, until that is gone; it itself may claim again what it does not work at',
    withJob(async ({ store, jobId, owner, executor, retire }) => {
      const second = await executor();
      expect(await store.claim(second, [])).toBeUndefined();
      expect(await store.claim(owner, [jobId])).toBeUndefined();
      expect(await store.claim(owner, [])).toMatchObject({ jobId });
      await retire(owner);
      const claims = await Promise.all([store.claim(second, []), store.claim(await executor(), [])]);
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    }),
  );

  it(
    'takes progress, and an end, from its owner only',
    withJob(async ({ store, jobId, owner, executor, retire }) => {
      expect(await store.turn(jobId, owner, turn())).toBe(false);
      await retire(owner);
      const second = await executor();
      expect(await store.claim(second, [])).toMatchObject({ done: 3, matched: 1, page: turn().page, nextPage: 'next', turn: 1 });
      expect(await store.turn(jobId, owner, turn({ turn: 1 }))).toBeUndefined();
      expect(await store.finish(jobId, owner, turn().tally, { status: 'DONE' })).toBe(false);
      await store.release(jobId, owner);
      expect(await store.find(jobId)).toMatchObject({ status: 'RUNNING', done: 3, refused: 1, matched: 1 });
      expect(await store.finish(jobId, second, turn().tally, { status: 'DONE' })).toBe(true);
      expect(await store.find(jobId)).toMatchObject({ status: 'DONE', done: 6, refused: 2 });
    }),
  );

  it(
    'counts a page once, however often the same answer comes',
    withJob(async ({ store, jobId, owner }) => {
      for (let i = 0; i < 3; i++) expect(await store.turn(jobId, owner, turn())).toBe(false);
      expect(await store.find(jobId)).toMatchObject({ done: 3, refused: 1, matched: 1, refusals: [{ runId: 'r', code: 'X' }] });
      await store.cancel(jobId, by);
      expect(await store.turn(jobId, owner, turn())).toBe(false);
      for (let i = 0; i < 2; i++) expect(await store.turn(jobId, owner, turn({ turn: 1 }))).toBe(true);
      expect(await store.find(jobId)).toMatchObject({ done: 6, refused: 2, matched: 1 });
    }),
  );

  it(
    'keeps the first twenty refusals',
    withJob(async ({ store, jobId, owner }) => {
      for (let i = 0; i < 3; i++) {
        const refusals = Array.from({ length: 15 }, (_, n) => ({ runId: `${i}-${n}`, code: 'X' }));
        await store.turn(jobId, owner, turn({ turn: i, tally: { done: 0, refused: 15, failed: 0, refusals } }));
      }
      const found = await store.find(jobId);
      expect(found?.refusals.map(({ runId }) => runId).slice(13, 17)).toEqual(['0-13', '0-14', '1-0', '1-1']);
      expect(found?.refusals).toHaveLength(20);
    }),
  );

  it(
    'that nobody works at is over as soon as it is cancelled',
    withJob(async ({ store, jobId, owner, executor }) => {
      await store.release(jobId, owner);
      expect(await store.cancel(jobId, by)).toBe(true);
      expect(await store.find(jobId)).toMatchObject({ status: 'CANCELLED' });
      expect(await store.cancel(jobId, by)).toBe(false);
      expect(await store.claim(await executor(), [])).toBeUndefined();
      expect(await store.cancel('00000000-0000-7000-8000-000000000009', by)).toBeUndefined();
    }),
  );
});
