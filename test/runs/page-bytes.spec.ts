// Pages of what one run has recorded are bounded in bytes too: each ends early rather than bring gigabytes, and none is lost or given twice by that.
import { randomUUID } from 'node:crypto';
import { RunReader, WorkflowService } from '../../lib/index.js';
import { type Cluster, type ClusterApp, withCluster, workflow } from '../engine/cluster.js';

const MIB = 1_048_576;
const flow = workflow('flow', () => undefined);

interface Page {
  /** What is in it, by its number or key. */
  places: Array<string | number>;
  /** As the value of each is shown. */
  values: unknown[];
  next?: string | number;
}

interface PageOptions {
  limit?: number;
  largestPayload?: number;
}

interface Kind {
  /** With a value of $2 bytes at each of the places $3 to $4 of run $1. */
  insert: string;
  list(app: ClusterApp, runId: string, options: PageOptions, next?: string | number): Promise<Page>;
}

const readerOf = (app: ClusterApp) => app.module.get(RunReader, { strict: false });
/** JSON of so many bytes. */
const VALUE = `'"' || repeat('x', $2::int - 2) || '"'`;
const EACH = 'from generate_series($3::int, $4::int) n';

const KINDS: Array<[name: string, kind: Kind]> = [
  [
    'steps',
    {
      insert: `insert into operation_outputs (workflow_id, ordinal, seq, kind, name, output, started_at, completed_at)
        select $1::uuid, n, n, 'step', 's', ${VALUE}, clock_timestamp(), clock_timestamp() ${EACH}`,
      async list(app, runId, options, after) {
        const { steps, nextAfter } = await readerOf(app).listStepsPage(runId, { ...options, after: after as number });
        return { places: steps.map(({ ordinal }) => ordinal), values: steps.map(({ output }) => output), next: nextAfter };
      },
    },
  ],
  [
    'values of events',
    {
      insert: `insert into workflow_events_history (workflow_id, ordinal, key, value) select $1::uuid, n, 'k', ${VALUE} ${EACH}`,
      async list(app, runId, options, after) {
        const { events, nextAfter } = await readerOf(app).listEventHistoryPage(runId, { ...options, after: after as number });
        return { places: events.map(({ ordinal }) => ordinal), values: events.map(({ value }) => value), next: nextAfter };
      },
    },
  ],
  [
    'last values of events',
    {
      insert: `insert into workflow_events (workflow_id, key, value, ordinal) select $1::uuid, 'k' || to_char(n, 'FM000'), ${VALUE}, n ${EACH}`,
      async list(app, runId, options, after) {
        const { events, nextAfter } = await readerOf(app).listEventsPage(runId, { ...options, after: after as string });
        expect(events.map(({ key }) => key)).toEqual(events.map(({ ordinal }) => `k${String(ordinal).padStart(3, '0')}`));
        return { places: events.map(({ ordinal }) => ordinal), values: events.map(({ value }) => value), next: nextAfter };
      },
    },
  ],
  [
    'messages',
    {
      insert: `insert into notifications (workflow_id, message_key, topic, payload, pending) select $1::uuid, n::text, 't', ${VALUE}, false ${EACH}`,
      async list(app, runId, options, after) {
        const { messages, nextAfter } = await readerOf(app).listMessages(runId, { ...options, after: after as string });
        return {
          places: messages.map(({ idempotencyKey }) => Number(idempotencyKey)),
          values: messages.map(({ payload }) => payload),
          next: nextAfter,
        };
      },
    },
  ],
  [
    // Newest first: the last place comes first.
    'commands',
    {
      insert: `insert into commands (workflow_id, command, actor, data, state, command_key)
        select $1::uuid, 'C' || n, 'ann', ${VALUE}, 'RUNNING', gen_random_uuid() from generate_series($4::int, $3::int, -1) n`,
      async list(app, runId, options, before) {
        const { commands, nextBefore } = await app.workflows.commands.listPage(runId, { ...options, before: before as string });
        return {
          places: commands.map(({ command }) => Number(command.slice(1))),
          values: commands.map(({ data }) => data),
          next: nextBefore,
        };
      },
    },
  ],
];

