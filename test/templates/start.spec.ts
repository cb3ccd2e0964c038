// Runs that are started with a template: with one argument, and with a provenance that is written together with the run, once.
import { DataSource } from 'typeorm';
import { RunReader } from '../../lib/index.js';
import type { Cluster, ClusterApp } from '../engine/cluster.js';
import { withCluster } from '../engine/cluster.js';
import { withProxiedApp } from '../queues/proxied-app.js';
import { eventually } from '../support/eventually.js';
import { audited, BATCH, brew, saveBatch, withApp } from './template-room.js';

const PROVENANCE = {
  workflow: 'brew',
  template: 'batch',
  version: 1,
  enums: { Phase: 1 },
  overrides: ['lot'],
  actor: 'ann',
};
const provenanceOf = async (app: ClusterApp, id: string) =>
  (await app.module.get(RunReader, { strict: false }).find(id)).provenance;
const written = (cluster: Cluster) => cluster.count('run_provenance');

describe('a start with a template', () => {
  it(
    'gives the workflow one argument, and keeps with the run where it came from',
    withApp(async (app, cluster) => {
      const { workflows } = app;
      await saveBatch(workflows);
      const run = await workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, { actor: 'ann', attributes: { site: 'x' } });
      expect(await run.returnValue).toEqual([{ phase: 'heat', litres: 10, lot: 'L1' }]);
      expect(await provenanceOf(app, run.runId)).toEqual(PROVENANCE);
      expect(await audited(cluster, 'START_WITH_TEMPLATE')).toEqual([
        {
          actor: 'ann',
          workflow_id: run.runId,
          reason: null,
          before: null,
          after: { workflow: 'brew', template: 'batch', version: 1, enums: { Phase: 1 }, overrides: ['lot'] },
        },
      ]);
      expect((await cluster.run(run.runId)).attributes).toEqual({ site: 'x' });
    }),
  );

  it(
    'can name a version; later versions and a deletion change nothing of it',
    withApp(async (app) => {
      const { workflows } = app;
      await saveBatch(workflows);
      await workflows.templates.save('brew', { ...BATCH, defaults: { phase: 'cool' } });
      const run = await workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, { version: 1 });
      expect(await run.returnValue).toEqual([{ phase: 'heat', litres: 10, lot: 'L1' }]);
      await workflows.templates.delete('brew', 'batch');
      expect(await provenanceOf(app, run.runId)).toEqual({ ...PROVENANCE, actor: 'api' });
    }),
  );

  it(
    'may do without one: the run says what was given and by whom; a plain start says nothing',
    withApp(async (app) => {
      const run = await app.workflows.startWithTemplate('brew', null, { b: 1, a: 2 }, { actor: 'ann' });
      expect(await run.returnValue).toEqual([{ b: 1, a: 2 }]);
      expect(await provenanceOf(app, run.runId)).toEqual({
        ...PROVENANCE,
        template: null,
        version: null,
        enums: {},
        overrides: ['a', 'b'],
      });
      const plain = await app.workflows.start('brew', [1]);
      expect(await provenanceOf(app, plain.runId)).toBeNull();
    }),
  );

  it(
    'takes a partition, a delay and a priority as any start does',
    withApp(async ({ workflows }, cluster) => {
      await saveBatch(workflows);
      const keyed = await workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, { partitionKey: 'a', priority: 3 });
      expect(await keyed.returnValue).toHaveLength(1);
      expect(await cluster.run(keyed.runId)).toMatchObject({ partition_key: 'a', priority: 3 });
      const later = await workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, { delay: '1h' });
      expect(await later.status).toBe('DELAYED');
    }),
  );

  it(
    'that fails keeps its own error code, and leaves no run and no provenance',
    withApp(async ({ workflows }, cluster) => {
      await saveBatch(workflows);
      await workflows.templates.save('brew', BATCH);
      await workflows.templates.setStatus('brew', 'batch', 2, 'obsolete');
      const code = (...args: unknown[]) =>
        (workflows.startWithTemplate as (...args: unknown[]) => Promise<unknown>).apply(workflows, args).then(
          () => 'started',
          (error) => error.code,
        );
      expect(await code('brew', 'batch', { lot: 'L1', litres: 'many' })).toBe('TEMPLATE_INPUT_INVALID');
      expect(await code('brew', 'batch', { lot: 'L1', litre: 5 })).toBe('TEMPLATE_KEY_UNKNOWN');
      expect(await code('brew', 'batch', { lot: 'L1' }, { version: 2 })).toBe('TEMPLATE_OBSOLETE');
      expect(await code('brew', 'nothing', {})).toBe('TEMPLATE_NOT_FOUND');
      expect(await code('brow', 'batch', {})).toBe('WORKFLOW_NOT_REGISTERED');
      expect(await code('brew', 'batch', { lot: 'L1' }, { queue: 'nowhere' })).toBe('QUEUE_NOT_FOUND');
      expect(await code('brew', 'batch', { lot: 'L1' }, { prioriti: 1 })).toBe('UNKNOWN_OPTION');
      expect(await code('brew', 'batch', { lot: 'L1' }, { debounce: { key: 'k', period: '1s' } })).toBe('INVALID_OPTION');
      expect([await cluster.count('workflow_status'), await written(cluster)]).toEqual([0, 0]);
    }),
  );
});

