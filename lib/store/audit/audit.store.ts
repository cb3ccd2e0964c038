// The audit log as readers page through it. Each page looks at a bounded number of lines, however long the log is and whatever is asked for.
import type { AuditEntry } from '../../model/audit.js';
import type { Database, Row } from '../database.js';
import * as sql from './audit.sql.js';

/** A line's place in the log. */
export interface AuditMark {
  /** Its time to the microsecond, as text. */
  atExact: string;
  auditId: string;
}

export interface AuditFilter {
  runId?: string;
  requestId?: string;
  actor?: string;
  action?: string;
  from?: Date;
  before?: Date;
  /** The last line of the page before. */
  after?: AuditMark;
  limit: number;
}

export interface AuditListing {
  entries: Array<AuditEntry & AuditMark>;
  /** What comes after this was not looked at. Undefined: the listing is full, or there is nothing more. */
  walkedTo?: AuditMark;
}

/** So many lines are looked at for one page, at most. */
export const MOST_WALKED = 10_000;

/** What one index finds: the first of these that is asked for as a whole. */
const LEADS: ReadonlyArray<readonly sql.AuditColumn[]> = [
  ['workflow_id'],
  ['request_id'],
  ['actor', 'action'],
  ['actor'],
  ['action'],
];

export class AuditStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** Newest first. */
  async list(filter: AuditFilter): Promise<AuditListing> {
    const { from = null, before = null, after, limit } = filter;
    const asked = new Map<sql.AuditColumn, string>(
      Object.entries({
        workflow_id: filter.runId,
        request_id: filter.requestId,
        actor: filter.actor,
        action: filter.action,
      }).filter(([, value]) => value !== undefined) as Array<[sql.AuditColumn, string]>,
    );
    const lead = LEADS.find((columns) => columns.every((column) => asked.has(column))) ?? [];
    const rest = [...asked.keys()].filter((column) => !lead.includes(column));
    const valuesOf = (columns: readonly sql.AuditColumn[]) => columns.map((column) => asked.get(column));
    const walked = rest.length === 0 ? limit : Math.max(MOST_WALKED, limit);
    const walk = [from, before, after?.atExact ?? null, after?.auditId ?? null, walked, ...valuesOf(lead)];
    const entries = await this.database.query<AuditEntry & AuditMark & Row>(sql.listEntries(this.#schema, lead, rest), [
      ...walk,
      ...valuesOf(rest),
      limit,
    ]);
    if (rest.length === 0 || entries.length === limit) return { entries };
    const [walkedTo] = await this.database.query<AuditMark & Row>(sql.findEnd(this.#schema, lead), walk);
    return { entries, walkedTo };
  }
}
