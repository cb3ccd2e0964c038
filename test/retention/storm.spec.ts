// Everything at once: runs that begin and end in two processes, their children, messages, events and streams, starts under ids that are used
// again and again, and sweeps that delete whatever is over at the moment it is. Nothing is left of what was deleted, and nothing is lost.
import { WorkflowsError } from '../../lib/index.js';
import { type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { randomNumbers } from '../support/random-numbers.js';
import { orphans } from './retention-room.js';

const RUNS = 200;

/** Undefined: it was deleted before it was seen. */
const unlessDeleted = <T>(promise: Promise<T>): Promise<T | undefined> =>
  promise.catch((error: unknown) => {
    if (WorkflowsError.is(error, 'RUN_NOT_FOUND') || WorkflowsError.is(error, 'RUN_FINISHED')) return undefined;
    throw error;
  });

describe('sweeps beside everything else', () => {
  it.each([1, 2])(
    'leave no row of a run that is not there, delete no run that is not over, and make none run twice (seed %i)',
    (seed) =>
      withCluster(async (cluster) => {
        const bodies = new Map<number, number>();
        const leaf = workflow('leaf', async (wf, n: number) => {
          await wf.setEvent('n', n);
          return wf.step('leaf', () => n);
        });
        const job = workflow('job', async (wf, n: number, kind: number) => {
          await wf.stream('log').write(n);
          if (kind === 1) await wf.receive('go', { timeout: 50 });
          const first = await wf.step('body', () => {
            bodies.set(n, (bodies.get(n) ?? 0) + 1);
            return n;
          });
          if (kind === 2) return (await (await wf.startChild<number>('leaf', [n])).returnValue) + first - n;
          if (kind === 3) await wf.startChild('leaf', [n], { detached: true });
          return first;
        });
        const options = { tickInterval: 100, suspendAfter: 0 };
        const apps = [await cluster.app([leaf, job], options), await cluster.app([leaf, job], options)] as [
          ClusterApp,
          ClusterApp,
        ];
        const random = randomNumbers(seed);
        let isOver = false;
        const sweeping = apps.map(async (app, i) => {
          let deleted = 0;
          while (!isOver)
            deleted += (await app.workflows.applyRetention(i === 0 ? { after: 0 } : { maxRows: 5, after: '1ms' })).deleted;
          return deleted;
        });
        const results: Array<Promise<unknown>> = [];
        for (let n = 0; n < RUNS; n++) {
          const app = apps[n % 2] as ClusterApp;
          const kind = Math.floor(random() * 4);
          const unique = random() < 0.3 ? { deduplicationId: `d${n}`, id: `run-${n}` } : {};
          const run = await app.workflows.start<number>('job', [n, kind], unique);
          results.push(unlessDeleted(run.returnValue).then((value) => expect([n, undefined]).toContain(value)));
          if (kind === 1)
            results.push(
              unlessDeleted(run.send('go', n)),
              unlessDeleted((apps[1 - (n % 2)] as ClusterApp).workflows.send(run.runId, 'go', 0)),
            );
        }
        await Promise.all(results);
        await eventually(async () => {
          await apps[0].workflows.applyRetention({ after: 0 });
          expect(await cluster.rows('select workflow_id, name, status, permit, end_pending from workflow_status')).toEqual([]);
        });
        isOver = true;
        expect((await Promise.all(sweeping)).reduce((sum, deleted) => sum + deleted)).toBeGreaterThan(RUNS / 2);
        await eventually(async () => expect(await orphans(cluster)).toEqual({}));
        expect([...bodies].filter(([, count]) => count !== 1)).toEqual([]);
        expect(bodies.size).toBe(RUNS);
      })(),
    60_000,
  );
});
