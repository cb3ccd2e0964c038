// What an admin route answers when something is wrong. Made by AdminExceptionFilter, read by the client.

/** RFC 9457, `application/problem+json`. */
export interface AdminProblem {
  /** `urn:nestjs-workflows:` and the code in lower case with hyphens. */
  type: string;
  /** The name of the HTTP status. */
  title: string;
  status: number;
  /** What happened, to which thing, and what to do about it. */
  detail: string;
  /** Stable: of the error, or the name of the HTTP status. */
  code: string;
  /** Of the request, as in logs, command and audit rows. */
  requestId: string;
  /** Facts of the error: ids, limits, the list of faults of an input. Of faults of the request only. */
  details?: Record<string, unknown>;
}
