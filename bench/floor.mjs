// The floor: the least that durable runs cost on this Postgres with this driver. No framework, no replay, no options, no leases; but the
// same durability as the library: every flush is one commit, fenced by the executor's row, and a step body starts only when all
// earlier writes of its run are durable. The library's figures are read against this, in the same minute, on the same server.
//
// A contender (this one and library.mjs) is `open({ url, schema, role })` → `{ start, finished, close }`; measurements.mjs drives both alike.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import pg from 'pg';

const LANES = 2;
const CLAIM_BATCH = 500;
const MAX_ROWS = 2_000;

const install = (schema) => `
create schema ${schema};
create table ${schema}.executors (executor_id uuid primary key, alive boolean not null);
create table ${schema}.runs (
  run_id uuid primary key, name text not null, queue text not null, status text not null, priority int not null default 0,
  claimed_by uuid, claim_token uuid, claimed_at timestamptz, input text, output text,
  created_at timestamptz not null default clock_timestamp(), completed_at timestamptz
) with (fillfactor = 70);
create index runs_ready on ${schema}.runs (queue, priority, created_at) where status = 'ENQUEUED';
create table ${schema}.steps (run_id uuid, ordinal int, name text not null, output text, primary key (run_id, ordinal));
create function ${schema}.flush(
  me uuid,
  start_id uuid[], start_token uuid[], start_name text[], start_input text[],
  step_id uuid[], step_token uuid[], step_ordinal int[], step_name text[], step_output text[],
  end_id uuid[], end_token uuid[], end_output text[]
) returns int language plpgsql set search_path = ${schema}, pg_temp as $$
declare written int; total int := 0;
begin
  perform from executors e where e.executor_id = me and e.alive for share;
  if not found then raise exception 'executor % is retired', me; end if;
  if cardinality(start_id) > 0 then
    insert into runs (run_id, name, queue, status, claimed_by, claim_token, claimed_at, input)
    select s.id, s.name, 'default', case when s.token is null then 'ENQUEUED' else 'PENDING' end,
           case when s.token is not null then me end, s.token, case when s.token is not null then clock_timestamp() end, s.input
    from unnest(start_id, start_token, start_name, start_input) s (id, token, name, input);
    get diagnostics written = row_count; total := total + written;
  end if;
  if cardinality(step_id) > 0 then
    insert into steps (run_id, ordinal, name, output)
    select s.id, s.ordinal, s.name, s.output
    from unnest(step_id, step_token, step_ordinal, step_name, step_output) s (id, token, ordinal, name, output)
    cross join lateral (select from runs r where r.run_id = s.id and r.claim_token = s.token limit 1) mine
    on conflict do nothing;
    get diagnostics written = row_count; total := total + written;
  end if;
  if cardinality(end_id) > 0 then
    update runs r set status = 'SUCCESS', output = e.output, completed_at = clock_timestamp()
    from unnest(end_id, end_token, end_output) e (id, token, output)
    where r.run_id = e.id and r.claim_token = e.token and r.run_id = any (end_id);
    get diagnostics written = row_count; total := total + written;
  end if;
  return total;
end $$;`;

const claimSql = (schema) => `
with me as materialized (select from ${schema}.executors where executor_id = $1 and alive for share),
ready as materialized (
  select r.run_id from ${schema}.runs r where exists (select from me) and r.queue = 'default' and r.status = 'ENQUEUED'
  order by r.priority, r.created_at limit $2 for update skip locked)
update ${schema}.runs r set status = 'PENDING', claimed_by = $1, claim_token = gen_random_uuid(), claimed_at = clock_timestamp()
where r.run_id = any (array(select run_id from ready)) returning r.run_id id, r.claim_token token, r.name, r.input`;

/** Columns per part, in the order of the function's parameters. */
const COLUMNS = { start: 4, step: 5, end: 3 };

class Gathering {
  rows = 0;
  waiting = [];
  columns = Object.fromEntries(Object.entries(COLUMNS).map(([part, n]) => [part, Array.from({ length: n }, () => [])]));

  add(part, values) {
    const columns = this.columns[part];
    for (let i = 0; i < columns.length; i++) columns[i].push(values[i]);
    this.rows++;
    return new Promise((resolve, reject) => {
      this.waiting.push([resolve, reject]);
    });
  }
}

