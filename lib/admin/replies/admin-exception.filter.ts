// Turns whatever a guard, a reader or a service throws into problem details (RFC 9457). Messages are those of this library and of Nest's
// HTTP exceptions; of anything else only the log tells.
import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, HttpStatus, Inject, Logger } from '@nestjs/common';
import { describeValue } from '../../kernel/describe-value.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import { isUnavailable } from '../../store/sql-errors.js';
import { requestIdOf } from '../requests/request-id.js';
import type { AdminProblem } from './admin-problem.js';
import { AdminReply } from './admin-reply.js';
import { statusOf } from './problem-status.js';

const NOT_SURE = 'The database did not answer in time, so it is not sure whether this was done. Look, then repeat it.';

type Cause = Pick<AdminProblem, 'status' | 'code' | 'detail' | 'details'>;

@Catch()
export class AdminExceptionFilter implements ExceptionFilter {
  readonly #logger = new Logger('WorkflowsAdmin');

  constructor(@Inject(AdminReply) private readonly reply: AdminReply) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const requestId = requestIdOf(http.getRequest<object>());
    const cause = causeOf(error);
    if (cause.status >= 500)
      this.#logger.error(
        `request ${requestId}: ${error instanceof Error ? (error.stack ?? error.message) : describeValue(error)}`,
      );
    this.reply.send(http.getResponse(), problemOf(cause, requestId), {
      status: cause.status,
      type: 'application/problem+json',
      // The details of our own errors hold no payloads.
      showsPayloads: true,
      requestId,
    });
  }
}

function problemOf({ status, code, detail, details }: Cause, requestId: string): AdminProblem {
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
