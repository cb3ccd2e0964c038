// A cut-over as operators do it over HTTP: in, drained, swapped, out; every step audited.
import type { Type } from '@nestjs/common';
import { workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { startAdminApp } from './admin-app.js';
import { ADAPTERS, AdminCalls, STRANGE } from './admin-calls.js';

async function withCalls(
  adapter: (typeof ADAPTERS)[number],
  test: (calls: AdminCalls) => Promise<void>,
  providers: Type[] = [],
): Promise<void> {
  const admin = await startAdminApp({ adapter, providers });
  try {
    await test(new AdminCalls(admin));
  } finally {
    await admin.close();
  }
}

describe.each(ADAPTERS)('maintenance on %s', (adapter) => {
  it('refuses starts, is drained, lets the generation be swapped, and ends', () =>
    withCalls(adapter, async (calls) => {
      expect(await calls.get('maintenance')).toMatchObject({
        active: false,
        scopes: [],
        drained: false,
        totals: expect.any(Object),
      });
      await calls.refused('POST', 'maintenance/swap', { reason: 'x' }, 409, 'MAINTENANCE_REQUIRED');
      const entered = await calls.write('POST', 'maintenance/enter', { mode: 'drain' }, 'MAINTENANCE_ENTER');
      expect(entered).toEqual({ cancelled: { queued: 0, running: 0 } });
      await calls.refused('POST', 'workflows/orders.fulfil/runs', {}, 409, 'MAINTENANCE_ACTIVE', {
        detail: expect.stringContaining('because of POST maintenance/enter'),
        details: { actor: 'ann', mode: 'drain', queue: null },
      });
      const drained = await eventually(async () => {
        const status = await calls.get('maintenance');
        expect(status.drained).toBe(true);
        return status;
      });
      expect(drained).toMatchObject({ active: true, scopes: [{ queue: null, actor: 'ann', inFlight: 0 }], generation: 1 });
      expect(drained.executors).toHaveLength(1);
      expect(await calls.write('POST', 'maintenance/swap', {}, 'GENERATION_SWAP')).toEqual({ generation: 2 });
      expect(await calls.write('POST', 'maintenance/exit', {}, 'MAINTENANCE_EXIT')).toEqual({ ended: true });
      expect(await calls.send('POST', 'maintenance/exit')).toMatchObject({ status: 200, body: { ended: false }, audit: [] });
      expect(await calls.get('maintenance')).toMatchObject({ active: false, generation: 2 });
      expect((await calls.send('POST', 'workflows/orders.fulfil/runs')).status).toBe(201);
    }));

  it('of single queues, with an end, leaves the others alone', () =>
    withCalls(adapter, async (calls) => {
      await calls.write('POST', 'queues', { name: STRANGE }, 'QUEUE_CREATE');
      const until = new Date(Date.now() + 3_600_000).toISOString();
      await calls.write('POST', 'maintenance/enter', { mode: 'drain', queues: [STRANGE], until }, 'MAINTENANCE_ENTER');
      expect((await calls.get('maintenance')).scopes).toMatchObject([{ queue: STRANGE, until }]);
      await calls.refused('POST', 'workflows/orders.wait/runs', { queue: STRANGE }, 409, 'MAINTENANCE_ACTIVE');
      expect((await calls.send('POST', 'workflows/orders.wait/runs', { delay: '1h' })).status).toBe(201);
      expect(await calls.send('POST', 'maintenance/exit')).toMatchObject({ body: { ended: false } });
      expect(await calls.write('POST', 'maintenance/exit', { queues: [STRANGE] }, 'MAINTENANCE_EXIT')).toEqual({ ended: true });
    }));

  it('that cancels ends what is not over, and says how much', () =>
    withCalls(adapter, async (calls) => {
      const { runId } = await calls.admin.workflows.start('orders.wait');
      await eventually(async () => expect(await calls.admin.workflows.getRun(runId).status).toBe('WAITING'));
      const { body, audit } = await calls.send('POST', 'maintenance/enter', { mode: 'cancel', reason: 'fire drill' });
      expect(body.cancelled.queued + body.cancelled.running).toBe(1);
      expect(await calls.admin.workflows.getRun(runId).status).toBe('CANCELLED');
      expect(audit.map(({ action }) => action)).toEqual(expect.arrayContaining(['MAINTENANCE_ENTER']));
      for (const row of audit) expect(row).toMatchObject({ actor: 'ann', reason: 'fire drill' });
    }));

  it('is not entered or left by a request that can not be meant', () =>
    withCalls(adapter, async (calls) => {
      const refusals: Array<[path: string, body: object, status: number, code: string]> = [
        ['enter', {}, 400, 'INVALID_REQUEST'],
        ['enter', { mode: 'off' }, 400, 'INVALID_MODE'],
        ['enter', { mode: 'drain', until: 'tomorrow' }, 400, 'INVALID_DURATION'],
        ['enter', { mode: 'drain', until: '2020-01-01T00:00:00Z' }, 400, 'INVALID_OPTION'],
        ['enter', { mode: 'drain', queues: [] }, 400, 'INVALID_OPTION'],
        ['enter', { mode: 'drain', queues: 'default' }, 400, 'INVALID_REQUEST'],
        ['enter', { mode: 'drain', queues: ['nobody'] }, 404, 'QUEUE_NOT_FOUND'],
        ['enter', { mode: 'drain', queue: 'default' }, 400, 'UNKNOWN_OPTION'],
        ['exit', { queues: ['nobody'] }, 404, 'QUEUE_NOT_FOUND'],
        ['swap', { force: true }, 400, 'UNKNOWN_OPTION'],
      ];
      for (const [at, body, status, code] of refusals) await calls.refused('POST', `maintenance/${at}`, body, status, code);
      expect(await calls.get('maintenance')).toMatchObject({ active: false, generation: 1 });
      await calls.write('POST', 'maintenance/enter', { mode: 'drain' }, 'MAINTENANCE_ENTER');
      const { runId } = await calls.admin.workflows.start('orders.wait', [], { allowDuringMaintenance: true });
      expect(await calls.admin.workflows.getRun(runId).status).toBe('ENQUEUED');
    }));

  it('that is not drained can not be swapped, and the answer says what is under way', () => {
    const [reached, released] = [new TestSignal(), new TestSignal()];
    const blocks = workflow('blocks', async () => {
      reached.emit();
      await released.next({ timeout: 60_000 });
    });
    const test = async (calls: AdminCalls) => {
      const { runId } = await calls.admin.workflows.start('blocks');
      await reached.next();
      await calls.write('POST', 'maintenance/enter', { mode: 'drain' }, 'MAINTENANCE_ENTER');
      await calls.refused('POST', 'maintenance/swap', {}, 409, 'NOT_DRAINED', { details: { inFlight: 1 } });
      expect(await calls.get('maintenance')).toMatchObject({ drained: false, scopes: [{ inFlight: 1 }], generation: 1 });
      released.emit();
      await calls.admin.workflows.getRun(runId).returnValue;
    };
    return withCalls(adapter, test, [blocks]).finally(() => released.emit());
  });
});
