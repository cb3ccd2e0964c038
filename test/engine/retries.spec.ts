// How failing steps are repeated: how often, when, by whom, and what of it is on record.
import { NonRetryableError, RetryAfterError, RunReader, type StepOptions } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { type Cluster, never, withCluster, workflow } from './cluster.js';

const NOW = { initialInterval: 0 };

/** Runs one step that throws what `fail` gives for the attempt, or ends if it gives nothing. Returns the attempts seen and the outcome. */
async function attempts(
  cluster: Cluster,
  options: StepOptions,
  fail: (attempt: number) => unknown,
): Promise<{ seen: number[]; outcome: unknown; runId: string }> {
  const seen: number[] = [];
  const flow = workflow('flow', async (wf) =>
    wf
      .step(
        'fragile',
        () => {
          seen.push(wf.attempt);
          const error = fail(wf.attempt);
          if (error !== undefined) throw error;
          return 'ended';
        },
        options,
      )
      .catch((error) => [error.name, error.message]),
  );
  const app = await cluster.app([flow]);
  const run = await app.workflows.start('flow');
  return { outcome: await run.returnValue, seen, runId: run.runId };
}

const logged = (cluster: Cluster) =>
  cluster.rows(`select ordinal, attempt, name, error::json ->> 'message' message from operation_attempts order by attempt`);

