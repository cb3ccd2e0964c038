// Streams of a run as they are now: which there are, and some chunks of one, for whoever does not want to wait.
import { PgDatabase } from '../../lib/store/pg-database.js';
import { expectCodes, withSilentDatabase } from '../bad-input/silent-database.js';
import { withCluster, workflow } from '../engine/cluster.js';

const writes = workflow('writes', async (wf, names: string[], count: number) => {
  await wf.step('write', async () => {
    for (const name of names) for (let i = 0; i < count; i++) await wf.stream(name).write(i);
  });
});

/** What an application sends while `work` goes on, of statements of that name. */
async function sending(name: string, work: () => Promise<unknown>) {
  const { query } = PgDatabase.prototype;
  const sent: Array<{ text: string; values: readonly unknown[] }> = [];
  PgDatabase.prototype.query = function (this: PgDatabase, text: string, values: readonly unknown[] = [], ...rest: never[]) {
    if (text.startsWith(`/* ${name} */`)) sent.push({ text, values });
    return query.call(this, text, values, ...rest);
  } as typeof query;
  try {
    await work();
  } finally {
    PgDatabase.prototype.query = query;
  }
  return sent;
}

interface Plan {
  'Relation Name'?: string;
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  Plans?: Plan[];
}

const scansOf = (plan: Plan): Plan[] => [
  ...(plan['Relation Name'] === 'streams' ? [plan] : []),
  ...(plan.Plans ?? []).flatMap(scansOf),
];

describe('streams of a run', () => {
  it(
    'are listed by jumps in an index, whatever is in them',
    withCluster(async (cluster) => {
      const app = await cluster.app([writes]);
      const run = await app.workflows.start('writes', [['a', 'b', 'c'], 2_000]);
      await run.returnValue;
      await cluster.rows('vacuum analyze streams');
      const [statement] = await sending('stream.list', async () =>
        expect(await run.listStreams()).toEqual(
          ['a', 'b', 'c'].map((name) => ({ name, chunks: 2_000, closed: true, lastAt: expect.any(Date) })),
        ),
      );
      const [{ 'QUERY PLAN': [{ Plan: plan }] = [{}] } = {}] = await cluster.rows(
        `explain (analyze, format json) ${statement?.text}`,
        [...(statement?.values ?? [])],
      );
      const scans = scansOf(plan as Plan);
      expect(scans.length).toBeGreaterThan(2);
      expect(scans.filter((scan) => !/^Index/.test(scan['Node Type']))).toEqual([]);
      const read = scans.reduce((sum, scan) => sum + scan['Actual Rows'] * scan['Actual Loops'], 0);
      expect(read).toBeLessThanOrEqual(10);
    }),
  );

  it(
    'are read in ranges of the size that is asked for, from any place, also of a run that this process has only in memory',
    withCluster(async (cluster) => {
      const app = await cluster.app([writes]);
      const accepted = app.workflows.enqueueInMemory('writes', [['default'], 250]);
      const run = app.workflows.getRun((accepted as { runId: string }).runId);
      expect(await run.listStreams()).toEqual(expect.any(Array));
      await run.returnValue;
      const first = await run.readStream();
      expect(first).toEqual({ chunks: expect.any(Array), nextFrom: 100, closed: false });
      expect(first.chunks.map(({ value }) => value)).toEqual(Array.from({ length: 100 }, (_, i) => i));
      expect(first.chunks[7]).toEqual({
        offset: 7,
        value: 7,
        at: expect.any(Date),
        ordinal: expect.any(Number),
        attempt: 1,
        attemptFrom: 0,
      });
      const rest = await run.readStream({ namespace: 'default', from: 100, limit: 500 });
      expect([rest.chunks.length, rest.nextFrom, rest.closed]).toEqual([150, undefined, true]);
      await expect(app.workflows.getRun('nobody').readStream()).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      await expect(app.workflows.getRun('nobody').listStreams()).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    }),
  );

  it('are not read from a place that is none: that is said before any SQL', () =>
    withSilentDatabase([writes], (app) => {
      const read = (options: unknown) => () => app.workflows.getRun('x').readStream(options as never);
      return expectCodes(app, {
        'limit 0': [read({ limit: 0 }), 'INVALID_OPTION'],
        'limit 501': [read({ limit: 501 }), 'INVALID_OPTION'],
        'limit as text': [read({ limit: '5' }), 'INVALID_OPTION'],
        'from -1': [read({ from: -1 }), 'INVALID_OPTION'],
        'from too large': [read({ from: 2 ** 31 }), 'INVALID_OPTION'],
        'a name that is none': [read({ namespace: 'a\0' }), 'INVALID_ID'],
        'an unknown option': [read({ startIndex: 3 }), 'UNKNOWN_OPTION'],
        'no options': [read(null), 'INVALID_OPTION'],
      });
    }));
});
