// Outcomes reach a run one at a time in recorded order, so concurrent code sees on replay what it saw live.
import { randomBytes } from 'node:crypto';
import type { WorkflowContext } from '../../lib/index.js';
import { randomNumbers } from '../support/random-numbers.js';
import { TestSignal } from '../support/test-signal.js';
import { never, withCluster, workflow } from './cluster.js';

type Op = <T>(name: string, value: T, afterTurns?: number) => Promise<T>;

/** A step that is over after so many turns of the event loop; on replay its body must not run. */
const steps =
  (wf: WorkflowContext, bodies: string[]): Op =>
  (name, value, afterTurns = 0) =>
    wf.step(name, async () => {
      bodies.push(name);
      for (let i = 0; i < afterTurns; i++) await new Promise(setImmediate);
      if (value instanceof Error) throw value;
      return value;
    });

const PROGRAMS: Record<string, (op: Op, seen: unknown[], wf: WorkflowContext) => Promise<unknown>> = {
  'Promise.all over steps that end in reverse order': async (op, seen) => {
    const one = async (name: string, turns: number) => seen.push(await op(name, name, turns));
    await Promise.all([one('a', 30), one('b', 20), one('c', 10)]);
  },
  'Promise.race, where the loser ends later': async (op, seen) => {
    seen.push(await Promise.race([op('slow', 'slow', 20), op('fast', 'fast', 1)]));
    seen.push(await op('after', 'after', 40));
    seen.push(await op('last', 'last'));
  },
  'Promise.any past a failure': async (op, seen) => {
    seen.push(await Promise.any([op('fails', new Error('no'), 1), op('works', 'yes', 10)]));
  },
  'Promise.any, where all fail': async (op, seen) => {
    const error = await Promise.any([op('x', new Error('1'), 5), op('y', new RangeError('2'), 1)]).catch((e) => e);
    seen.push(error.errors.map((e: Error) => `${e.name} ${e.message}`));
  },
  'Promise.allSettled with the same step name in every branch': async (op, seen) => {
    const results = await Promise.allSettled([op('s', 1, 9), op('s', new Error('bad'), 3), op('s', 3, 6)]);
    seen.push(results.map((r) => (r.status === 'fulfilled' ? r.value : r.reason.message)));
  },
  'branches of different length that share a counter': async (op, seen) => {
    let n = 0;
    const branch = async (id: string, length: number, turns: number) => {
      for (let i = 0; i < length; i++) {
        await op(id, i, turns);
        seen.push(`${id}${i}:${n++}`);
        if (n % 3 === 0) seen.push(await op(`extra of ${id}`, n));
      }
    };
    await Promise.all([branch('a', 5, 3), branch('b', 4, 4), branch('c', 7, 1)]);
  },
  'a race of sleeps, events and steps': async (op, seen, wf) => {
    const tag = async (name: string, promise: Promise<unknown>) => {
      await promise;
      seen.push(name, wf.random());
      return name;
    };
    seen.push(await Promise.race([tag('sleep', wf.sleep(3)), tag('event', wf.setEvent('k', 1)), tag('step', op('s', 1, 3))]));
    await Promise.all([tag('sleep 2', wf.sleep(2)), tag('now', op('t', 2)), tag('progress', wf.progress('on'))]);
    seen.push(await Promise.race([tag('long', wf.sleep('1h')), tag('short', wf.sleep(4))]));
  },
  'steps that were begun first and awaited later': async (op, seen) => {
    const late = op('late', 'late', 15);
    const early = op('early', 'early', 1);
    seen.push(await op('between', 'between', 5));
    seen.push(await early, await late);
  },
};

/** A random program: nested combinators over steps, sleeps, events and values, same names, caught errors, extra microtasks. */
async function randomProgram(wf: WorkflowContext, seed: number, seen: unknown[], onBody: () => void): Promise<void> {
  const chance = randomNumbers(seed);
  // Bodies do what they like: only what they give is recorded.
  const whim = randomNumbers(randomBytes(4).readUInt32LE());
  const branches: Promise<unknown>[] = [];
  let budget = 14;
  const body = async () => {
    onBody();
    const when = whim();
    if (when < 0.4) for (let k = Math.floor(whim() * 4); k > 0; k--) await null;
    else if (when < 0.7) await new Promise(setImmediate);
    else await new Promise((resolve) => setTimeout(resolve, Math.floor(whim() * 4)));
    if (whim() < 0.12) throw new Error('failed');
    return Math.floor(whim() * 1_000);
  };
  const atom = async () => {
    const kind = chance();
    if (kind < 0.6) return wf.step(`step-${Math.floor(chance() * 3)}`, body);
    if (kind < 0.7) return wf.step('retried', body, { retry: { maxAttempts: 2, initialInterval: Math.floor(chance() * 3) } });
    if (kind < 0.8) return wf.sleep(Math.floor(chance() * 4)).then(() => 'slept');
    if (kind < 0.9) return wf.setEvent(`key-${Math.floor(chance() * 2)}`, wf.random());
    return wf.uuid();
  };
  const branch = async (depth: number): Promise<void> => {
    for (let i = 1 + Math.floor(chance() * 3); i > 0 && budget > 0; i--) {
      budget--;
      try {
        if (chance() < 0.45 || depth > 2) {
          seen.push(await atom());
          for (let k = Math.floor(chance() * 3); k > 0; k--) await null;
        } else {
          const combine = [Promise.all, Promise.race, Promise.allSettled, Promise.any][Math.floor(chance() * 4)] as (
            ps: Promise<void>[],
          ) => Promise<unknown>;
          const children = Array.from({ length: 1 + Math.floor(chance() * 3) }, () => branch(depth + 1));
          branches.push(...children);
          await combine.call(Promise, children);
        }
      } catch {
        seen.push('caught');
      }
    }
  };
  branches.push(branch(0));
  // Losers of races still run: the program is over when none does.
  for (let n = 0; n !== branches.length; ) {
    n = branches.length;
    await Promise.allSettled(branches);
  }
}

