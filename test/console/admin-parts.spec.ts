// The pure parts of the admin page: what a line of the audit log is about, and whether anybody executes runs.
import { targetOf } from '../../console/src/pages/admin/audit-target.js';
import { hasWorkers } from '../../console/src/pages/admin/maintenance/cut-over.js';

describe('What a line of the audit log is about', () => {
  it.each([
    ['QUEUE_PAUSE', { queue: 'a/b' }, { queue: 'a/b', is_paused: true }, 'queue a/b', '/queues/a%2Fb'],
    ['QUEUE_CREATE', null, { queue: 'ovens' }, 'queue ovens', '/queues/ovens'],
    [
      'TEMPLATE_STATUS',
      { workflow: 'batch.run', template: 'standard', version: 2, status: 'active' },
      { status: 'obsolete' },
      'template standard v2 of batch.run',
      '/admin/templates?of=batch.run&name=standard&version=2',
    ],
    [
      'TEMPLATE_DELETE',
      { workflow: 'w', template: 't', versions: [1, 2] },
      null,
      'template t of w',
      '/admin/templates?of=w&name=t',
    ],
    ['ENUM_SAVE', null, { enum: 'Phase', version: 1 }, 'enum Phase v1', '/admin/enums?name=Phase&version=1'],
    ['DEAD_LETTER_REPLAY', { name: 'orders', queue: 'q' }, null, 'dead letter of orders', '/admin/dead-letters'],
    ['BULK_CANCEL', { status: 'RUNNING' }, { job: '17' }, 'bulk job 17', '/admin/bulk-jobs'],
    ['MAINTENANCE_ENTER', null, { queue: null, mode: 'drain' }, 'all queues', '/admin/maintenance'],
    ['MAINTENANCE_EXIT', { queue: 'ovens' }, null, 'queue ovens', '/admin/maintenance'],
    ['GENERATION_SWAP', { generation: 1 }, { generation: 2 }, 'generation 2', '/admin/executors'],
  ])('is told by %s', (action, before, after, text, path) => {
    expect(targetOf({ action, before, after })).toEqual({ text, path });
  });

  it('is not made up where the line does not say it', () => {
    expect(targetOf({ action: 'RETENTION_UPDATE', before: { after: 1 }, after: null })).toBeUndefined();
  });
});

describe('Runs are executed', () => {
  const executor = (role: string, generation: number) =>
    ({ role, generation }) as Parameters<typeof hasWorkers>[0]['executors'][number];

  it('by processes of the generation that is now, and not by clients', () => {
    expect(hasWorkers({ generation: 2, executors: [executor('client', 2), executor('both', 2)] })).toBe(true);
    expect(hasWorkers({ generation: 2, executors: [executor('client', 2), executor('both', 1)] })).toBe(false);
    expect(hasWorkers({ generation: 2, executors: [] })).toBe(false);
  });
});
