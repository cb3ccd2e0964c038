// A run that is taken over goes on where it was: recorded steps do not run again, and everything recorded reads the same.
import { Injectable } from '@nestjs/common';
import { Step, Workflow, WorkflowContext } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { type Cluster, type ClusterApp, never, withCluster, workflow } from './cluster.js';

/** Runs `body` up to `block()` in one process, then to its end in another; gives what `body` returned there and both logs. */
async function interrupted(
  cluster: Cluster,
  body: (wf: WorkflowContext, log: unknown[], block: () => Promise<void>) => Promise<unknown>,
  takeOver: (first: ClusterApp) => Promise<void> = (first) => cluster.leave(first),
) {
  const blocked = new TestSignal();
  const logs: [unknown[], unknown[]] = [[], []];
  const process = (index: 0 | 1) =>
    workflow('interrupted', (wf) =>
      body(wf, logs[index], () =>
        wf.step('block', () => {
          if (index > 0) return;
          blocked.emit();
          return never();
        }),
      ),
    );
  const first = await cluster.app([process(0)]);
  const { runId } = await first.workflows.start('interrupted');
  await blocked.next();
  await takeOver(first);
  const second = await cluster.app([process(1)]);
  const result = await second.workflows.getRun(runId).returnValue;
  return { runId, result, live: logs[0], replayed: logs[1] };
}

