// Legal hold: an operator keeps a run from deletion.
import { withCluster } from '../engine/cluster.js';
import { audit, BY_HAND, ended, quick } from './retention-room.js';

describe('legal hold', () => {
  it(
    'is set and ended once each, with who and why in the audit log, also of a run that is not over',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const run = await app.workflows.start('quick', [], { id: 'order-42', delay: '1h' });
      const { workflows } = app;
      expect(await workflows.setLegalHold('order-42', true, { actor: 'ann', reason: 'case 7' })).toBe(true);
      expect(await workflows.setLegalHold(run.runId, true, { actor: 'bob' })).toBe(false);
      expect(await workflows.setLegalHold(run.runId, false)).toBe(true);
      expect(await workflows.setLegalHold(run.runId, false)).toBe(false);
      expect(await audit(cluster, 'LEGAL%')).toEqual([
        {
          actor: 'ann',
          action: 'LEGAL_HOLD',
          workflow_id: run.runId,
          reason: 'case 7',
          before: { legal_hold: false },
          after: { legal_hold: true },
        },
        {
          actor: 'api',
          action: 'LEGAL_HOLD_END',
          workflow_id: run.runId,
          reason: null,
          before: { legal_hold: true },
          after: { legal_hold: false },
        },
      ]);
    }),
  );

  it(
    'is shown with a run, and runs can be listed by it',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const [a = '', b = '', c = ''] = await ended(app, 3);
      for (const runId of [a, c]) await app.workflows.setLegalHold(runId, true);
      const list = async (legalHold?: boolean) =>
        (await app.workflows.listRuns({ legalHold })).runs.map(({ runId }) => runId).sort();
      expect(await list(true)).toEqual([a, c].sort());
      expect(await list(false)).toEqual([b]);
      expect(await list()).toHaveLength(3);
      expect((await app.workflows.listRuns({ legalHold: true })).runs[0]).toMatchObject({ legalHold: true });
      await expect(app.workflows.listRuns({ legalHold: 'yes' } as never)).rejects.toMatchObject({ code: 'INVALID_FILTER' });
    }),
  );

  it(
    'of no run, or with options that are none, is refused',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const [runId = ''] = await ended(app, 1);
      const { workflows } = app;
      await expect(workflows.setLegalHold('nobody', true)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      await expect(workflows.setLegalHold('', true)).rejects.toMatchObject({ code: 'INVALID_ID' });
      await expect(workflows.setLegalHold(runId, 'yes' as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      await expect(workflows.setLegalHold(runId, true, { actor: {} } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      await expect(workflows.setLegalHold(runId, true, { why: 'x' } as never)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
      expect(await cluster.run(runId)).toMatchObject({ legal_hold: false });
    }),
  );
});
