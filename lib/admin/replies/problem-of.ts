// What whatever a guard, a reader or a service throws is told as: problem details (RFC 9457). Messages are those of this library and of Nest's HTTP
// exceptions; of anything else only the log tells. Used by the exception filters.
import { STATUS_CODES } from 'node:http';
import { HttpException, HttpStatus, Logger } from '@nestjs/common';
import { describeValue } from '../../kernel/describe-value.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import { isUnavailable } from '../../store/sql-errors.js';
import type { AdminProblem } from './admin-problem.js';
import { statusOf } from './problem-status.js';

const NOT_SURE = 'The database did not answer in time, so it is not sure whether this was done. Look, then repeat it.';

type Cause = Pick<AdminProblem, 'status' | 'code' | 'detail' | 'details'>;

/** Faults of the server are written to its log. */
export function problemOf(error: unknown, requestId: string): AdminProblem {
  const { status, code, detail, details } = causeOf(error);
  if (status >= 500)
    new Logger('WorkflowsAdmin').error(
      `request ${requestId}: ${error instanceof Error ? (error.stack ?? error.message) : describeValue(error)}`,
    );
  return {
    type: `urn:nestjs-workflows:${code.toLowerCase().replaceAll('_', '-')}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    requestId,
    ...(status < 500 && details !== undefined && { details }),
  };
}

function causeOf(error: unknown): Cause {
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return { status, code: HttpStatus[status] ?? `HTTP_${status}`, detail: error.message };
  }
  if (WorkflowsError.is(error)) {
    const { code, message, details } = error;
    const status = statusOf(code);
    // Their messages quote the database, which names hosts and users.
    if (status === HttpStatus.SERVICE_UNAVAILABLE && error.cause !== undefined) return { status, code, detail: NOT_SURE };
    if (status !== undefined) return { status, code, detail: message, details };
  }
  if (isUnavailable(error))
    return { status: 503, code: 'DATABASE_UNAVAILABLE', detail: 'The database does not answer. Try again.' };
  return { status: 500, code: 'INTERNAL_ERROR', detail: "The request failed inside the server; the server's log says why." };
}