describe('replay', () => {
  it(
    'does not run recorded steps again after a takeover, only the one that had no outcome',
    withCluster(async (cluster) => {
      const calls: string[] = [];
      const blocked = new TestSignal();
      let blocking = true;

      @Injectable()
      class Steps {
        @Step()
        async one(x: number) {
          calls.push('one');
          return x + 1;
        }
        @Step({ name: 'two' })
        async two(x: number) {
          calls.push('two');
          return x * 2;
        }
        @Step()
        async three(x: number) {
          calls.push('three');
          if (!blocking) return x + 100;
          blocked.emit();
          return never();
        }
      }
      @Injectable()
      class Flow {
        constructor(private readonly steps: Steps) {}
        @Workflow({ name: 'flow' })
        async run(x: number): Promise<number> {
          return this.steps.three(await this.steps.two(await this.steps.one(x)));
        }
      }
      const first = await cluster.app([Steps, Flow]);
      const { runId } = await first.workflows.start(first.module.get(Flow).run, [1]);
      await blocked.next();
      expect(calls).toEqual(['one', 'two', 'three']);
      await cluster.leave(first);
      expect((await cluster.run(runId)).status).toBe('ENQUEUED');
      blocking = false;
      const second = await cluster.app([Steps, Flow]);
      expect(await second.workflows.getRun(runId).returnValue).toBe(104);
      expect(calls).toEqual(['one', 'two', 'three', 'three']);
      expect((await cluster.operations(runId)).map(({ name, seq }) => [name, seq])).toEqual([
        ['Steps.one', 0],
        ['two', 1],
        ['Steps.three', 2],
      ]);
    }),
  );

  it(
    'goes on after a crash, and refuses what the dead process still writes',
    withCluster(async (cluster) => {
      const gates = [new TestSignal<string>(), new TestSignal<string>()];
      const begun = new TestSignal<number>();
      const sawAbort = new TestSignal();
      const make = (index: number) =>
        workflow('flow', async (wf) => {
          wf.signal.addEventListener('abort', () => sawAbort.emit());
          const got = await wf.step('slow', async () => {
            begun.emit(index);
            return gates[index]?.next();
          });
          await wf.setEvent('got', got);
          return got;
        });
      const zombie = await cluster.app([make(0)]);
      const run = await zombie.workflows.start('flow');
      expect(await begun.next()).toBe(0);
      const other = await cluster.app([make(1)], { notifications: false });
      await cluster.kill(zombie);
      gates[0]?.emit('from the dead');
      await sawAbort.next();
      const who = await begun.next();
      gates[who]?.emit('from the living');
      expect(await other.workflows.getRun(run.runId).returnValue).toBe('from the living');
      expect(await run.returnValue).toBe('from the living');
      expect(await cluster.rows('select key, value from workflow_events_history')).toEqual([
        { key: 'got', value: '"from the living"' },
      ]);
      expect(await cluster.run(run.runId)).toMatchObject({ status: 'SUCCESS', recovery_attempts: 1 });
    }),
  );

  it(
    'gives step results back as they were: Date, Map, Set, undefined, bigint, nested',
    withCluster(async (cluster) => {
      const { live, replayed } = await interrupted(cluster, async (wf, log, block) => {
        log.push(await wf.step('date', () => new Date(86_400_000)));
        log.push(await wf.step('map', () => new Map<string, unknown>([['a', new Set([1n, 2n])]])));
        log.push(await wf.step('undefined', () => undefined));
        log.push(await wf.step('bigint', () => 2n ** 70n));
        log.push(await wf.step('null', () => null));
        log.push(await wf.step('minus zero', () => -0));
        log.push(await wf.step('object', () => ({ at: new Date(5), list: [1, 'two', { three: null }], none: undefined })));
        log.push(await wf.step('bytes', () => new Uint8Array([0, 255])));
        log.push(await wf.step('text', () => 'a "quoted" \\ back{slash}, NULL, é, 🦀'));
        await block();
      });
      expect(live).toHaveLength(9);
      expect(live[0]).toEqual(new Date(86_400_000));
      expect(live[3]).toBe(2n ** 70n);
      expect(live[5]).toBe(0);
      expect(live[6]).toEqual({ at: new Date(5), list: [1, 'two', { three: null }], none: undefined });
      expect(replayed).toEqual(live);
      expect(Object.keys(replayed[6] as object)).toEqual(Object.keys(live[6] as object));
    }),
  );

  it(
    'hands the workflow a copy of the result, not the object, live as on replay',
    withCluster(async (cluster) => {
      const original = { list: [1] };
      const { live, replayed, result } = await interrupted(cluster, async (wf, log, block) => {
        const copy = await wf.step('make', () => original);
        log.push(copy === original);
        original.list.push(2);
        copy.list.push(3);
        log.push([...copy.list]);
        await block();
        return copy;
      });
      expect(live).toEqual([false, [1, 3]]);
      expect(replayed).toEqual(live);
      expect(result).toEqual({ list: [1, 3] });
    }),
  );

  it(
    'gives the same time, random number and uuid on replay, in every branch',
    withCluster(async (cluster) => {
      const { live, replayed, runId } = await interrupted(cluster, async (wf, log, block) => {
        log.push(wf.now(), wf.random(), wf.uuid());
        await Promise.all(
          [1, 2, 3].map(async (n) => {
            log.push(wf.random());
            log.push(n, await wf.step(`step ${n}`, () => wf.uuid()), wf.uuid(), wf.now());
          }),
        );
        log.push(wf.random());
        await block();
      });
      expect(live).toHaveLength(19);
      expect(live[0]).toBeInstanceOf(Date);
      expect(replayed).toEqual(live);
      const values = (await cluster.operations(runId)).filter(({ kind }) => kind === 'value');
      expect(values).toHaveLength(13);
      expect(values.every(({ seq }) => seq === null)).toBe(true);
    }),
  );

  it(
    'writes events and progress lines once, however often the run is taken over',
    withCluster(async (cluster) => {
      const gate = { open: false };
      const blocked = new TestSignal();
      const flow = workflow('flow', async (wf) => {
        await wf.setEvent('phase', 1);
        await wf.progress('begun', { n: 1 });
        await wf.setEvent('phase', 2);
        await wf.progress('half');
        await wf.step('block', () => {
          if (gate.open) return;
          blocked.emit();
          return never();
        });
        await wf.progress('done');
      });
      let app = await cluster.app([flow]);
      const { runId } = await app.workflows.start('flow');
      for (let i = 0; i < 3; i++) {
        await blocked.next();
        await cluster.leave(app);
        if (i === 2) gate.open = true;
        app = await cluster.app([flow]);
      }
      await app.workflows.getRun(runId).returnValue;
      expect(await cluster.rows('select ordinal, key, value from workflow_events_history order by ordinal')).toEqual([
        { ordinal: 0, key: 'phase', value: '1' },
        { ordinal: 1, key: 'phase.last_message', value: '{"message":"begun","extra":{"n":1}}' },
        { ordinal: 2, key: 'phase', value: '2' },
        { ordinal: 3, key: 'phase.last_message', value: '{"message":"half"}' },
        { ordinal: 5, key: 'phase.last_message', value: '{"message":"done"}' },
      ]);
      expect(await cluster.rows('select stream, chunk_offset, ordinal from streams order by chunk_offset')).toEqual([
        { stream: 'log', chunk_offset: 0, ordinal: 1 },
        { stream: 'log', chunk_offset: 1, ordinal: 3 },
        { stream: 'log', chunk_offset: 2, ordinal: 5 },
      ]);
      expect(await cluster.rows('select key, value from workflow_events order by key')).toEqual([
        { key: 'phase', value: '2' },
        { key: 'phase.last_message', value: '{"message":"done"}' },
      ]);
    }),
  );

  it(
    'throws recorded errors again where they were thrown',
    withCluster(async (cluster) => {
      const { live, replayed } = await interrupted(cluster, async (wf, log, block) => {
        const fail = () => {
          throw Object.assign(new RangeError('too far'), { code: 'E_FAR' });
        };
        await wf.step('fails', fail).catch((error) => log.push(error.name, error.message, error.code, error instanceof Error));
        await block();
      });
      expect(live).toEqual(['RangeError', 'too far', 'E_FAR', true]);
      expect(replayed).toEqual(live);
    }),
  );

  it(
    'fails a run whose record can not be read, without harm to the process and its other runs',
    withCluster(async (cluster) => {
      const blocked = new TestSignal();
      const make = (block: boolean) =>
        workflow('flow', async (wf) => {
          await wf.step('a', () => 'a');
          await wf.step('b', () => {
            if (!block) return;
            blocked.emit();
            return never();
          });
          return 'done';
        });
      const first = await cluster.app([make(true)]);
      const broken = await first.workflows.start('flow');
      const sound = await first.workflows.start('flow');
      await blocked.next();
      await blocked.next();
      await cluster.leave(first);
      await cluster.rows(`update operation_outputs set output = '{"$type"' where workflow_id = $1`, [broken.runId]);
      const second = await cluster.app([make(false)]);
      await eventually(async () => expect(await second.workflows.getRun(sound.runId).status).toBe('SUCCESS'));
      await eventually(async () =>
        expect(await cluster.run(broken.runId)).toMatchObject({ status: 'ERROR', error: { code: 'PAYLOAD_DECODE_FAILED' } }),
      );
    }),
  );
});
