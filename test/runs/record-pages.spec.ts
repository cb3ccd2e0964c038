// What a run has recorded, page by page, with payloads that are left out for their size, its mailbox and its waits.
import { randomUUID } from 'node:crypto';
import { TruncatedPayload } from '../../lib/client/truncated-payload.js';
import { RunReader } from '../../lib/index.js';
import { Serializer } from '../../lib/kernel/serializer.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { insertSeeded, newReader, type StoreRoom, seededRun, withStores } from './run-room.js';

const serializer = new Serializer();
const LARGE = { text: 'x'.repeat(1_000) };

/** With so many steps, of which every third is large; the fourth had failed attempts. */
async function recordedRun(room: StoreRoom, steps: number): Promise<string> {
  const run = seededRun({ args: [LARGE] });
  await insertSeeded(room, [run]);
  for (let ordinal = 0; ordinal < steps; ordinal++)
    await room.rows(
      `insert into operation_outputs (workflow_id, ordinal, seq, kind, name, output, attempts, started_at, completed_at)
       values ($1, $2, $2, 'step', $3, $4, 1, clock_timestamp(), clock_timestamp())`,
      [
        run.runId,
        ordinal,
        `s${ordinal}`,
        ordinal % 3 === 0 ? serializer.serialize(LARGE) : serializer.serialize(new Date(ordinal)),
      ],
    );
  await room.rows(
    `insert into operation_attempts (workflow_id, ordinal, attempt, name, error, started_at, completed_at)
     select $1, 4, n, 's4', '{"name":"Error","message":"no ' || n || '"}', clock_timestamp(), clock_timestamp() from generate_series(1, 30) n`,
    [run.runId],
  );
  return run.runId;
}

