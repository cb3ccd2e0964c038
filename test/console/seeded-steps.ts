// Runs with as many recorded steps as a spec wants, by SQL: what they would take to be executed is not waited for.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** With the schema of the library as search_path. */
type Pool = Pick<pg.Pool, 'query'>;

/** A run that nobody executes, with so many steps of 2 ms each 10 ms. */
export async function seedRun(pool: Pool, status: 'SUCCESS' | 'HELD', count: number): Promise<string> {
  const runId = randomUUID();
  await pool.query(
    `insert into workflow_status (workflow_id, name, status, input, created_at, started_at, completed_at)
     values ($1, 'steps.many', $2, '[]', timestamptz '2026-11-01 09:00Z', timestamptz '2026-11-01 09:00Z',
       case when $2 = 'SUCCESS' then timestamptz '2026-11-01 09:00Z' + $3 * interval '10 ms' end)`,
    [runId, status, count],
  );
  await seedSteps(pool, runId, 0, count - 1);
  return runId;
}

export async function seedSteps(pool: Pool, runId: string, first: number, last: number): Promise<void> {
  await pool.query(
    `insert into operation_outputs (workflow_id, ordinal, seq, kind, name, output, started_at, completed_at)
     select $1, n, n, 'step', 'work-' || n, '{"n":' || n || '}', timestamptz '2026-11-01 09:00Z' + n * interval '10 ms',
       timestamptz '2026-11-01 09:00Z' + (n * 10 + 2) * interval '1 ms' from generate_series($2::int, $3::int) n`,
    [runId, first, last],
  );
}

/** @param from ms from the beginning of the run */
export async function seedStep(
  pool: Pool,
  runId: string,
  ordinal: number,
  name: string,
  from: number,
  to: number,
): Promise<void> {
  await pool.query(
    `insert into operation_outputs (workflow_id, ordinal, seq, kind, name, started_at, completed_at)
     select $1, $2, $2, 'step', $3, t + $4 * interval '1 ms', t + $5 * interval '1 ms' from (select timestamptz '2026-11-01 09:00Z') b (t)`,
    [runId, ordinal, name, from, to],
  );
}