describe('the provenance of a run', () => {
  it(
    'stays as it is when the start is repeated under its id, however many do it at once',
    withApp(async (app, cluster) => {
      const { workflows } = app;
      await saveBatch(workflows);
      const start = (lot: string, actor: string) =>
        workflows.startWithTemplate('brew', 'batch', { lot }, { id: 'order-1', actor });
      const first = await start('L1', 'ann');
      await workflows.templates.save('brew', BATCH);
      const again = await Promise.all(Array.from({ length: 10 }, (_, i) => start(`L${i + 2}`, 'bob')));
      expect(new Set(again.map(({ runId }) => runId))).toEqual(new Set([first.runId]));
      expect(await first.returnValue).toEqual([{ phase: 'heat', litres: 10, lot: 'L1' }]);
      expect(await provenanceOf(app, 'order-1')).toEqual(PROVENANCE);
      expect(await audited(cluster, 'START_WITH_TEMPLATE')).toHaveLength(1);
      const plain = await workflows.start('brew', [1], { id: 'order-2' });
      await workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, { id: 'order-2' });
      expect(await provenanceOf(app, plain.runId)).toBeNull();
      await expect(workflows.startWithTemplate('rinse', null, {}, { id: 'order-1' })).rejects.toMatchObject({
        code: 'RUN_CONFLICT',
      });
    }),
  );

  it(
    'is that of the run which has the deduplication id, not of the start that was turned away',
    withApp(async (app, cluster) => {
      const { workflows } = app;
      await saveBatch(workflows);
      const options = { deduplicationId: 'd', delay: '1h' } as const;
      const first = await workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, { ...options, actor: 'ann' });
      await expect(workflows.startWithTemplate('brew', 'batch', { lot: 'L2' }, options)).rejects.toMatchObject({
        code: 'DEDUPLICATION_CONFLICT',
      });
      const second = await workflows.startWithTemplate(
        'brew',
        'batch',
        { lot: 'L3' },
        { ...options, deduplicationPolicy: 'return-existing' },
      );
      expect(second.runId).toBe(first.runId);
      expect(await provenanceOf(app, first.runId)).toEqual(PROVENANCE);
      expect([await written(cluster), (await audited(cluster, 'START_WITH_TEMPLATE')).length]).toEqual([1, 1]);
    }),
  );

  it(
    'is there if and only if the transaction of the caller commits',
    withApp(async (app, cluster) => {
      const { workflows } = app;
      await saveBatch(workflows);
      const source = await new DataSource({
        type: 'postgres',
        url: cluster.schema.url,
        applicationName: 'host',
      }).initialize();
      try {
        const startIn = (id: string) =>
          source.transaction(async (manager) => {
            const run = await workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, { id, manager, actor: 'ann' });
            expect(await written(cluster)).toBe(0);
            if (id === 'lost') throw new Error('rolled back');
            return run;
          });
        await expect(startIn('lost')).rejects.toThrow('rolled back');
        expect([await written(cluster), (await audited(cluster, 'START_WITH_TEMPLATE')).length]).toEqual([0, 0]);
        const run = await startIn('kept');
        expect(await run.returnValue).toHaveLength(1);
        expect(await provenanceOf(app, 'kept')).toEqual(PROVENANCE);
        expect(await audited(cluster, 'START_WITH_TEMPLATE')).toHaveLength(1);
      } finally {
        await source.destroy();
      }
    }),
  );

  it(
    'is written with the run or not at all: a run whose provenance is refused does not start',
    withApp(async ({ workflows }, cluster) => {
      await saveBatch(workflows);
      await cluster.rows(`alter table run_provenance add constraint poisoned check (actor <> 'eve')`);
      await expect(workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, { actor: 'eve' })).rejects.toMatchObject({
        code: '23514',
      });
      await cluster.rows(`alter table audit_log add constraint poisoned check (actor <> 'mallory')`);
      await expect(workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, { actor: 'mallory' })).rejects.toMatchObject({
        code: '23514',
      });
      expect([await cluster.count('workflow_status'), await written(cluster)]).toEqual([0, 0]);
    }),
  );

  it(
    'is not written for a start that a maintenance refuses, and is for one that it lets in',
    withApp(async (app, cluster) => {
      const { workflows } = app;
      await saveBatch(workflows);
      await workflows.enterMaintenance();
      await expect(workflows.startWithTemplate('brew', 'batch', { lot: 'L1' })).rejects.toMatchObject({
        code: 'MAINTENANCE_ACTIVE',
      });
      expect([await written(cluster), (await audited(cluster, 'START_WITH_TEMPLATE')).length]).toEqual([0, 0]);
      const options = { allowDuringMaintenance: true, actor: 'ann' };
      const run = await workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, options);
      expect(await run.status).toBe('ENQUEUED');
      expect(await provenanceOf(app, run.runId)).toEqual(PROVENANCE);
    }),
  );

  it(
    'is there once when the answer to the start was lost',
    withCluster(async (cluster) => {
      const app = await cluster.app([brew]);
      await saveBatch(app.workflows);
      await withProxiedApp(cluster, [brew], { role: 'client' }, async (far, proxy) => {
        const swallowed = proxy.swallowAnswerTo('run.insertAudited');
        const starting = far.workflows.startWithTemplate('brew', 'batch', { lot: 'L1' }, { actor: 'ann' });
        await swallowed;
        proxy.cut();
        await eventually(async () => expect(await written(cluster)).toBe(1));
        proxy.heal();
        const run = await starting;
        expect(await app.workflows.getRun(run.runId).returnValue).toHaveLength(1);
        expect(await provenanceOf(app, run.runId)).toEqual(PROVENANCE);
        expect([await cluster.count('workflow_status'), await written(cluster)]).toEqual([1, 1]);
        expect(await audited(cluster, 'START_WITH_TEMPLATE')).toHaveLength(1);
      });
    }),
  );
});