const newRun = async (app: ClusterApp) => (await app.workflows.start('flow', [], { delay: '1h' })).runId;

async function pagesOf({ list }: Kind, app: ClusterApp, runId: string, options: PageOptions = {}): Promise<Page[]> {
  const pages: Page[] = [];
  let next: string | number | undefined;
  do {
    const page = await list(app, runId, options, next);
    pages.push(page);
    next = page.next;
  } while (next !== undefined);
  return pages;
}

const places = (pages: readonly Page[]) => pages.map((page) => page.places);
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('a page of a run’s records', () => {
  it.each(KINDS)('ends early where it comes to 8 MiB, and the next one goes on there: %s', async (_name, kind) =>
    withCluster(async (cluster: Cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const runId = await newRun(app);
      const insert = (bytes: number, first: number, last: number) => cluster.rows(kind.insert, [runId, bytes, first, last]);
      await insert(MIB, 101, 112);
      const pages = await pagesOf(kind, app, runId);
      expect(places(pages)).toEqual([from(101, 108), from(109, 112)]);
      for (const { values } of pages) for (const value of values) expect((value as string).length).toBe(MIB - 2);
      expect(places(await pagesOf(kind, app, runId, { limit: 5 }))).toEqual([from(101, 105), from(106, 110), from(111, 112)]);
      // What is left out does not count.
      const cut = await pagesOf(kind, app, runId, { largestPayload: 65_536 });
      expect(places(cut)).toEqual([from(101, 112)]);
      expect(cut[0]?.values[0]).toEqual({ truncated: true, bytes: MIB });
      expect(await kind.list(app, runId, { limit: 12, largestPayload: 65_536 })).not.toMatchObject({ next: expect.anything() });
    })(),
  );

  it.each(KINDS)('gives its first one however large that is: %s', async (_name, kind) =>
    withCluster(async (cluster: Cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const runId = await newRun(app);
      // Commands are numbered as they come, and the newest is the first.
      const parts: Array<[bytes: number, first: number, last: number]> = [
        [9 * MIB, 1, 1],
        [20, 2, 4],
      ];
      for (const part of _name === 'commands' ? parts.reverse() : parts) await cluster.rows(kind.insert, [runId, ...part]);
      expect(places(await pagesOf(kind, app, runId))).toEqual([[1], [2, 3, 4]]);
    })(),
  );

  it(
    'counts the texts of errors, of failed attempts those that are shown',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const runId = await newRun(app);
      const error = `json_build_object('name', 'Error', 'message', repeat('e', 100000))::text`;
      await cluster.rows(
        `insert into operation_outputs (workflow_id, ordinal, seq, kind, name, error, started_at, completed_at)
         select $1, n, n, 'step', 's', ${error}, clock_timestamp(), clock_timestamp() from generate_series(1, 6) n`,
        [runId],
      );
      await cluster.rows(
        `insert into operation_attempts (workflow_id, ordinal, attempt, name, error, started_at, completed_at)
         select $1, n, a, 's', ${error}, clock_timestamp(), clock_timestamp() from generate_series(1, 6) n, generate_series(1, 60) a`,
        [runId],
      );
      const first = await readerOf(app).listStepsPage(runId);
      // About 2 MB each, of 6 MB that are there.
      expect(first.steps.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4]);
      expect(first.steps[0]?.failedAttempts.map(({ attempt }) => attempt)).toEqual(from(41, 60));
      expect(first.nextAfter).toBe(4);
      const rest = await readerOf(app).listStepsPage(runId, { after: first.nextAfter });
      expect(rest.steps.map(({ ordinal }) => ordinal)).toEqual([5, 6]);
      expect(rest).not.toHaveProperty('nextAfter');
    }),
  );
});

