// The settings of retention: declared by code, changed at run time, refused when they are none.
import { InvalidRetentionOptionError } from '../../lib/index.js';
import { resolveOptions } from '../../lib/nest/resolve-options.js';
import { withCluster } from '../engine/cluster.js';
import { age, audit, BY_HAND, ended, nothing, quick } from './retention-room.js';

const DEFAULTS = { after: null, maxRows: null, globalTimeout: null, perWorkflow: {}, interval: 300_000, sweptAt: null };

describe('the settings of retention', () => {
  it(
    'are none by default',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      expect(await app.workflows.retention.get()).toEqual({ ...DEFAULTS, updatedAt: expect.any(Date) });
      expect(await app.workflows.retention.apply({ dryRun: true })).toEqual({ dryRun: true, ...nothing });
      expect(await audit(cluster)).toEqual([]);
    }),
  );

  it(
    'are declared by code, and again only when the declaration changes: what operators changed since stays',
    withCluster(async (cluster) => {
      const declare = async (retention: object) => {
        const app = await cluster.app([quick], { ...BY_HAND, retention });
        const settings = await app.workflows.retention.get();
        return { app, settings };
      };
      const declared = { after: '30d', maxRows: 1_000, perWorkflow: { quick: { after: '1d' }, other: { globalTimeout: null } } };
      const first = await declare(declared);
      expect(first.settings).toMatchObject({
        after: 2_592_000_000,
        maxRows: 1_000,
        globalTimeout: null,
        perWorkflow: { quick: { after: 86_400_000 }, other: { globalTimeout: null } },
        interval: 300_000,
      });
      await first.app.workflows.retention.update(
        { maxRows: null, perWorkflow: { other: null } },
        { actor: 'ann', reason: 'audit' },
      );
      const changed = { after: 2_592_000_000, maxRows: null, perWorkflow: { quick: { after: 86_400_000 } } };
      expect((await declare(declared)).settings).toMatchObject(changed);
      expect((await declare({})).settings).toMatchObject({ after: null, maxRows: null, perWorkflow: {} });
      expect((await declare(declared)).settings).toEqual({ ...first.settings, updatedAt: expect.any(Date) });
      const silent = await cluster.app([quick], BY_HAND);
      expect(await silent.workflows.retention.get()).toMatchObject({ maxRows: 1_000 });
      expect((await audit(cluster)).map(({ actor, action, reason }) => [actor, action, reason])).toEqual([
        ['system', 'RETENTION_UPDATE', 'declared by code'],
        ['ann', 'RETENTION_UPDATE', 'audit'],
        ['system', 'RETENTION_UPDATE', 'declared by code'],
        ['system', 'RETENTION_UPDATE', 'declared by code'],
      ]);
    }),
  );

  it(
    'that code declares are stored before an operator changes them, not after',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { ...BY_HAND, retention: { after: '30d', interval: '1h' } });
      await app.workflows.retention.update({ after: '1d' });
      expect(await app.workflows.retention.get()).toMatchObject({ after: 86_400_000, interval: 3_600_000 });
    }),
  );

  it(
    'change in what is given only, are null when switched off, and stand in the audit log as they were and are',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const { retention } = app.workflows;
      await retention.update({ after: '1d', maxRows: 5, globalTimeout: '2d', interval: '1m', perWorkflow: { a: { after: 7 } } });
      await retention.update({ maxRows: null });
      await retention.update({ perWorkflow: { a: { globalTimeout: null }, ['__proto__']: { after: null } } });
      expect(await retention.get()).toMatchObject({
        after: 86_400_000,
        maxRows: null,
        globalTimeout: 172_800_000,
        interval: 60_000,
      });
      const { perWorkflow } = await retention.get();
      expect(Object.entries(perWorkflow).sort()).toEqual([
        ['__proto__', { after: null }],
        ['a', { after: 7, globalTimeout: null }],
      ]);
      const [first, second] = await audit(cluster);
      expect(first).toMatchObject({ actor: 'api', reason: null, before: { max_rows: null }, after: { max_rows: 5 } });
      expect(second).toMatchObject({
        before: { after_ms: 86_400_000, max_rows: 5, global_timeout_ms: 172_800_000, interval_ms: 60_000 },
        after: { after_ms: 86_400_000, max_rows: null, per_workflow: { a: { after_ms: 7 } } },
      });
    }),
  );

  it(
    'that are given with a call hold for that call, over those that are stored',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      await age(cluster, await ended(app, 2), '1 hour');
      const { retention } = app.workflows;
      await retention.update({ after: '30m', perWorkflow: { quick: { globalTimeout: '1d' } } });
      expect(await retention.apply({ after: null })).toMatchObject(nothing);
      expect(await retention.apply({ perWorkflow: { quick: { after: '2h' } } })).toMatchObject(nothing);
      expect(await retention.get()).toMatchObject({ after: 1_800_000, perWorkflow: { quick: { globalTimeout: 86_400_000 } } });
      expect(await retention.apply()).toMatchObject({ deleted: 2 });
    }),
  );
});

describe('an option of retention', () => {
  const wrong: Array<[object, string]> = [
    [{ after: -1 }, 'INVALID_DURATION'],
    [{ after: 'soon' }, 'INVALID_DURATION'],
    [{ after: '101000w' }, 'INVALID_DURATION'],
    [{ maxRows: -1 }, 'INVALID_OPTION'],
    [{ maxRows: 1.5 }, 'INVALID_OPTION'],
    [{ maxRows: '5' }, 'INVALID_OPTION'],
    [{ globalTimeout: 0 }, 'INVALID_DURATION'],
    [{ interval: '0.5s' }, 'INVALID_DURATION'],
    [{ interval: null }, 'INVALID_DURATION'],
    [{ perWorkflow: null }, 'INVALID_OPTION'],
    [{ perWorkflow: [] }, 'INVALID_OPTION'],
    [{ perWorkflow: { quick: 5 } }, 'INVALID_OPTION'],
    [{ perWorkflow: { quick: { maxRows: 5 } } }, 'UNKNOWN_OPTION'],
    [{ perWorkflow: { '': { after: 5 } } }, 'INVALID_ID'],
    [{ perWorkflow: { quick: { after: true } } }, 'INVALID_DURATION'],
    [{ afterwards: 1 }, 'UNKNOWN_OPTION'],
  ];

  it.each(wrong)('that is none is refused at boot: %j', (retention, code) => {
    expect(() => resolveOptions({ retention } as never)).toThrow(expect.objectContaining({ code }));
  });

  it(
    'that is none is refused at run time, and nothing is done',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      await ended(app, 1);
      const { retention } = app.workflows;
      for (const [settings, code] of wrong) {
        await expect(retention.update(settings)).rejects.toMatchObject({ code });
        await expect(retention.apply({ maxRows: 0, ...settings })).rejects.toMatchObject({
          code: 'interval' in settings ? 'UNKNOWN_OPTION' : code,
        });
      }
      await expect(retention.apply({ maxRows: -1 })).rejects.toThrow(InvalidRetentionOptionError);
      await expect(retention.apply({ dryRun: 1 } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      await expect(retention.apply({ actor: {} } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      await expect(retention.apply({ dryrun: true } as never)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
      await expect(retention.update({}, { who: 'ann' } as never)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
      await expect(retention.update(null as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      expect(await cluster.count('workflow_status')).toBe(1);
      expect(await audit(cluster)).toEqual([]);
    }),
  );
});
