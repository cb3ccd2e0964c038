// What a look of the change feed reads: marks of tables, and digests of runs. Nothing of it is a payload.
import type { RunStatus } from '../../model/run.js';
import type { Database, Row } from '../database.js';
import { sqlStateOf } from '../sql-errors.js';
import * as sql from './feed.sql.js';

export interface FeedMarks {
  /** Rows changed so far, by table. Undefined: the database does not count them, or does not let us see. */
  marks?: ReadonlyMap<string, number>;
  /** The last row of the audit log; null: it is empty. */
  lastAudit: string | null;
  /** What operators did since the row that was asked for, and to which runs. */
  actions: string[];
  auditedRuns: string[];
}

/** A run as people see it, in numbers; times in ms since the epoch. What is open is counted, to 1,000 at most. */
export interface RunDigest {
  runId: string;
  /** Null: there is no such run, or not any more. */
  status: RunStatus | null;
  priority: number | null;
  queue: string | null;
  startedAt: number | null;
  completedAt: number | null;
  heldAt: number | null;
  wakeAt: number | null;
  deadlineAt: number | null;
  legalHold: boolean;
  hasPermit: boolean;
  recoveryAttempts: number;
  resets: number;
  /** The highest ordinal on record. */
  steps: { last: number | null };
  events: { last: number | null };
  /** `chunks`: of all its streams together, or of 50 of them. */
  streams: { count: number; chunks: number };
  /** Those without an outcome, and the newest. */
  commands: { last: number | null; open: number };
  /** Those that nobody has taken, and the newest of them. */
  messages: { last: number | null; open: number };
}

/** `mark` differs too when something changed that the numbers do not show. */
export interface MarkedDigest {
  digest: RunDigest;
  mark: string;
}

/** Rows of one kind and run that a digest looks at: the more runs, the fewer. */
const MOST_LOOKED_AT: ReadonlyArray<{ runs: number; rows: number }> = [
  { runs: 100, rows: 1_000 },
  { runs: 500, rows: 250 },
];
const LEAST_LOOKED_AT = 100;
/** insufficient_privilege */
const FORBIDDEN = '42501';

export class FeedStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** `afterAudit`: null at the first time. One statement. */
  async readMarks(tables: readonly string[], afterAudit: string | null): Promise<FeedMarks> {
    type Answer = Omit<FeedMarks, 'marks'> & { isCounted: boolean; marks: Record<string, number> };
    try {
      const rows = await this.database.query<Answer & Row>(sql.readMarks(this.#schema), [tables, afterAudit]);
      const { isCounted, marks, lastAudit, actions, auditedRuns } = rows[0] as Answer;
      return { ...(isCounted && { marks: new Map(Object.entries(marks)) }), lastAudit, actions, auditedRuns };
    } catch (error) {
      if (sqlStateOf(error) !== FORBIDDEN) throw error;
      return { lastAudit: afterAudit, actions: [], auditedRuns: [] };
    }
  }

  /**
   * In the order of the ids. One statement, however many. Of a run of which more steps than 1,000 (of 100 and more runs fewer) are under way at
   * once, some may be recorded without a difference.
   */
  async digestRuns(runIds: readonly string[]): Promise<MarkedDigest[]> {
    const most = MOST_LOOKED_AT.find(({ runs }) => runIds.length <= runs)?.rows ?? LEAST_LOOKED_AT;
    type Answer = RunDigest & { mark: string } & Row;
    const rows = await this.database.query<Answer>(sql.digestRuns(this.#schema), [runIds, most], { search: true });
    return rows.map(({ mark, ...digest }) => ({ digest: digest as RunDigest, mark }));
  }
}