describe('a step that fails', () => {
  it(
    'is not repeated unless it says so',
    withCluster(async (cluster) => {
      const { seen, outcome } = await attempts(cluster, {}, () => new Error('no'));
      expect([seen, outcome]).toEqual([[1], ['Error', 'no']]);
    }),
  );

  it(
    'is tried maxAttempts times, the first included, and its last error counts',
    withCluster(async (cluster) => {
      const { seen, outcome, runId } = await attempts(
        cluster,
        { retry: { maxAttempts: 3, ...NOW } },
        (n) => new Error(`no ${n}`),
      );
      expect([seen, outcome]).toEqual([
        [1, 2, 3],
        ['Error', 'no 3'],
      ]);
      expect(await cluster.rows("select attempts, error::json ->> 'message' message from operation_outputs")).toEqual([
        { attempts: 3, message: 'no 3' },
      ]);
      expect((await cluster.run(runId)).status).toBe('SUCCESS');
      expect(await cluster.count('waits')).toBe(0);
    }),
  );

  it(
    'has every failed attempt on record, the last one included',
    withCluster(async (cluster) => {
      const { runId } = await attempts(cluster, { retry: { maxAttempts: 3, ...NOW } }, (n) => new Error(`no ${n}`));
      expect(await logged(cluster)).toEqual(
        [1, 2, 3].map((n) => ({ ordinal: 0, attempt: n, name: 'fragile', message: `no ${n}` })),
      );
      const reader = (await cluster.app([])).module.get(RunReader, { strict: false });
      expect((await reader.listSteps(runId))[0]?.failedAttempts.map((attempt) => attempt.error?.message)).toEqual([
        'no 1',
        'no 2',
        'no 3',
      ]);
    }),
  );

  it(
    'and then works records the failures as attempts and only the success as outcome',
    withCluster(async (cluster) => {
      const { seen, outcome } = await attempts(cluster, { retry: { maxAttempts: 5, ...NOW } }, (n) =>
        n < 3 ? new Error(`no ${n}`) : undefined,
      );
      expect([seen, outcome]).toEqual([[1, 2, 3], 'ended']);
      expect((await logged(cluster)).map((row) => row.message)).toEqual(['no 1', 'no 2']);
      expect(await cluster.rows('select attempts, error from operation_outputs')).toEqual([{ attempts: 3, error: null }]);
    }),
  );

  it(
    'waits longer before each attempt, up to maxInterval',
    withCluster(async (cluster) => {
      const at: number[] = [];
      await attempts(cluster, { retry: { maxAttempts: 5, initialInterval: 40, backoff: 3, maxInterval: 150 } }, () => {
        at.push(performance.now());
        return new Error('no');
      });
      const gaps = at.slice(1).map((time, i) => time - (at[i] as number));
      for (const [i, least] of [40, 120, 150, 150].entries()) expect(gaps[i]).toBeGreaterThanOrEqual(least);
      expect(gaps[3]).toBeLessThan(1_000);
    }),
  );

  it(
    'is not repeated when retryIf says no',
    withCluster(async (cluster) => {
      const asked: string[] = [];
      const retryIf = async (error: unknown) => {
        asked.push((error as Error).message);
        return (error as Error).message !== 'no 2';
      };
      const { seen, outcome } = await attempts(
        cluster,
        { retry: { maxAttempts: 9, ...NOW }, retryIf },
        (n) => new Error(`no ${n}`),
      );
      expect([seen, outcome, asked]).toEqual([
        [1, 2],
        ['Error', 'no 2'],
        ['no 1', 'no 2'],
      ]);
    }),
  );

  it(
    'does not ask retryIf after the last attempt',
    withCluster(async (cluster) => {
      const asked: string[] = [];
      await attempts(
        cluster,
        { retry: { maxAttempts: 2, ...NOW }, retryIf: (e) => asked.push((e as Error).message) > 0 },
        (n) => new Error(`${n}`),
      );
      expect(asked).toEqual(['1']);
    }),
  );

  it(
    'fails with what its retryIf throws',
    withCluster(async (cluster) => {
      const retryIf = () => {
        throw new TypeError('the predicate is broken');
      };
      const { seen, outcome } = await attempts(cluster, { retry: { maxAttempts: 9, ...NOW }, retryIf }, () => new Error('no'));
      expect([seen, outcome]).toEqual([[1], ['TypeError', 'the predicate is broken']]);
    }),
  );

  it(
    'is not repeated after a NonRetryableError, whatever its policy says',
    withCluster(async (cluster) => {
      const { seen, outcome } = await attempts(cluster, { retry: { maxAttempts: 9, ...NOW }, retryIf: () => true }, (n) =>
        n === 1 ? new Error('first') : new NonRetryableError('card declined', { code: 'DECLINED' }),
      );
      expect([seen, outcome]).toEqual([
        [1, 2],
        ['NonRetryableError', 'card declined'],
      ]);
    }),
  );

  it(
    'is not repeated after a subclass of NonRetryableError either, also one with a name of its own',
    withCluster(async (cluster) => {
      class CardDeclinedError extends NonRetryableError {
        override readonly name = 'CardDeclinedError';
      }
      const { seen, outcome } = await attempts(
        cluster,
        { retry: { maxAttempts: 3, ...NOW } },
        () => new CardDeclinedError('declined'),
      );
      expect([seen, outcome]).toEqual([[1], ['CardDeclinedError', 'declined']]);
    }),
  );

  it.each<[string, () => number | string | Date]>([
    ['a duration', () => '300ms'],
    ['a Date', () => new Date(Date.now() + 300)],
  ])('with a RetryAfterError(%s) is tried again then, not when its backoff says', async (_, after) =>
    withCluster(async (cluster) => {
      const at: number[] = [];
      const { outcome } = await attempts(cluster, { retry: { maxAttempts: 3, initialInterval: '1h' } }, (n) => {
        at.push(performance.now());
        return n === 1 ? new RetryAfterError(after(), 'busy') : undefined;
      });
      expect(outcome).toBe('ended');
      const gap = (at[1] as number) - (at[0] as number);
      expect(gap).toBeGreaterThanOrEqual(295);
      expect(gap).toBeLessThan(3_000);
      expect(await logged(cluster)).toMatchObject([{ attempt: 1, message: 'busy' }]);
    })(),
  );

  it(
    'with a RetryAfterError in its last attempt fails with it',
    withCluster(async (cluster) => {
      const { seen, outcome } = await attempts(cluster, {}, () => new RetryAfterError(1, 'busy'));
      expect([seen, outcome]).toEqual([[1], ['RetryAfterError', 'busy']]);
    }),
  );

  it(
    'goes on counting after a crash between two attempts',
    withCluster(async (cluster) => {
      const seen: string[] = [];
      const reached = new TestSignal();
      const make = (name: string) =>
        workflow('flow', async (wf) =>
          wf.step(
            'fragile',
            () => {
              seen.push(`${name}${wf.attempt}`);
              if (name === 'a' && wf.attempt === 3) {
                reached.emit();
                return never();
              }
              throw new Error(`${name}${wf.attempt}`);
            },
            { retry: { maxAttempts: 4, ...NOW } },
          ),
        );
      const first = await cluster.app([make('a')]);
      const { runId } = await first.workflows.start('flow');
      await reached.next();
      await cluster.leave(first);
      const second = await cluster.app([make('b')]);
      await expect(second.workflows.getRun(runId).returnValue).rejects.toMatchObject({ message: 'b4' });
      // The attempt that died with its process did not fail: it is made again.
      expect(seen).toEqual(['a1', 'a2', 'a3', 'b3', 'b4']);
    }),
  );

  it(
    'and has to wait long is suspended meanwhile, and tried again when its time has come',
    withCluster(async (cluster) => {
      const seen: number[] = [];
      let entries = 0;
      const flow = workflow('flow', async (wf) => {
        entries++;
        return wf.step(
          'fragile',
          () => {
            seen.push(wf.attempt);
            if (wf.attempt < 3) throw new Error(`no ${wf.attempt}`);
            return 'ended';
          },
          { retry: { maxAttempts: 3, initialInterval: 500, backoff: 1 } },
        );
      });
      const app = await cluster.app([flow], { suspendAfter: 0 });
      const run = await app.workflows.start('flow');
      await eventually(async () => expect(await run.status).toBe('WAITING'));
      expect(await cluster.rows('select kind, ordinal from waits')).toEqual([{ kind: 'retry', ordinal: 0 }]);
      expect(await run.returnValue).toBe('ended');
      expect(seen).toEqual([1, 2, 3]);
      expect(entries).toBe(3);
      expect(await cluster.count('waits')).toBe(0);
      const [row] = await cluster.rows(
        `select min(b.started_at - a.completed_at) >= interval '499 ms' enough from operation_attempts a join operation_attempts b on b.attempt = a.attempt + 1`,
      );
      expect(row.enough).toBe(true);
    }),
  );
});