describe('the order of outcomes', () => {
  it(
    'is on replay as it was live, for every combinator',
    withCluster(async (cluster) => {
      const names = Object.keys(PROGRAMS);
      const blocked = new TestSignal<string>();
      const logs = [new Map<string, unknown[]>(), new Map<string, unknown[]>()] as const;
      const bodies: [string[], string[]] = [[], []];
      const make = (index: 0 | 1) =>
        workflow('program', async (wf, name: string) => {
          const seen: unknown[] = [];
          logs[index].set(name, seen);
          await PROGRAMS[name]?.(steps(wf, bodies[index]), seen, wf);
          await wf.step('block', () => {
            if (index === 1) return;
            blocked.emit(name);
            return never();
          });
          return seen;
        });
      const first = await cluster.app([make(0)]);
      const runs = await Promise.all(names.map((name) => first.workflows.start('program', [name])));
      for (const _ of names) await blocked.next();
      await cluster.leave(first);
      const second = await cluster.app([make(1)]);
      for (const [i, run] of runs.entries()) {
        const name = names[i] as string;
        const result = await second.workflows.getRun(run.runId).returnValue;
        expect([name, logs[1].get(name)]).toEqual([name, logs[0].get(name)]);
        expect(result).toEqual(logs[0].get(name));
      }
      expect(bodies[0].length).toBeGreaterThan(30);
      // The loser of a race that was still out has no outcome: nothing else may run again.
      expect(bodies[1]).toEqual([]);
      await cluster.leave(second);
      expect(await cluster.count('waits')).toBe(0);
    }),
  );

  it(
    'is on replay as it was live, for 300 random programs',
    withCluster(async (cluster) => {
      const programs = 300;
      const first0 = Number(process.env.SEED ?? randomBytes(3).readUIntBE(0, 3));
      const blocked = new TestSignal();
      const seen = [new Map<number, unknown[]>(), new Map<number, unknown[]>()] as const;
      const bodies = [0, 0];
      const make = (index: 0 | 1) =>
        workflow('random', async (wf, seed: number) => {
          const log: unknown[] = [];
          seen[index].set(seed, log);
          await randomProgram(wf, seed, log, () => {
            bodies[index] = (bodies[index] as number) + 1;
          });
          await wf.step('block', () => {
            if (index === 1) return;
            blocked.emit();
            return never();
          });
        });
      const first = await cluster.app([make(0)]);
      const runs = await Promise.all(Array.from({ length: programs }, (_, i) => first.workflows.start('random', [first0 + i])));
      for (let i = 0; i < programs; i++) await blocked.next();
      await cluster.leave(first);
      const second = await cluster.app([make(1)]);
      const diverged: unknown[] = [];
      for (const [i, run] of runs.entries()) {
        const seed = first0 + i;
        const end = await second.workflows.getRun(run.runId).returnValue.then(
          () => 'ended',
          (error: Error) => error.message,
        );
        const [live, again] = [JSON.stringify(seen[0].get(seed)), JSON.stringify(seen[1].get(seed))];
        if (end !== 'ended' || live !== again) diverged.push({ seed, end, live, again });
      }
      expect(diverged).toEqual([]);
      expect(bodies[0]).toBeGreaterThan(programs);
      expect(bodies[1]).toBe(0);
    }),
  );

  it(
    'survives crashes at any moment: 150 random programs end, whatever was recorded when their processes died',
    withCluster(async (cluster) => {
      const programs = 150;
      const first0 = Number(process.env.SEED ?? randomBytes(3).readUIntBE(0, 3));
      const progress = new TestSignal();
      let bodies = 0;
      const flow = workflow('random', async (wf, seed: number) => {
        await randomProgram(wf, seed, [], () => {
          if (++bodies % 200 === 0) progress.emit();
        });
        return seed;
      });
      const first = await cluster.app([flow]);
      const runs = await Promise.all(Array.from({ length: programs }, (_, i) => first.workflows.start('random', [first0 + i])));
      await cluster.leave(first);
      for (let crash = 0; crash < 3; crash++) {
        const app = await cluster.app([flow]);
        if ((await cluster.count(`workflow_status where status = 'SUCCESS'`)) < programs)
          await progress.next().catch(() => undefined);
        await cluster.leave(app);
      }
      const last = await cluster.app([flow]);
      const ends = await Promise.all(
        runs.map((run) => last.workflows.getRun(run.runId).returnValue.catch((error: Error) => error.message)),
      );
      expect(ends).toEqual(runs.map((_, i) => first0 + i));
      await cluster.leave(last);
      // Between ordinals there are no holes but for operations that lost a race.
      expect(await cluster.count('operation_outputs')).toBeGreaterThan(programs);
    }),
  );
});
