// Searches go by the indexes that are meant for them, whatever the statistics say: never analysed, analysed when small, analysed as it is.

import { countByStatus, countEnded } from '../../lib/store/runs/run-counts.sql.js';
import type { RunCriteria, RunProbe, RunSource } from '../../lib/store/runs/run-criteria.js';
import { countListed, listNames, readProbe, readWindow, type Statement } from '../../lib/store/runs/run-search.sql.js';
import { countThroughput } from '../../lib/store/runs/run-throughput.sql.js';
import { randomNumbers } from '../support/random-numbers.js';
import { AT, insertSeeded, randomRuns, type StoreRoom, withStores } from './run-room.js';

const RANGE = { before: { exact: 'infinity', runId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }, floor: null };
const SIZE = { most: 50, wanted: 50 };
const NAMES = { names: ['orders.fulfil', 'rare'] };
const ID = '00000000-0000-4000-8000-000000000000';

/** As searches are planned; see PgDatabase. */
async function planOf(room: StoreRoom, { text, values }: Statement, isOrdered: boolean): Promise<string> {
  const client = await room.schema.pool.connect();
  try {
    await client.query('begin read only; set local jit = off; set local enable_seqscan = off');
    if (isOrdered) await client.query('set local enable_bitmapscan = off');
    const { rows } = await client.query(`explain ${text}`, values);
    await client.query('rollback');
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    client.release();
  }
}

const windows = (source: RunSource, criteria: RunCriteria) => (s: string) => readWindow(s, source, criteria, RANGE, SIZE);
const probes = (probe: RunProbe, criteria: RunCriteria) => (s: string) => readProbe(s, probe, criteria, RANGE, SIZE);

/** What the plan has to say, and that it has no scan of all runs. */
const PLANS: Record<string, [(s: string) => Statement, RegExp[]]> = {
  'names of workflows': [
    (s) => listNames(s, ['ENQUEUED', 'SUCCESS', 'RUNNING']),
    [/Index Only Scan using workflow_status_listed/, /workflow_status_owned/],
  ],
  'runs of any kind': [
    windows('listed', NAMES),
    [
      /Index Only Scan Backward using workflow_status_listed[^\n]*\n\s+Index Cond: \(\(status = \(s.status\)::text\) AND \(name = \(n.name\)::text\) AND \(ROW\(created_at, workflow_id\)/,
      /workflow_status_owned/,
    ],
  ],
  'runs that are over': [windows('listed', { ...NAMES, statuses: ['ERROR'] }), [/Backward using workflow_status_listed/]],
  'runs in memory': [windows('listed', { ...NAMES, statuses: ['RUNNING'] }), [/workflow_status_owned/]],
  'runs by what no index tells': [
    windows('listed', { ...NAMES, queues: ['mail'], input: '{"order":1}' }),
    [/Index Scan Backward using workflow_status_listed/],
  ],
  children: [windows('parent', { parentId: ID }), [/Scan Backward using workflow_status_parent/]],
  'runs of a partition': [
    windows('partition', { partitionKey: 'line-1' }),
    [/Scan Backward using workflow_status_partition/, /workflow_status_owned/],
  ],
  'runs of a deduplication id': [
    windows('deduplication', { deduplicationId: 'd1' }),
    [/Backward using workflow_status_deduplication/],
  ],
  'runs under legal hold': [windows('legalHold', { legalHold: true }), [/Scan Backward using workflow_status_legal_hold/]],
  'a run': [probes('runId', { runId: ID }), [/using workflow_status_pkey/]],
  'runs with attributes': [
    probes('attributes', { attributes: { region: 'north' } }),
    [/Bitmap Index Scan on workflow_status_attributes/],
  ],
  'runs that ended lately': [
    probes('completed', { ...NAMES, completedFrom: new Date(AT / 1_000) }),
    [/using workflow_status_over[^\n]*\n\s+Index Cond: \(\(name = n.name\) AND \(completed_at >= /],
  ],
  'runs that an executor has': [
    probes('executor', { executorId: ID, statuses: ['RUNNING'] }),
    [/workflow_status_owned[^\n]*\n\s+Index Cond: \(claimed_by = /],
  ],
  'runs in a queue': [
    probes('queued', { queues: ['mail'], statuses: ['ENQUEUED'] }),
    [/workflow_status_ready\b/, /workflow_status_ready_keyed/, /workflow_status_due/, /workflow_status_suspect/],
  ],
  'a count': [
    (s) => countListed(s, { ...NAMES, statuses: ['SUCCESS', 'RUNNING'] }, RANGE, 100),
    [/Index Only Scan using workflow_status_listed/, /workflow_status_owned/],
  ],
  'counts by status': [
    (s) => ({ text: countByStatus(s), values: [null, null, 100] }),
    [
      /workflow_status_ready\b/,
      /workflow_status_ready_keyed/,
      /workflow_status_due/,
      /workflow_status_later/,
      /workflow_status_held/,
    ],
  ],
  'counts of ended runs': [
    (s) => ({ text: countEnded(s), values: [null, null, 100] }),
    [/workflow_status_listed[^\n]*\n\s+Index Cond: \(\(status = \(k.status\)::text\) AND \(name = \(k.name\)::text\)\)/],
  ],
  throughput: [
    (s) => ({ text: countThroughput(s), values: [60, 60_000, 100, null] }),
    [
      /Index Only Scan using workflow_status_over/,
      /Index Scan Backward using workflow_status_over[^\n]*\n\s+Index Cond: \(\(name = b\.name\) AND \(completed_at >= /,
    ],
  ],
};

async function wrongPlans(room: StoreRoom): Promise<string[]> {
  const wrong: string[] = [];
  for (const [what, [write, expected]] of Object.entries(PLANS)) {
    const plan = await planOf(room, write(room.database.schema), what !== 'runs with attributes');
    for (const part of expected) if (!part.test(plan)) wrong.push(`${what}: no ${part} in\n${plan}`);
    if (/Seq Scan on workflow_status/.test(plan)) wrong.push(`${what}: ${plan}`);
  }
  return wrong;
}

describe('the plan of a search', () => {
  it(
    'goes by the index that is meant for it, with any statistics',
    () =>
      withStores(async (room) => {
        await room.rows('alter table workflow_status set (autovacuum_enabled = false)');
        const random = randomNumbers(5);
        await insertSeeded(room, randomRuns(50, random));
        await room.rows('vacuum analyze workflow_status');
        await insertSeeded(room, randomRuns(5_000, random));
        expect(await wrongPlans(room)).toEqual([]);
        await room.rows('vacuum analyze workflow_status');
        expect(await wrongPlans(room)).toEqual([]);
      })(),
    60_000,
  );
});
