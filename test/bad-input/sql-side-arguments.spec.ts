// Runs that were started by SQL: arguments that can be read are used as they stand; others end their own run as ERROR, once and for all, with
// an error that says where, and their neighbours finish.
import { type Cluster, withCluster, workflow } from '../engine/cluster.js';
import { exactForm } from './exact-form.js';
import { insertRun } from './sql-side-run.js';

const echo = workflow('echo', (_wf, ...args: unknown[]) => args);
const sound = workflow('sound', async (wf) => wf.step('s', () => 'sound'));

/** Starts them by SQL, among sound runs of the service; the outcome of each by its input. */
async function outcomes(cluster: Cluster, inputs: ReadonlyArray<string | null>): Promise<unknown[]> {
  const app = await cluster.app([echo, sound]);
  const before = await app.workflows.start('sound');
  const runIds: string[] = [];
  for (const input of inputs) runIds.push(await insertRun(cluster, { name: 'echo', input }));
  const after = await app.workflows.start('sound');
  const results = runIds.map((runId) =>
    app.workflows.getRun(runId).returnValue.catch(({ name, code }: Error & { code?: string }) => ({ name, code })),
  );
  expect([await before.returnValue, await after.returnValue]).toEqual(['sound', 'sound']);
  return (await Promise.all(results)).map((result, i) => ({ input: inputs[i]?.slice(0, 60), result }));
}

const all = (inputs: ReadonlyArray<string | null>, result: unknown) =>
  inputs.map((input) => ({ input: input?.slice(0, 60), result }));

const UNREADABLE = { name: 'PayloadDecodeError', code: 'PAYLOAD_DECODE_FAILED' };

describe('arguments that were written by SQL', () => {
  it(
    'are read as plain JSON: white space, equal keys (the last counts), numbers to the nearest double, escapes',
    withCluster(async (cluster) => {
      const inputs = [
        '[ 1 , {"a" : 2} ]',
        '[{"a":1,"a":2}]',
        '[12345678901234567000, 0.1e1]',
        '["\\u00e9\\ud83e\\udd80"]',
        '[]',
        null,
      ];
      const results = (await outcomes(cluster, inputs)) as Array<{ result: unknown }>;
      expect(results.map(({ result }) => result)).toEqual([
        [1, { a: 2 }],
        [{ a: 2 }],
        [12345678901234567000, 1],
        ['é🦀'],
        [],
        [],
      ]);
    }),
  );

  it(
    'may hold the tags of the library',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo]);
      const input = '[{"$wf":["date","2026-01-31T08:00:00.000Z"]}, {"$wf": ["map", [["k", {"$wf":["bigint","5"]}]]]}]';
      const runId = await insertRun(cluster, { name: 'echo', input });
      expect(exactForm(await app.workflows.getRun(runId).returnValue)).toEqual(
        exactForm([new Date('2026-01-31T08:00:00Z'), new Map([['k', 5n]])]),
      );
    }),
  );

  it(
    'end their runs as ERROR when they can not be read, and no other run',
    withCluster(async (cluster) => {
      const inputs = [
        '',
        '{',
        '[1',
        'nonsense',
        '[1] [2]',
        '[undefined]',
        '[NaN]',
        '[{"$wf":["class","Money"]}]',
        '[{"$wf":5}]',
        '[{"$wf":["date","soon"]}]',
        '[{"$wf":["bigint","1.5"]}]',
        '[{"$wf":["bytes","Uint8Array","***"]}]',
        '[{"$wf":["date","2026-01-31T08:00:00.000Z"],"more":1}]',
        '[{"__proto__":{"polluted":1}}]',
        '[{"\\u005f_proto__":{"polluted":1}}]',
        `${'['.repeat(5_000)}{"$wf":["undefined"]}${']'.repeat(5_000)}`,
      ];
      expect(await outcomes(cluster, inputs)).toEqual(all(inputs, UNREADABLE));
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
      // Tried once: what can't be read now can't be read at the next attempt either.
      expect(await cluster.count(`workflow_status where name = 'echo' and (status <> 'ERROR' or recovery_attempts > 0)`)).toBe(0);
    }),
  );

  it(
    'may hold what payloads of the library may not; it is refused when the run gives it back',
    withCluster(async (cluster) => {
      const inputs = ['["a\\u0000b"]', '["\\ud800"]', `${'['.repeat(5_000)}${']'.repeat(5_000)}`];
      expect(await outcomes(cluster, inputs)).toEqual(all(inputs, { name: 'PayloadInvalidError', code: 'PAYLOAD_INVALID' }));
    }),
  );

  it.each(['{"order":"o-1"}', '{"length":3}', '{"$wf":["set",[1]]}', '"o-1"', '5', 'true'])(
    'end the run when they are no list: %s',
    async (input) => withCluster(async (cluster) => expect(await outcomes(cluster, [input])).toEqual(all([input], UNREADABLE)))(),
  );

  it(
    'end the run when a number is too large for a double, instead of becoming infinite',
    withCluster(async (cluster) => {
      const seen: unknown[] = [];
      const app = await cluster.app([workflow('pay', (_wf, amount: number) => void seen.push(amount))]);
      const runId = await insertRun(cluster, { name: 'pay', input: '[1e400]' });
      await app.workflows.getRun(runId).returnValue.catch(() => undefined);
      expect(seen).toEqual([]);
      expect(await cluster.run(runId)).toMatchObject({ status: 'ERROR', error: { code: 'PAYLOAD_DECODE_FAILED' } });
    }),
  );
});
