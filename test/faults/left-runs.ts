// Runs that are not over when they should be, and why: which wait they hang in, and whether what they wait for is there. A wake-up that was lost
// shows as a wait whose source is there.
import type pg from 'pg';

export interface LeftRun {
  run: string;
  workflow: string;
  status: string;
  /** ms from now. */
  dueInMs: number | null;
  owner: string | null;
  /** How often it was rescued. */
  rescues: number;
  waits: Array<{ kind: string; name: string; source: string | null; sourceStatus: string | null; isThere: boolean }> | null;
}

export async function listLeftRuns(pool: pg.Pool): Promise<LeftRun[]> {
  const { rows } = await pool.query<LeftRun>(`
    select r.workflow_id run, r.name workflow, r.status, r.recovery_attempts rescues,
      (extract(epoch from r.wake_at - clock_timestamp()) * 1000)::int "dueInMs",
      (select format('%s of pid %s, %s', r.claimed_by, e.pid, case when e.alive then 'alive' else 'retired' end)
         from executors e where e.executor_id = r.claimed_by) "owner",
      (select json_agg(json_build_object('kind', w.kind, 'name', w.name, 'source', w.source, 'sourceStatus', s.status, 'isThere',
          case w.kind when 'receive' then exists (select from notifications n
                 where n.workflow_id = w.workflow_id and n.topic = w.source_key and n.taken_by is null)
               when 'getEvent' then s.completed_at is not null or exists (select from workflow_events e
                 where e.workflow_id = w.source and e.key = w.source_key)
               else s.completed_at is not null end))
        from waits w left join workflow_status s on s.workflow_id = w.source where w.workflow_id = r.workflow_id) waits
    from workflow_status r where r.completed_at is null order by r.created_at`);
  return rows;
}

export function describeLeftRun({ run, workflow, status, dueInMs, owner, rescues, waits }: LeftRun): string {
  const hanging = (waits ?? []).map(
    ({ kind, name, source, sourceStatus, isThere }) =>
      `${kind} ${name}${source === null ? '' : ` of ${source} (${sourceStatus})`}, which is ${isThere ? '' : 'not '}there`,
  );
  return [
    `run ${run} (${workflow}) is ${status}`,
    ...(owner === null ? [] : [`held by ${owner}`]),
    ...(rescues === 0 ? [] : [`rescued ${rescues} times`]),
    dueInMs === null ? 'due never' : `due in ${dueInMs} ms`,
    hanging.length === 0 ? 'waits for nothing' : `waits for ${hanging.join(', and ')}`,
  ].join(', ');
}
