// Who did what, when, why and by which request: the audit log for people and pages. Injectable; made by WorkflowsModule.
import { types } from 'node:util';
import { parseDate } from '../kernel/duration.js';
import { assertId, assertName, runIdOf } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { AuditEntry } from '../model/audit.js';
import { storedOperatorText } from '../operations/operator-action.js';
import type { AuditFilter, AuditMark, AuditStore } from '../store/audit/audit.store.js';
import { isExactTime } from './page-cursor.js';

export interface ListAuditFilter {
  /** The run that it was done to, by run id or by the id its starter chose. */
  runId?: string;
  /** Exactly as it was given. */
  actor?: string;
  /** One of the library's (see docs/audit.md), or the name of a command, in any case of letters. */
  action?: string;
  requestId?: string;
  /** Done then or later. */
  from?: Date;
  /** Done earlier than that. */
  before?: Date;
  /** 1 to 500, default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface AuditPage {
  /** Newest first. */
  entries: AuditEntry[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export class InvalidAuditFilterError extends WorkflowsError {
  constructor(option: keyof ListAuditFilter, problem: string) {
    super('InvalidAuditFilterError', 'INVALID_FILTER', `AuditReader.list: ${option} ${problem}.`, { details: { option } });
  }
}

const KEYS: ReadonlyArray<keyof ListAuditFilter> = ['runId', 'actor', 'action', 'requestId', 'from', 'before', 'limit', 'cursor'];
const MAX_PAGE = 500;

export class AuditReader {
  /** Private at run time too: whoever is logged holds the connection with its password. */
  readonly #store: AuditStore;

  /** @internal Made by WorkflowsModule. */
  constructor(store: AuditStore) {
    this.#store = store;
  }

  /**
   * What was done, newest first. A line that was there throughout comes exactly once, whatever is written meanwhile. A page looks at 10,000
   * lines at most: when a filter by run or request is narrowed further, one may be short, or empty, and still have a `nextCursor`.
   *
   * @throws InvalidAuditFilterError, InvalidIdError, UnknownOptionError, WorkflowsError (`INVALID_OPTION`) for what is no object, before any
   * SQL; the database's error
   */
  async list(filter: ListAuditFilter = {}): Promise<AuditPage> {
    const { limit, ...asked } = resolveFilter(filter);
    const { entries: found, walkedTo } = await this.#store.list({ ...asked, limit: limit + 1 });
    const page = found.slice(0, limit);
    const next = found.length > limit ? page.at(-1) : walkedTo;
    return {
      entries: page.map(({ atExact: _exact, ...entry }) => entry),
      ...(next !== undefined && { nextCursor: cursorOf(next) }),
    };
  }
}

function resolveFilter(filter: ListAuditFilter): AuditFilter {
  refuseUnknownKeys(filter, KEYS, [], 'audit filter');
  const { runId, actor, action, requestId, from, before, limit = 50, cursor } = filter;
  if (actor !== undefined && typeof actor !== 'string') throw new InvalidAuditFilterError('actor', 'must be a text');
  if (action !== undefined) assertName(action, 'action');
  if (requestId !== undefined) assertId(requestId, 'requestId');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    throw new InvalidAuditFilterError('limit', `must be a whole number from 1 to ${MAX_PAGE}`);
  return {
    runId: runId === undefined ? undefined : runIdOf(runId).runId,
    actor: actor === undefined ? undefined : storedOperatorText(actor),
    action: action?.toUpperCase(),
    requestId,
    from: timeOf(from, 'from'),
    before: timeOf(before, 'before'),
    after: cursor === undefined ? undefined : markOf(cursor),
    limit,
  };
}

function timeOf(given: unknown, option: 'from' | 'before'): Date | undefined {
  if (given === undefined) return undefined;
  try {
    if (types.isDate(given)) return parseDate(given, option);
  } catch {
    // Told as whatever else is no time.
  }
  throw new InvalidAuditFilterError(option, 'must be a valid Date between the years 1 and 9999');
}

function cursorOf({ atExact, auditId }: AuditMark): string {
  return Buffer.from(JSON.stringify([atExact, auditId])).toString('base64url');
}

function markOf(cursor: unknown): AuditMark {
  if (typeof cursor !== 'string') throw new InvalidAuditFilterError('cursor', 'must be a text');
  try {
    const [atExact, auditId]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (isExactTime(atExact) && typeof auditId === 'string' && /^\d{1,18}$/.test(auditId)) return { atExact, auditId };
  } catch {
    // Told below.
  }
  throw new InvalidAuditFilterError('cursor', 'is not one that this list gave');
}
