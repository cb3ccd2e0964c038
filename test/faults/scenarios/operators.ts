// Operators under kills: runs are held, resumed and stopped from another process at random while the processes that execute them die. No command is
// lost or left without an outcome, none is followed by the wrong run, what is held begins nothing, and whoever is stopped has wound down.
import { setTimeout as pause } from 'node:timers/promises';
import type { ChildScript } from '../../support/child-process.js';
import type { Violation } from '../checker.js';
import type { FaultCluster } from '../fault-cluster.js';
import { pick, type Report, type ScenarioContext, withFaultCluster } from '../scenario.js';

const WORKERS = 3;
const WORKFLOWS = ['winds', 'winds', 'nap', 'parallel', 'plain', 'noisy'];
const COMMANDS = ['HOLD', 'HOLD', 'RESUME', 'RESUME', 'STOP'];

interface CommandRow {
  run: string;
  command: string;
  outcome: string | null;
  status: string;
  workflow: string;
}

export async function operators({ full, random, log }: ScenarioContext): Promise<Report> {
  const kills = full ? 100 : 6;
  return withFaultCluster(async (cluster) => {
    const options = () => ({ module: { suspendAfter: pick(random, [0, 50, 1_000]), notifications: random() < 0.7 } });
    const serving = await Promise.all(Array.from({ length: WORKERS }, () => cluster.startWorker(options())));
    let isOver = false;
    const commanding = command(cluster, random, () => isOver);
    for (let kill = 0; kill < kills; kill++) {
      const next = cluster.startWorker(options());
      await cluster.start(40, 20 + Math.floor(random() * 120), WORKFLOWS);
      await pause(500 + random() * 900);
      const victim = pick(random, serving) as ChildScript;
      serving.splice(serving.indexOf(victim), 1);
      await cluster.kill(victim);
      serving.push(await next);
      if (kill % 20 === 19) log(`${kill + 1} kills`);
    }
    isOver = true;
    await commanding;
    await resumeAll(cluster);
    const rows = async () =>
      (
        await cluster.schema.pool.query<CommandRow>(
          `select c.workflow_id run, c.command, c.outcome, r.status, r.name workflow from commands c join workflow_status r using (workflow_id)
           where c.outcome is distinct from 'REJECTED'`,
        )
      ).rows;
    await cluster.untilAllOver(30_000);
    const commands = await rows();
    return ({ audit }) => {
      const violations: Violation[] = [];
      const count = (name: string, outcome: string) =>
        commands.filter((row) => row.command === name && row.outcome === outcome).length;
      for (const { run, command: name, outcome, status } of commands) {
        if (outcome === null) violations.push({ invariant: 'command', what: `${name} of run ${run} has no outcome` });
        if (name === 'STOP' && (outcome === 'APPLIED') !== (status === 'STOPPED'))
          violations.push({ invariant: 'command', what: `STOP of run ${run} is ${outcome}, the run is ${status}` });
      }
      const wound = new Map<string, number>();
      for (const { run, kind, name } of audit.checkpoints)
        if (kind === 'step' && name === 'z') wound.set(run, (wound.get(run) ?? 0) + 1);
      // One that had not begun has nothing to wind down.
      const begun = new Set(audit.checkpoints.map(({ run }) => run));
      for (const { run, workflow } of audit.runs)
        if (workflow === 'winds' && begun.has(run) && wound.get(run) !== 1)
          violations.push({ invariant: 'finally', what: `run ${run} has wound down ${wound.get(run) ?? 0} times` });
      const figures = {
        kills,
        held: count('HOLD', 'APPLIED'),
        withdrawn: count('HOLD', 'SUPERSEDED'),
        resumed: count('RESUME', 'APPLIED'),
        stopped: count('STOP', 'APPLIED'),
        expired: count('HOLD', 'EXPIRED') + count('STOP', 'EXPIRED'),
      };
      for (const name of ['held', 'resumed', 'stopped'] as const)
        if (figures[name] < kills)
          violations.push({ invariant: 'command', what: `only ${figures[name]} were ${name}: nothing was proved` });
      return { figures, violations };
    };
  });
}

/** A command every few ms, to a run that is not over. */
async function command(cluster: FaultCluster, random: () => number, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const { rows } = await cluster.schema.pool.query<{ run: string }>(
      'select workflow_id run from workflow_status where completed_at is null order by random() limit 5',
    );
    for (const { run } of rows) {
      const name = pick(random, COMMANDS);
      if (name === 'STOP') cluster.ledger.append({ kind: 'stop', run });
      await send(cluster, run, name);
    }
    await pause(20);
  }
}

async function resumeAll(cluster: FaultCluster): Promise<void> {
  for (;;) {
    const { rows } = await cluster.schema.pool.query<{ run: string }>(
      `select workflow_id run from workflow_status where status = 'HELD' or command ->> 'name' = 'HOLD'`,
    );
    if (rows.length === 0) return;
    for (const { run } of rows) await send(cluster, run, 'RESUME');
  }
}

async function send(cluster: FaultCluster, run: string, name: string): Promise<void> {
  try {
    await cluster.client.workflows.sendCommand(run, name, { actor: 'operator' });
  } catch (error) {
    if ((error as { code?: string }).code !== 'COMMAND_NOT_ALLOWED') throw error;
  }
}
