// Runs wait for each other (messages, events, children) while a worker dies every second, some of them without hearing notifications; some sources
// and children are cancelled. A wake-up that gets lost leaves a run that never ends.
import { setTimeout as pause } from 'node:timers/promises';
import type { ChildScript } from '../../support/child-process.js';
import type { WorkerOptions } from '../fault-cluster.js';
import { pick, type Report, type ScenarioContext, withFaultCluster } from '../scenario.js';
import { recoveriesAfter } from './sigkill.js';

const WORKERS = 3;

export async function waking({ full, random, log }: ScenarioContext): Promise<Report> {
  const kills = full ? 100 : 8;
  const sets = 5;
  return withFaultCluster(async (cluster) => {
    // From unloaded at once to hardly ever, with and without notifications.
    const nextWorker = (): WorkerOptions => ({
      module: { suspendAfter: pick(random, [0, 20, 100, 400]), notifications: random() < 0.6 },
    });
    const serving = await Promise.all(Array.from({ length: WORKERS }, () => cluster.startWorker(nextWorker())));
    const warming: Array<Promise<ChildScript>> = [cluster.startWorker(nextWorker())];
    const deaths: Array<{ pid: number; at: number }> = [];
    for (let kill = 0; kill < kills; kill++) {
      if ((await cluster.unfinished()) < 400)
        await cluster.converse({ sets, ms: pick(random, [0, 10, 60]), random, cancels: true });
      await pause(100 + random() * 800);
      const victim = pick(random, serving);
      serving.splice(serving.indexOf(victim), 1);
      deaths.push({ pid: victim.pid, at: await cluster.kill(victim) });
      serving.push(await (warming.shift() as Promise<ChildScript>));
      warming.push(cluster.startWorker(nextWorker()));
      if (kill % 20 === 19) log(`${kill + 1} kills`);
    }
    await Promise.all(warming);
    return ({ audit }) => ({
      figures: {
        kills,
        'runs taken over': deaths.flatMap(({ pid, at }) => recoveriesAfter(audit, pid, at)).length,
        suspensions: audit.ownership.filter(({ status }) => status === 'WAITING').length,
      },
    });
  });
}