describe('pages of steps', () => {
  it(
    'give all of them once, in order, with large outputs left out and readable by themselves',
    withStores(async (room) => {
      const runId = await recordedRun(room, 10);
      const reader = newReader(room);
      const whole = await reader.listSteps(runId);
      expect(whole.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      for (const limit of [1, 3, 10, 1_000]) {
        const steps = [];
        let after: number | undefined;
        do {
          const page = await reader.listStepsPage(runId, { limit, after });
          expect(page.steps.length).toBeLessThanOrEqual(limit);
          steps.push(...page.steps);
          after = page.nextAfter;
        } while (after !== undefined);
        const failed = whole[4]?.failedAttempts ?? [];
        // A page shows the last failed attempts.
        const shown = whole.map((step) => (step.ordinal === 4 ? { ...step, failedAttempts: failed.slice(-20) } : step));
        expect(steps).toEqual(shown);
        expect(failed).toHaveLength(30);
      }
      const { steps } = await reader.listStepsPage(runId, { limit: 2, largestPayload: 100 });
      const bytes = serializer.serialize(LARGE)?.length as number;
      expect(steps.map(({ output }) => output)).toEqual([new TruncatedPayload(bytes), new Date(1)]);
      expect(steps[0]?.output).toMatchObject({ truncated: true, bytes });
      expect(await reader.readPayload(runId, { ordinal: 0 })).toEqual(LARGE);
      expect(await reader.find(runId, { largestPayload: 100 })).toMatchObject({ input: new TruncatedPayload(bytes + 2) });
      expect(await reader.find(runId)).toMatchObject({ input: [LARGE] });
      expect(await reader.readPayload(runId, 'input')).toEqual([LARGE]);
      expect(await reader.readPayload(runId, 'output')).toBeUndefined();
      await expect(reader.readPayload(runId, { ordinal: 10 })).rejects.toMatchObject({ code: 'PAYLOAD_NOT_FOUND' });
      await expect(reader.readPayload(randomUUID(), 'input')).rejects.toMatchObject({ code: 'PAYLOAD_NOT_FOUND' });
      expect(await reader.listStepsPage(randomUUID())).toEqual({ steps: [] });
    }),
  );

  it(
    'leave out by bytes, not by characters, and nothing that is just as large',
    withStores(async (room) => {
      const run = seededRun({ args: ['é'.repeat(10)] });
      await insertSeeded(room, [run]);
      const reader = newReader(room);
      const bytes = Buffer.byteLength(serializer.serialize(['é'.repeat(10)]) as string);
      expect((await reader.find(run.runId, { largestPayload: bytes })).input).toEqual(['é'.repeat(10)]);
      expect((await reader.find(run.runId, { largestPayload: bytes - 1 })).input).toEqual(new TruncatedPayload(bytes));
    }),
  );
});

describe('a run that was told things', () => {
  it(
    'shows its mailbox, the history of its events, and what it waits for',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        await wf.setEvent('state', LARGE);
        await wf.setEvent('state', 2);
        const first = await wf.receive('go');
        await wf.receive('never', { timeout: '1h' });
        return first;
      });
      const app = await cluster.app([flow]);
      const { runId } = await app.workflows.start('flow');
      const reader = app.module.get(RunReader, { strict: false });
      await app.workflows.send(runId, 'go', { n: 1 }, { idempotencyKey: 'k1' });
      await app.workflows.send(runId, 'other', LARGE);
      await eventually(async () => {
        expect(await reader.listWaits(runId)).toMatchObject([
          { kind: 'receive', sourceKey: 'never', wakeAt: expect.any(Date), sourceRunId: null },
        ]);
        expect((await reader.listMessages(runId)).messages[0]).toMatchObject({ takenBy: 2 });
      });
      const { messages, nextAfter } = await reader.listMessages(runId, { limit: 1 });
      expect(messages).toEqual([
        {
          messageId: expect.any(String),
          idempotencyKey: 'k1',
          topic: 'go',
          payload: { n: 1 },
          isPending: false,
          takenBy: 2,
          takenAt: expect.any(Date),
          createdAt: expect.any(Date),
        },
      ]);
      expect(nextAfter).toBe(messages[0]?.messageId);
      const rest = await reader.listMessages(runId, { after: nextAfter, largestPayload: 64 });
      expect(rest.messages).toMatchObject([
        { topic: 'other', payload: new TruncatedPayload(1_011), takenBy: null, takenAt: null },
      ]);
      expect(rest).not.toHaveProperty('nextAfter');
      expect(await reader.readPayload(runId, { message: rest.messages[0]?.messageId as string })).toEqual(LARGE);

      const events = await reader.listEventHistoryPage(runId, { limit: 1, largestPayload: 64 });
      expect(events).toMatchObject({ events: [{ ordinal: 0, key: 'state', value: new TruncatedPayload(1_011) }], nextAfter: 0 });
      expect(await reader.listEventHistoryPage(runId, { after: events.nextAfter })).toMatchObject({
        events: [{ ordinal: 1, value: 2 }],
      });
      expect(await reader.readPayload(runId, { event: 0 })).toEqual(LARGE);
      expect(await reader.listEvents(runId, { largestPayload: 0 })).toMatchObject([
        { key: 'state', value: new TruncatedPayload(1) },
      ]);
      expect(await reader.listEvents(runId)).toMatchObject([{ key: 'state', value: 2 }]);

      await app.workflows.cancel(runId);
      expect(await reader.listWaits(runId)).toEqual([]);
    }),
  );

  it(
    'shows which run it waits for',
    withCluster(async (cluster) => {
      const child = workflow('child', (wf) => wf.sleep('1h'));
      const parent = workflow('parent', async (wf) => (await wf.startChild('child')).returnValue);
      const app = await cluster.app([child, parent]);
      const { runId } = await app.workflows.start('parent');
      const reader = app.module.get(RunReader, { strict: false });
      await eventually(async () => {
        const [started] = (await reader.list({ parentId: runId })).runs;
        expect(started).toMatchObject({ workflowName: 'child', parentId: runId });
        expect(await reader.listWaits(runId)).toMatchObject([{ kind: 'result', sourceRunId: started?.runId, wakeAt: null }]);
        expect(await reader.listWaits(started?.runId as string)).toMatchObject([{ kind: 'sleep', wakeAt: expect.any(Date) }]);
      });
    }),
  );
});
