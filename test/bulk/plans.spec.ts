// Whoever takes a page over asks what was done to its runs: by the lines of each run, and not by all those of the job, whatever the statistics say.
import { listTouched } from '../../lib/store/bulk/bulk-job.sql.js';
import { type StoreRoom, withStores } from '../engine/store-room.js';

const JOB = 'bulk:00000000-0000-7000-8000-000000000000';
const LINES = 20_000;
/** A page of runs, of which the job has touched half. */
const PAGE = 500;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Rows Removed by Filter'?: number;
  'Actual Rows': number;
  Plans?: Plan[];
}

/** One of the job for each of so many runs; or all for one run, each by another request. */
function insertLines(room: StoreRoom, whose: 'job' | 'run', lines: number) {
  const [run, request] =
    whose === 'job' ? ['gen_random_uuid()', `'${JOB}'`] : [`'00000000-0000-4000-8000-000000000001'::uuid`, `'request-' || i`];
  return room.rows(
    `insert into audit_log (actor, action, workflow_id, request_id, after)
     select 'ann', 'LEGAL_HOLD', ${run}, ${request}, '{}' from generate_series(1, $1::int) i`,
    [lines],
  );
}

/** As it is run; see PgDatabase. Every scan of lines there was, by its index, and how many lines were given. */
async function explained({ schema, database }: StoreRoom): Promise<{ found: number; scans: string[]; removed: number }> {
  const client = await schema.pool.connect();
  try {
    await client.query('begin read only; set local jit = off; set local enable_seqscan = off');
    const page = await client.query(
      `(select workflow_id run from audit_log where request_id = $1 limit $2) union all
       select gen_random_uuid() from generate_series(1, $2)`,
      [JOB, PAGE / 2],
    );
    const { rows } = await client.query(`explain (analyze, timing off, format json) ${listTouched(database.schema)}`, [
      page.rows.map(({ run }) => run),
      JOB,
    ]);
    await client.query('rollback');
    const scans: string[] = [];
    let removed = 0;
    const visit = (plan: Plan) => {
      if (plan['Relation Name'] === 'audit_log' || plan['Index Name'] !== undefined)
        scans.push(plan['Index Name'] ?? plan['Node Type']);
      removed += plan['Rows Removed by Filter'] ?? 0;
      plan.Plans?.forEach(visit);
    };
    const { Plan: whole } = rows[0]['QUERY PLAN'][0];
    visit(whole);
    return { found: whole['Actual Rows'], scans: scans.filter((scan) => scan !== 'Bitmap Heap Scan'), removed };
  } finally {
    client.release();
  }
}

describe('what was done to the runs of a page', () => {
  it(
    'is found by the lines of each run, with statistics of any age',
    withStores(async (room) => {
      await room.rows('alter table audit_log set (autovacuum_enabled = false)');
      const byRun = { found: PAGE / 2, scans: ['audit_log_run'], removed: 0 };
      await insertLines(room, 'job', LINES);
      expect(['never analysed', await explained(room)]).toEqual(['never analysed', byRun]);
      await room.rows('analyze audit_log');
      expect(['analysed', await explained(room)]).toEqual(['analysed', byRun]);
      await room.rows('truncate audit_log');
      await insertLines(room, 'run', 2_000);
      await room.rows('analyze audit_log');
      await insertLines(room, 'job', LINES);
      expect(['analysed before', await explained(room)]).toEqual(['analysed before', byRun]);
    }),
  );
});