/** Group commit: what comes while a flush is on the wire leaves with the next one. */
class Lane {
  #gatherings = [new Gathering()];
  #due = false;
  #onWire = false;

  constructor(flush) {
    this.flush = flush;
  }

  write(part, values) {
    let last = this.#gatherings.at(-1);
    if (last.rows >= MAX_ROWS) {
      last = new Gathering();
      this.#gatherings.push(last);
    }
    const durable = last.add(part, values);
    if (!this.#due && !this.#onWire) this.#schedule();
    return durable;
  }

  #schedule() {
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      void this.#send();
    });
  }

  async #send() {
    const batch = this.#gatherings.shift();
    if (this.#gatherings.length === 0) this.#gatherings.push(new Gathering());
    this.#onWire = true;
    try {
      const { start, step, end } = batch.columns;
      const written = await this.flush([...start, ...step, ...end]);
      if (written !== batch.rows) throw new Error(`${batch.rows - written} of ${batch.rows} writes were refused`);
      for (const [resolve] of batch.waiting) resolve();
    } catch (error) {
      for (const [, reject] of batch.waiting) reject(error);
    }
    this.#onWire = false;
    if (this.#gatherings[0].rows > 0) this.#schedule();
  }
}

export async function open({ url, schema, role }) {
  const pool = new pg.Pool({ connectionString: url, max: LANES + 2 });
  const [{ exists }] = (await pool.query('select to_regnamespace($1) is not null "exists"', [schema])).rows;
  if (!exists) await pool.query(install(schema));
  const me = randomUUID();
  await pool.query(`insert into ${schema}.executors values ($1, true)`, [me]);

  const text = `select ${schema}.flush($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) total`;
  const flush = async (columns) => (await pool.query({ name: 'flush', text, values: [me, ...columns] })).rows[0].total;
  const lanes = Array.from({ length: LANES }, () => new Lane(flush));
  const laneOf = (id) => lanes[id.charCodeAt(id.length - 1) % LANES];

  const frames = new AsyncLocalStorage();
  async function step(name, body) {
    const frame = frames.getStore();
    const ordinal = frame.next++;
    await frame.durable;
    const output = await body();
    frame.durable = laneOf(frame.id).write('step', [frame.id, frame.token, ordinal, name, JSON.stringify(output)]);
    // Awaited by the next step or by the end; until then a failure must not count as unhandled.
    frame.durable.catch(() => undefined);
    return output;
  }
  const workflows = {
    one: async (n) => step('work', async () => n + 1),
    ten: async (n) => {
      let last = n;
      for (let i = 0; i < 10; i++) last = await step('work', async () => n + i);
      return last;
    },
  };

  let finished = 0;
  async function execute(id, token, name, input) {
    const frame = { id, token, next: 0, durable: undefined };
    const output = await frames.run(frame, () => workflows[name](...JSON.parse(input)));
    await Promise.all([frame.durable, laneOf(id).write('end', [id, token, JSON.stringify(output)])]);
    finished++;
    return output;
  }

  let closed = false;
  let failure;
  async function serve() {
    const claim = claimSql(schema);
    let running = 0;
    while (!closed) {
      const free = Math.min(CLAIM_BATCH, MAX_ROWS - running);
      if (free < 100) {
        await new Promise(setImmediate);
        continue;
      }
      const { rows } = await pool.query({ name: 'claim', text: claim, values: [me, free] });
      if (rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 1_000));
      for (const { id, token, name, input } of rows) {
        running++;
        execute(id, token, name, input).then(
          () => running--,
          (error) => {
            failure = error;
          },
        );
      }
    }
  }
  if (role === 'worker') {
    serve().catch((error) => {
      failure = error;
    });
  }

  return {
    /** Resolves when the run is durable, with a function that waits for its durable result. */
    async start(name, n) {
      const id = randomUUID();
      const token = role === 'all' ? randomUUID() : null;
      const input = JSON.stringify([n]);
      await laneOf(id).write('start', [id, token, name, input]);
      if (token === null) return undefined;
      const result = execute(id, token, name, input);
      return () => result;
    },
    /** Runs whose workflow function has come to its end here. */
    finished() {
      if (failure) throw failure;
      return finished;
    },
    async close() {
      closed = true;
      await pool.end();
    },
  };
}