describe('the last values of events', () => {
  it(
    'are given by key, page by page, each with the place at which it can be read in full',
    withCluster(async (cluster) => {
      const keys = ['a', 'B', 'ß', 'z z', '%', 'a\\b', '0', '日本'];
      const told = workflow('told', async (wf) => {
        for (const key of keys) await wf.setEvent(key, { of: key });
        await wf.setEvent('a', 'x'.repeat(2_000));
      });
      const app = await cluster.app([told]);
      const run = await app.workflows.start('told');
      await run.returnValue;
      const reader = readerOf(app);
      const whole = await reader.listEvents(run.runId);
      expect(whole).toHaveLength(keys.length);
      for (const limit of [1, 3, 8, 100]) {
        const events = [];
        let after: string | undefined;
        do {
          const page = await reader.listEventsPage(run.runId, { limit, after });
          expect(page.events.length).toBeLessThanOrEqual(limit);
          events.push(...page.events);
          after = page.nextAfter;
        } while (after !== undefined);
        expect(events.map(({ ordinal: _ordinal, ...event }) => event)).toEqual(whole);
      }
      const { events } = await reader.listEventsPage(run.runId, { largestPayload: 1_000 });
      const large = events.find(({ key }) => key === 'a');
      expect(large?.value).toEqual({ truncated: true, bytes: 2_002 });
      expect(await reader.readPayload(run.runId, { event: large?.ordinal as number })).toBe('x'.repeat(2_000));
      for (const after of [7, '\0', '\ud800', null])
        await expect(reader.listEventsPage(run.runId, { after: after as never })).rejects.toMatchObject({ code: 'INVALID_PAGE' });
      expect(await reader.listEventsPage(randomUUID())).toEqual({ events: [] });
    }),
  );
});

describe('commands that a run was sent', () => {
  it(
    'are listed with data that is cut, or damaged, and hide no other by that; in full they are read by themselves',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const { commands } = app.module.get(WorkflowService, { strict: false });
      const runId = await newRun(app);
      const sent = [{ n: 1 }, 'x'.repeat(2_000), undefined];
      for (const data of sent) await app.workflows.sendCommand(runId, 'CALIBRATE', { data });
      const page = await commands.listPage(runId, { largestPayload: 1_000 });
      expect(page.commands.map(({ data }) => data)).toEqual([undefined, { truncated: true, bytes: 2_002 }, { n: 1 }]);
      expect(page).not.toHaveProperty('nextBefore');
      expect(Object.keys(page.commands[0] ?? {})).not.toContain('dataBytes');
      const [none, large] = page.commands.map(({ commandId }) => commandId);
      expect(await readerOf(app).readPayload(runId, { command: large as string })).toBe(sent[1]);
      expect(await readerOf(app).readPayload(runId, { command: none as string })).toBeUndefined();
      const missing = { code: 'PAYLOAD_NOT_FOUND' };
      await expect(readerOf(app).readPayload(randomUUID(), { command: large as string })).rejects.toMatchObject(missing);
      const first = await commands.listPage(runId, { limit: 2 });
      expect(first.nextBefore).toBe(large);
      expect(await commands.listPage(runId, { before: first.nextBefore })).toMatchObject({ commands: [{ data: { n: 1 } }] });

      await cluster.rows(`update commands set data = '{"$bad":1' where command_id = $1`, [large]);
      const damaged = [undefined, { unreadable: expect.any(String) }, { n: 1 }];
      expect((await commands.list(runId)).map(({ data }) => data)).toEqual(damaged);
      expect((await commands.listPage(runId)).commands.map(({ data }) => data)).toEqual(damaged);
    }),
  );

  it(
    'are all given to code that asks for a list, however large they are',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const runId = await newRun(app);
      await cluster.rows(KINDS.find(([name]) => name === 'commands')?.[1].insert ?? '', [runId, MIB, 1, 20]);
      const numbers = async (limit?: number) =>
        (await app.workflows.commands.list(runId, { limit })).map(({ command }) => Number(command.slice(1)));
      expect(await numbers()).toEqual(from(1, 20));
      expect(await numbers(17)).toEqual(from(1, 17));
    }),
  );
});