describe('a step with a timeout', () => {
  it(
    'has its signal aborted, is tried again, and its late result is dropped',
    withCluster(async (cluster) => {
      const gates = [new TestSignal<string>(), new TestSignal<string>()];
      const aborted = new TestSignal<unknown>();
      const late = new TestSignal();
      const flow = workflow('flow', async (wf) =>
        wf.step(
          'slow',
          async () => {
            const { attempt, signal } = wf;
            signal.addEventListener('abort', () => aborted.emit([attempt, signal.reason.code]));
            const result = await gates[attempt - 1]?.next();
            if (attempt === 1) late.emit();
            return result;
          },
          { timeout: attemptTimeout, retry: { maxAttempts: 2, ...NOW } },
        ),
      );
      const attemptTimeout = 200;
      const app = await cluster.app([flow]);
      gates[1]?.emit('second');
      const run = await app.workflows.start('flow');
      expect(await aborted.next()).toEqual([1, 'STEP_TIMEOUT']);
      expect(await run.returnValue).toBe('second');
      gates[0]?.emit('first, late');
      await late.next();
      expect(await cluster.rows('select output, attempts from operation_outputs')).toEqual([{ output: '"second"', attempts: 2 }]);
      expect(await cluster.rows(`select error::json ->> 'code' code from operation_attempts`)).toEqual([
        { code: 'STEP_TIMEOUT' },
      ]);
    }),
  );

  it(
    'fails with StepTimeoutError after the last attempt; its run goes on',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const error = await wf.step('stuck', never, { timeout: 50 }).catch((caught) => caught);
        return [error.name, error.code, wf.signal.aborted];
      });
      const app = await cluster.app([flow]);
      expect(await (await app.workflows.start('flow')).returnValue).toEqual(['StepTimeoutError', 'STEP_TIMEOUT', false]);
    }),
  );

  it(
    'that a body throws synchronously into is not stuck, and one that ends in time is not hurt',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const error = await wf
          .step(
            'throws',
            () => {
              throw new Error('at once');
            },
            { timeout: '1h' },
          )
          .catch((caught) => caught.message);
        return [error, await wf.step('ends', () => 'in time', { timeout: '1h' })];
      });
      const app = await cluster.app([flow]);
      expect(await (await app.workflows.start('flow')).returnValue).toEqual(['at once', 'in time']);
    }),
  );
});

describe('retry options', () => {
  it.each<[string, object]>([
    ['no attempt', { retry: { maxAttempts: 0 } }],
    ['a fraction of an attempt', { retry: { maxAttempts: 1.5 } }],
    ['a backoff below 1', { retry: { backoff: 0.5 } }],
    ['a backoff that is NaN', { retry: { backoff: Number.NaN } }],
    ['jitter above 1', { retry: { jitter: 2 } }],
    ['a negative interval', { retry: { initialInterval: -1 } }],
    ['a timeout of 0', { timeout: 0 }],
    ['a misspelt option', { retries: 3 }],
    ['a misspelt retry option', { retry: { attempts: 3 } }],
  ])('with %s are a typed error, and nothing is run', async (_, options) =>
    withCluster(async (cluster) => {
      let bodies = 0;
      const flow = workflow('flow', async (wf) =>
        wf
          .step('s', () => ++bodies, options)
          .then(
            () => 'ran',
            (error) => error.code,
          ),
      );
      const app = await cluster.app([flow]);
      expect(await (await app.workflows.start('flow')).returnValue).toMatch(/^(INVALID_|UNKNOWN_OPTION)/);
      expect(bodies).toBe(0);
    })(),
  );
});
