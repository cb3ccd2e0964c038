// What is kept of a change at run time over a restart, who wins against a declaration, and what the audit log says.
import { withCluster } from '../engine/cluster.js';
import { queueOf, quick } from './queue-room.js';

describe('a setting that was changed at run time', () => {
  it(
    'stays over a restart with the same declaration, and gives way to a declaration that has changed',
    withCluster(async (cluster) => {
      const queues = [{ name: 'q', concurrency: 3, partitionConcurrency: 2 }];
      const first = await cluster.app([quick], { queues });
      await first.workflows.queues.update('q', { concurrency: 9 });
      await first.workflows.queues.pause('q');
      await cluster.leave(first);
      const same = await cluster.app([quick], { queues: [{ partitionConcurrency: 2, concurrency: 3, name: 'q' }] });
      expect(await queueOf(same, 'q')).toMatchObject({ concurrency: 9, partitionConcurrency: 2, isPaused: true });
      await cluster.leave(same);
      const changed = await cluster.app([quick], { queues: [{ name: 'q', concurrency: 3, partitionConcurrency: 5 }] });
      // A declaration says nothing of a pause: that is the operator's.
      expect(await queueOf(changed, 'q')).toMatchObject({ concurrency: 3, partitionConcurrency: 5, isPaused: true });
    }),
  );

  it(
    'gives way to a declaration that takes the limit away by not naming it',
    withCluster(async (cluster) => {
      const first = await cluster.app([quick], { queues: [{ name: 'q', concurrency: 3 }] });
      await cluster.leave(first);
      const second = await cluster.app([quick], { queues: [{ name: 'q' }] });
      expect(await queueOf(second, 'q')).toMatchObject({ concurrency: null });
    }),
  );

  it(
    'stays when a process boots that does not declare the queue at all',
    withCluster(async (cluster) => {
      const first = await cluster.app([quick], { queues: [{ name: 'q', concurrency: 3 }] });
      await first.workflows.queues.update('q', { concurrency: 4 });
      const second = await cluster.app([quick]);
      expect(await queueOf(second, 'q')).toMatchObject({ concurrency: 4 });
    }),
  );

  it(
    'or declared by many processes that boot at once is there once',
    withCluster(async (cluster) => {
      await cluster.app([quick]);
      const queues = Array.from({ length: 20 }, (_, i) => ({ name: `q${i}`, concurrency: i + 1 }));
      await Promise.all([1, 2, 3, 4].map(() => cluster.app([quick], { queues, role: 'client' })));
      expect(await cluster.rows(`select queue, concurrency from queues where queue like 'q%' order by concurrency`)).toEqual(
        queues.map(({ name, concurrency }) => ({ queue: name, concurrency })),
      );
    }),
  );
});

describe('the audit log', () => {
  it(
    'tells of each action at a queue who did it, why, and what changed',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const { queues } = app.workflows;
      await queues.create({ name: 'q', concurrency: 2 }, { actor: 'ann', reason: 'new line' });
      await queues.update('q', { concurrency: 5, rateLimit: { limit: 3, period: '1s' } }, { actor: 'bob', reason: 'more' });
      await queues.pause('q', { actor: 'cy', reason: 'cleaning' });
      await queues.resume('q');
      const lines = await cluster.rows('select actor, action, reason, before, after from audit_log order by audit_id');
      expect(lines).toMatchObject([
        { actor: 'ann', action: 'QUEUE_CREATE', reason: 'new line', before: null, after: { queue: 'q', concurrency: 2 } },
        {
          actor: 'bob',
          action: 'QUEUE_UPDATE',
          reason: 'more',
          before: { queue: 'q', concurrency: 2, rate_limit: null },
          after: { queue: 'q', concurrency: 5, rate_limit: 3, rate_period_ms: 1_000 },
        },
        {
          actor: 'cy',
          action: 'QUEUE_PAUSE',
          reason: 'cleaning',
          before: { paused: false },
          after: { queue: 'q', paused: true },
        },
        { actor: 'api', action: 'QUEUE_RESUME', reason: null, before: { paused: true }, after: { queue: 'q', paused: false } },
      ]);
      // Every line shows the same settings, so that they can be compared.
      expect(Object.keys(lines[0].after).sort()).toEqual(Object.keys(lines[1].after).sort());
    }),
  );

  it(
    'keeps whatever text an operator gives',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      await app.workflows.queues.pause('default', { actor: 'ann\0', reason: `half a \ud800 pair ${'x'.repeat(5_000)}` });
      const [line] = await cluster.rows('select actor, reason from audit_log');
      expect(line.actor).toMatch(/^ann/);
      expect(line.reason).toMatch(/^half a . pair x+/);
      expect(line.reason.length).toBeLessThanOrEqual(1_001);
    }),
  );
});
