// A bulk job whose processes are killed one after the other, each in the middle of a page: the next one goes on, every run gets its command once,
// and the job tells how many there were.
import { setTimeout as pause } from 'node:timers/promises';
import { BulkJobs } from '../../../lib/index.js';
import type { Violation } from '../checker.js';
import type { FaultCluster } from '../fault-cluster.js';
import type { Report, ScenarioContext } from '../scenario.js';
import { withFaultCluster } from '../scenario.js';

const WORKERS = 3;
/** Nobody executes what is in it until a last worker comes. */
const QUEUE = 'parts';
const JOB = '00000000-0000-7000-8000-000000000001';

interface JobRow {
  status: string;
  matched: number;
  done: number;
  refused: number;
  failed: number;
  held: number;
  pid: number | null;
}

export async function bulkJobs({ full, random, log }: ScenarioContext): Promise<Report> {
  const runs = full ? 20_000 : 2_000;
  const kills = full ? 20 : 2;
  return withFaultCluster(async (cluster) => {
    const start = () => cluster.startWorker({ module: { serveQueues: ['default'], tickInterval: 200 } });
    const begun = await cluster.client.workflows.startMany(
      'plain',
      Array.from({ length: runs }, () => ({ args: [1], options: { queue: QUEUE } })),
    );
    cluster.acknowledge(begun.map(({ runId }) => runId));
    await Promise.all(Array.from({ length: WORKERS }, start));
    // By nobody who would work at it, and could not be killed.
    await cluster.schema.pool.query(
      `select create_bulk_job($1, null, '{"command":"HOLD"}', '{"queue":"${QUEUE}"}', '{"command":"HOLD"}', $2, false, 'ann', null, null)`,
      [JOB, runs],
    );
    const warming: Array<Promise<unknown>> = [];
    for (let kill = 0; kill < kills; kill++) {
      const least = (runs * (kill + random() / 2)) / kills;
      const job = await until(cluster, (row) => row.pid !== null && row.held > least);
      const owner = [...cluster.workers].find(({ pid }) => pid === job.pid);
      if (owner === undefined) break;
      await cluster.kill(owner);
      log(`killed with ${job.held} of ${runs} held`);
      warming.push(start());
    }
    await Promise.all(warming);
    const job = await until(cluster, ({ status }) => status !== 'QUEUED' && status !== 'RUNNING');
    const { rows } = await cluster.schema.pool.query<{ run: string; times: number }>(
      `select r.workflow_id run, count(c.command_id)::int times from workflow_status r
       left join commands c on c.workflow_id = r.workflow_id and c.command = 'HOLD' and c.outcome = 'APPLIED'
       where r.queue = $1 group by 1 having count(c.command_id) <> 1`,
      [QUEUE],
    );
    const owners = await cluster.schema.pool.query<{ n: number }>('select count(*)::int n from executors where not alive');
    await cluster.client.module
      .get(BulkJobs, { strict: false })
      .create({ action: { command: 'RESUME' }, filter: { queue: QUEUE } });
    await cluster.startWorker();
    await cluster.untilAllOver(60_000);
    return () => {
      const violations: Violation[] = rows.map(({ run, times }) => ({
        invariant: 'bulk',
        what: `run ${run} was held ${times} times`,
      }));
      const { status, matched, done, refused, failed } = job;
      if (status !== 'DONE' || matched !== runs || done !== runs || refused + failed > 0)
        violations.push({
          invariant: 'bulk',
          what: `the job is ${status}: ${done} done, ${refused} refused, ${failed} failed of ${matched}`,
        });
      if ((owners.rows[0]?.n ?? 0) < kills)
        violations.push({ invariant: 'bulk', what: `fewer than ${kills} of its processes died: nothing was proved` });
      return { figures: { kills, held: done }, violations };
    };
  });
}

async function until(cluster: FaultCluster, holds: (job: JobRow) => boolean): Promise<JobRow> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const { rows } = await cluster.schema.pool.query<JobRow>(
      `select b.status, b.matched::int, b.done::int, b.refused::int, b.failed::int, e.pid,
         (select count(*)::int from commands c where c.request_id = 'bulk:' || b.job_id) held
       from bulk_jobs b left join executors e on e.executor_id = b.owner and e.alive where b.job_id = $1`,
      [JOB],
    );
    const job = rows[0] as JobRow;
    if (holds(job) || job.status === 'DONE' || performance.now() > deadline) return job;
    await pause(10);
  }
}
