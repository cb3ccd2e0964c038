// Commands that race each other, completion, rescue and kills: no run is left stuck, no command without an outcome, and whoever was stopped
// has wound down, once on record. Seeded; the seed stands in the name.
import type { Run } from '../../lib/index.js';
import { isTerminal } from '../../lib/model/run-transitions.js';
import { type Cluster, type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';

const RUNS = 40;
const COMMANDS = 200;

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Steps, sleeps in memory and out of it, mail, branches; winds down in `finally`. */
const batch = workflow('batch', async (wf, shape: number) => {
  try {
    for (let i = 0; i < 12; i++) {
      await wf.step(`step ${i}`, () => new Promise((resolve) => setTimeout(resolve, (shape * 7 + i) % 60)));
      if ((shape + i) % 3 === 0) await wf.sleep(((shape * 13) % 40) + 1);
      if ((shape + i) % 4 === 1) await Promise.all([wf.sleep(5), wf.step('beside', () => shape), wf.setEvent('at', i)]);
      if ((shape + i) % 5 === 2) await wf.receive('go', { timeout: (shape % 30) + 1 });
    }
    if (shape % 11 === 0) throw new Error('broken');
    return shape;
  } finally {
    await wf.shield(async () => {
      await wf.step('wind down', () => undefined);
      await wf.setEvent('phase', 'wound down');
    });
  }
});

async function shake(cluster: Cluster, seed: number): Promise<void> {
  const random = randomOf(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const options = { tickInterval: 100, suspendAfter: 20 };
  const apps: ClusterApp[] = [await cluster.app([batch], options), await cluster.app([batch], options)];
  const client = await cluster.app([batch], { ...options, role: 'client' });
  const runs: Run[] = [];
  for (let i = 0; i < RUNS; i++) runs.push(await client.workflows.start('batch', [Math.floor(random() * 100)]));
  for (let i = 0; i < COMMANDS; i++) {
    const run = client.workflows.getRun(pick(runs).runId);
    const what = random();
    const act = async () => {
      if (what < 0.05) await run.cancel();
      else await run.sendCommand(pick(['HOLD', 'HOLD', 'RESUME', 'RESUME', 'STOP', 'RESET']));
    };
    // What it may not do now it is told; that is no failure here.
    await Promise.all([act().catch(tolerate), random() < 0.3 ? act().catch(tolerate) : undefined]);
    if (i % 50 === 25) {
      const at = Math.floor(random() * apps.length);
      await cluster.kill(apps[at] as ClusterApp);
      apps[at] = await cluster.app([batch], options);
    }
  }
  await eventually(
    async () => {
      for (const { workflow_id } of await cluster.rows(`select workflow_id from workflow_status where status = 'HELD'`))
        await client.workflows.sendCommand(workflow_id, 'RESUME').catch(tolerate);
      expect(
        await cluster.rows('select workflow_id, status, command, wake_at from workflow_status where completed_at is null'),
      ).toEqual([]);
    },
    { timeout: 40_000, interval: 100 },
  );
  const open = await cluster.rows('select workflow_id, command, state from commands where outcome is null');
  expect(open).toEqual([]);
  const left = await cluster.rows('select workflow_id, status, command, commands_pending from workflow_status');
  expect(left.filter(({ status }) => !isTerminal(status))).toEqual([]);
  expect(left.filter(({ command, commands_pending }) => command !== null || commands_pending)).toEqual([]);
  expect(await cluster.count('waits')).toBe(0);
  const wound = await cluster.rows(
    `select r.status, count(o.*)::int times from workflow_status r
     left join operation_outputs o on o.workflow_id = r.workflow_id and o.name = 'wind down' and o.error is null
     where r.status in ('STOPPED', 'SUCCESS', 'ERROR') and r.started_at is not null group by r.workflow_id, r.status`,
  );
  expect(wound.length).toBeGreaterThan(0);
  expect(wound.filter(({ times }) => times !== 1)).toEqual([]);
  await eventually(async () => expect(await cluster.count('workflow_status where permit')).toBe(0));
}

function tolerate(error: { code?: string }): void {
  if (error.code !== 'COMMAND_NOT_ALLOWED') throw error;
}

it.each([1, 2, 3])('commands that race everything, seed %i', (seed) => withCluster((cluster) => shake(cluster, seed))(), 90_000);
