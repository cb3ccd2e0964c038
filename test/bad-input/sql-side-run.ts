// A run as an operator would insert it by hand: only what has no default.
import type { Cluster } from '../engine/cluster.js';

export async function insertRun(cluster: Cluster, columns: Record<string, unknown>): Promise<string> {
  const row = { status: 'ENQUEUED', ...columns };
  const names = Object.keys(row);
  const [inserted] = await cluster.rows<{ workflow_id: string }>(
    `insert into workflow_status (workflow_id, ${names.join(', ')})
     values (gen_random_uuid(), ${names.map((_, i) => `$${i + 1}`).join(', ')}) returning workflow_id`,
    Object.values(row),
  );
  return inserted?.workflow_id ?? '';
}
