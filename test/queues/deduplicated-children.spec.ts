// Children with a deduplication id, and what the entities show of queues.
import { DataSource } from 'typeorm';
import { workflowsEntities } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { held, NO_TICK, statusOf } from './queue-room.js';

const reject = { deduplicationId: 'd' } as const;
const existing = { deduplicationId: 'd', deduplicationPolicy: 'return-existing' } as const;

describe('a child with a deduplication id', () => {
  it(
    'is refused in the workflow, or is the run that has the id; the outcome is on record',
    withCluster(async (cluster) => {
      let replays = 0;
      const jobs = held();
      const flow = workflow('flow', async (wf) => {
        replays++;
        const first = await wf.startChild('held', ['child'], existing);
        const second = await wf.startChild('held', ['again'], existing);
        const third = await wf.startChild('held', ['again'], reject).catch((error) => error.code);
        await wf.receive('go');
        return [first.runId, second.runId, third];
      });
      const app = await cluster.app([flow, jobs.flow], { ...NO_TICK, suspendAfter: 0 });
      const run = await app.workflows.start('flow');
      await statusOf(cluster, run.runId, 'WAITING');
      const [child] = await cluster.rows(`select workflow_id, parent_id from workflow_status where name = 'held'`);
      expect(child.parent_id).toBe(run.runId);
      jobs.open('child');
      await app.workflows.getRun(child.workflow_id).returnValue;
      await run.send('go');
      expect(await run.returnValue).toEqual([child.workflow_id, child.workflow_id, 'DEDUPLICATION_CONFLICT']);
      expect(replays).toBe(2);
      expect(await cluster.count(`workflow_status where name = 'held'`)).toBe(1);
    }),
  );

  it(
    'is the same run when its parent crashes between the insert and the record',
    withCluster(async (cluster) => {
      const jobs = held();
      const flow = workflow('flow', async (wf) => {
        const child = await wf.startChild('held', ['child'], reject);
        await wf.receive('go');
        return child.runId;
      });
      const app = await cluster.app([flow, jobs.flow], { ...NO_TICK, suspendAfter: 0 });
      const run = await app.workflows.start('flow');
      await statusOf(cluster, run.runId, 'WAITING');
      // As a crash between the two commits leaves it.
      expect(await cluster.rows('delete from operation_outputs returning kind')).toEqual([{ kind: 'startChild' }]);
      await run.send('go');
      const childId = await run.returnValue;
      expect(await cluster.rows(`select workflow_id, parent_id from workflow_status where name = 'held'`)).toEqual([
        { workflow_id: childId, parent_id: run.runId },
      ]);
    }),
  );
});

describe('the entities', () => {
  it(
    'show queue, partition key and deduplication id',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], { queues: [{ name: 'q' }] });
      const { runId } = await app.workflows.start('held', [1], { queue: 'q', partitionKey: 'k', deduplicationId: 'd' });
      const { Run: RunEntity } = workflowsEntities(cluster.schema.schema);
      const dataSource = await new DataSource({
        type: 'postgres',
        url: cluster.schema.url,
        entities: [RunEntity],
      }).initialize();
      try {
        expect(await dataSource.getRepository(RunEntity).findOneByOrFail({ runId })).toMatchObject({
          queue: 'q',
          partitionKey: 'k',
          deduplicationId: 'd',
        });
      } finally {
        await dataSource.destroy();
      }
    }),
  );
});
