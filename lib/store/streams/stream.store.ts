// Chunks of streams, as readers ask for them: any number of places in streams in one statement, which is one snapshot; so what it says of the
// end is true of the chunks beside it. What one look brings is bounded in rows and bytes, however many ask.
import type { Database } from '../database.js';

export interface StreamQuery {
  runId: string;
  stream: string;
  /** The first offset that is wanted. */
  from: number;
  /** By a reader elsewhere than the others; tells questions about one stream apart. */
  apart: boolean;
}

export interface StoredChunk {
  offset: number;
  /** Of the step that wrote it, or of the operation; null: the workflow's own code. */
  ordinal: number | null;
  attempt: number | null;
  attemptFrom: number | null;
  /** No chunk, but the end of the stream. */
  closes: boolean;
  /** ms since the epoch, database clock. */
  at: number;
  value: string | null;
}

export interface StreamPage {
  /** As asked. */
  from: number;
  /** Without gaps. */
  chunks: StoredChunk[];
  /** Nothing followed at the time of this look. */
  isComplete: boolean;
  /** `over`: closed, or the run is: nothing will follow what is there. */
  state: 'open' | 'over' | 'no-run';
}

const CHUNKS_PER_LOOK = 4_000;
const MOST_PER_PAGE = 1_000;
const LEAST_PER_PAGE = 10;
/** The first chunk of all is given however large it is. */
const BYTES_PER_LOOK = 1_048_576;

/** A stream as it is now. */
export interface StoredStream {
  name: string;
  /** Offset of its last chunk, or of its end. */
  lastOffset: number;
  closes: boolean;
  /** When the last of it was written, database clock. */
  lastAt: Date;
}

export interface StreamList {
  /** By name. */
  streams: StoredStream[];
  isLive: boolean;
}

interface ChunkRow extends Omit<StoredChunk, 'offset'>, Record<string, unknown> {
  place: number;
  live: boolean | null;
  closed: boolean | null;
  offset: number | null;
  fits: boolean;
}

export class StreamStore {
  constructor(private readonly database: Database) {}

  /**
   * In the order of the queries; undefined: nothing new, and the stream goes on. `most`: chunks of each, 1 to 1,000.
   *
   * Not prepared: planned for the tables as they are. Each look is a probe of the primary key, in its order. The length of a value is known
   * without fetching it, so what is beyond the limit costs little.
   */
  async findMany(queries: readonly StreamQuery[], most = MOST_PER_PAGE): Promise<Array<StreamPage | undefined>> {
    const streams = `${this.database.schema}.streams`;
    const limit = Math.min(Math.max(Math.ceil(CHUNKS_PER_LOOK / queries.length), LEAST_PER_PAGE), most);
    const rows = await this.database.query<ChunkRow>(
      `/* stream.findMany */ select f.place, f.live, f.closed, f."offset", f.ordinal, f.attempt, f."attemptFrom", f.closes, f."at",
         f.before < $5 fits, case when f.before < $5 then f.value end value
       from (
         select u.place::int place, r.live, l.closes closed, c.chunk_offset "offset", c.ordinal, c.attempt, c.attempt_from "attemptFrom",
           c.closes, extract(epoch from c.created_at)::float8 * 1000 "at", c.value,
           sum(coalesce(octet_length(c.value), 0)) over (order by u.place, c.chunk_offset rows unbounded preceding)
             - coalesce(octet_length(c.value), 0) before
         from unnest($1::uuid[], $2::text[], $3::int[]) with ordinality u (run, stream, first, place)
         left join lateral (select r.completed_at is null live from ${this.database.schema}.workflow_status r
           where r.workflow_id = u.run limit 1) r on true
         left join lateral (select s.closes from ${streams} s where s.workflow_id = u.run and s.stream = u.stream
           order by s.chunk_offset desc limit 1) l on true
         left join lateral (select s.* from ${streams} s where s.workflow_id = u.run and s.stream = u.stream
           and s.chunk_offset >= u.first order by s.chunk_offset limit $4) c on true
       ) f order by f.place, f."offset"`,
      [
        queries.map(({ runId }) => runId),
        queries.map(({ stream }) => stream),
        queries.map(({ from }) => from),
        limit,
        BYTES_PER_LOOK,
      ],
    );
    const byPlace: ChunkRow[][] = queries.map(() => []);
    for (const row of rows) byPlace[row.place - 1]?.push(row);
    return queries.map(({ from }, i) => pageOf(from, byPlace[i] ?? [], limit));
  }

  /**
   * The first `most` streams of a run; undefined: there is no such run. Jumps from name to name in the primary key: chunks in between cost
   * nothing.
   */
  async list(runId: string, most: number): Promise<StreamList | undefined> {
    const { schema } = this.database;
    const rows = await this.database.query<{ live: boolean } & { [K in keyof StoredStream]: StoredStream[K] | null }>(
      `/* stream.list */ with recursive named (stream, place) as (
         (select s.stream, 1 from ${schema}.streams s where s.workflow_id = $1::uuid order by s.stream limit 1)
         union all
         select n.stream, m.place + 1 from named m cross join lateral (
           select s.stream from ${schema}.streams s where s.workflow_id = $1::uuid and s.stream > m.stream order by s.stream limit 1) n
         where m.place < $2::int
       )
       select r.completed_at is null live, m.stream "name", l.chunk_offset "lastOffset", l.closes, l.created_at "lastAt"
       from ${schema}.workflow_status r
       left join (named m cross join lateral (
         select s.chunk_offset, s.closes, s.created_at from ${schema}.streams s where s.workflow_id = $1::uuid and s.stream = m.stream
         order by s.chunk_offset desc limit 1) l) on true
       where r.workflow_id = $1::uuid order by m.place`,
      [runId, most],
    );
    const [first] = rows;
    if (first === undefined) return undefined;
    const streams = rows.flatMap(({ live: _live, ...stream }) => (stream.name === null ? [] : [stream as StoredStream]));
    return { streams, isLive: first.live };
  }
}

function pageOf(from: number, rows: readonly ChunkRow[], limit: number): StreamPage | undefined {
  const [first] = rows;
  if (first === undefined || first.live === null) return { from, chunks: [], isComplete: true, state: 'no-run' };
  const chunks: StoredChunk[] = [];
  for (const { offset, ordinal, attempt, attemptFrom, closes, at, value, fits } of rows)
    if (offset !== null && fits) chunks.push({ offset, ordinal, attempt, attemptFrom, closes, at, value });
  const found = first.offset === null ? 0 : rows.length;
  const isComplete = found < limit && chunks.length === found;
  const state = first.live && first.closed !== true ? 'open' : 'over';
  return isComplete && state === 'open' && chunks.length === 0 ? undefined : { from, chunks, isComplete, state };
}
