// More at once than a statement has parameters, and texts that mean something in the array form in which rows are sent.
import type { EntityManager } from 'typeorm';
import { withCluster, workflow } from '../engine/cluster.js';

const echo = workflow('echo', (_wf, given: unknown) => given);

/** A statement has 65,535 parameters at most. */
const MANY = 66_000;

describe('startMany', () => {
  it(
    'starts 100,000 runs, in the order given',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo], { role: 'client' });
      const runs = await app.workflows.startMany(
        'echo',
        Array.from({ length: 100_000 }, (_, i) => ({ args: [i] })),
      );
      expect(new Set(runs.map(({ runId }) => runId)).size).toBe(100_000);
      const [row] = await cluster.rows(
        `select count(*)::int n, count(*) filter (where input = '[' || place - 1 || ']')::int right_place
         from (select input, row_number() over (order by workflow_id) place from workflow_status) numbered`,
      );
      expect(row).toEqual({ n: 100_000, right_place: 100_000 });
    }),
  );

  it(
    'starts as many under ids, once, however often it is called',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo], { role: 'client' });
      const items = Array.from({ length: MANY }, (_, i) => ({ args: [i], options: { id: `order-${i}`, attributes: { i } } }));
      const first = await app.workflows.startMany('echo', items);
      const again = await app.workflows.startMany('echo', items.slice(-2_000));
      expect(again.map(({ runId }) => runId)).toEqual(first.slice(-2_000).map(({ runId }) => runId));
      expect(await cluster.count(`workflow_status where external_id = 'order-' || (attributes ->> 'i')`)).toBe(MANY);
      expect(await cluster.count('workflow_status')).toBe(MANY);
    }),
  );

  it(
    'of nothing starts nothing',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo], { role: 'client' });
      expect(await app.workflows.startMany('echo', [])).toEqual([]);
      expect(await cluster.count('workflow_status')).toBe(0);
    }),
  );

  it(
    'sends no statement of hundreds of megabytes',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo], { role: 'client' });
      let largest = 0;
      const query = async (_: string, values: readonly unknown[] = []) => {
        for (const value of values) largest = Math.max(largest, String(value).length);
        return [];
      };
      const items = Array.from({ length: 30 }, () => ({ args: ['x'.repeat(2_000_000)] }));
      await app.workflows.startMany('echo', items, { manager: { query } as unknown as EntityManager });
      expect(largest).toBeLessThan(40_000_000);
    }),
  );
});

describe('texts that mean something in an array literal', () => {
  const texts = [
    '{}',
    '{1,2}',
    '"',
    '\\',
    '\\"',
    '"a","b"',
    ',',
    'NULL',
    'null',
    "'",
    '$1',
    '%',
    '}',
    '{"a":1}',
    '\\N',
    'a\\nb',
    '🦀"\\',
  ];

  it(
    'are ids, arguments and attributes like any other',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo]);
      const items = texts.map((text) => ({ args: [text], options: { id: text, attributes: { [text]: text } } }));
      const runs = [
        ...(await app.workflows.startMany('echo', items)),
        ...(await app.workflows.startMany(
          'echo',
          texts.map((text) => ({ args: [text], options: { attributes: { [text]: text } } })),
        )),
        ...(await Promise.all(texts.map((text) => app.workflows.start('echo', [text], { attributes: { [text]: text } })))),
      ];
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual([...texts, ...texts, ...texts]);
      for (const text of texts) {
        expect(await app.workflows.getRun(text).returnValue).toBe(text);
        const { runs: found } = await app.workflows.listRuns({ attributes: { [text]: text } });
        expect({ text, found: found.map(({ externalId, attributes }) => ({ externalId, attributes })) }).toEqual({
          text,
          found: expect.arrayContaining([{ externalId: text, attributes: { [text]: text } }]),
        });
        expect(found).toHaveLength(3);
      }
    }),
  );

  it(
    'are names of workflows, steps and events like any other',
    withCluster(async (cluster) => {
      const flows = texts.map((text) =>
        workflow(text, async (wf) => {
          await wf.setEvent(text, text);
          await wf.progress(text);
          return wf.step(text, () => text);
        }),
      );
      const app = await cluster.app(flows);
      const runs = await Promise.all(texts.map((text) => app.workflows.start(text)));
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(texts);
      const rows = await cluster.rows(
        `select r.name, o.name step, e.key, e.value from workflow_status r
         join operation_outputs o on o.workflow_id = r.workflow_id and o.kind = 'step'
         join workflow_events e on e.workflow_id = r.workflow_id and e.key <> 'phase.last_message'`,
      );
      expect(new Map(rows.map(({ name, ...rest }) => [name, rest]))).toEqual(
        new Map(texts.map((text) => [text, { step: text, key: text, value: JSON.stringify(text) }])),
      );
    }),
  );
});
