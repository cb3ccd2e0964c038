// The one error of the client: what the server said, or why there is no answer. Thrown by every call.
import type { AdminProblem } from '../admin/replies/admin-problem.js';

/** RFC 9457, as the admin routes answer. */
export type Problem = AdminProblem;

interface Fault {
  code: string;
  detail: string;
  status?: number;
  requestId?: string;
  problem?: Problem;
  cause?: unknown;
}

/**
 * `code` is the server's (`RUN_NOT_FOUND`, `ACTION_FORBIDDEN`, …; `HTTP_<status>` of an answer that is JSON but not the library's), or one of
 * the client's own:
 *
 * - `NETWORK_ERROR`: there is no answer, or only a part of it · `TIMEOUT`: not in time · `ABORTED`: by your signal.
 *   A write may have been done all the same
 * - `NOT_JSON`: something between answered, a proxy or its login page; `status` is its
 * - `INVALID_REQUEST` without a status: it was not sent at all
 */
export class WorkflowsHttpError extends Error {
  override readonly name = 'WorkflowsHttpError';
  readonly code: string;
  /** What happened, to which thing, and what to do about it. */
  readonly detail: string;
  /** Of the answer; undefined: there is none. */
  readonly status: number | undefined;
  /** Under which the server's log and audit log know the request. */
  readonly requestId: string | undefined;
  /** Facts: ids, limits, the list of faults of an input. */
  readonly details: Record<string, unknown> | undefined;
  /** All that the server said. */
  readonly problem: Problem | undefined;

  constructor({ code, detail, status, requestId, problem, cause }: Fault) {
    super(detail, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.requestId = requestId ?? problem?.requestId;
    this.details = problem?.details;
    this.problem = problem;
  }

  /** Also across two copies of this package. */
  static is(error: unknown, code?: string): error is WorkflowsHttpError {
    const found = error as Partial<WorkflowsHttpError> | null | undefined;
    return found?.name === 'WorkflowsHttpError' && (code === undefined || found.code === code);
  }
}
