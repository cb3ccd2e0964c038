// Two transactions that meet: the spec opens the first by hand and holds it until the second waits for it or is through.
import type { PoolClient } from 'pg';
import { eventually } from '../support/eventually.js';
import { StoreRoom } from './store-room.js';

type Room = Pick<StoreRoom, 'schema' | 'rows'>;

/** The stores on one connection, whose transaction the spec opens and ends. */
export function storesOn(client: PoolClient, { schema }: Room): StoreRoom {
  const database = {
    schema: `"${schema.schema}"`,
    query: async (text: string, values: unknown[]) => (await client.query(text, values)).rows,
  };
  return new StoreRoom(schema, database as unknown as StoreRoom['database']);
}

/** Resolves when a connection of the stores waits for a lock: true; or when `promise` is settled: false. */
export async function untilBlocked(room: Room, promise: Promise<unknown> = new Promise(() => undefined)): Promise<boolean> {
  let settled = false;
  void promise.finally(() => {
    settled = true;
  });
  const waiting = `select 1 from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`;
  await eventually(async () => expect(settled || (await room.rows(waiting, [room.schema.schema])).length > 0).toBe(true));
  return !settled;
}

/** Leaves the transaction of `first` open until `second` waits for a lock or is through, then commits it. */
export async function meet<T>(
  room: Room,
  first: (stores: StoreRoom) => Promise<unknown>,
  second: () => Promise<T>,
): Promise<{ waited: boolean; result: T }> {
  const client = await room.schema.pool.connect();
  try {
    await client.query('begin');
    await first(storesOn(client, room));
    const result = second();
    const waited = await untilBlocked(room, result);
    await client.query('commit');
    return { waited, result: await result };
  } finally {
    await client.query('rollback');
    client.release();
  }
}
