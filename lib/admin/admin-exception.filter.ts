// Turns whatever a guard, a reader or a service throws into `{ code, message, statusCode }`. Messages are those of this library and of Nest's
// HTTP exceptions; of anything else only the log tells.
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, HttpStatus, Inject, Logger } from '@nestjs/common';
import { describeValue } from '../kernel/describe-value.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { isUnavailable } from '../store/sql-errors.js';
import { AdminReply } from './admin-reply.js';

export interface AdminProblem {
  /** Stable: of the error, or the name of the HTTP status. */
  code: string;
  message: string;
  statusCode: number;
}

/** Codes that are not in this list are faults of the server. */
const STATUS_OF: Readonly<Record<string, HttpStatus>> = {
  INVALID_REQUEST: HttpStatus.BAD_REQUEST,
  INVALID_OPTION: HttpStatus.BAD_REQUEST,
  UNKNOWN_OPTION: HttpStatus.BAD_REQUEST,
  INVALID_ATTRIBUTES: HttpStatus.BAD_REQUEST,
  INVALID_ID: HttpStatus.BAD_REQUEST,
  INVALID_DURATION: HttpStatus.BAD_REQUEST,
  INVALID_FILTER: HttpStatus.BAD_REQUEST,
  INVALID_START_TARGET: HttpStatus.BAD_REQUEST,
  PAYLOAD_INVALID: HttpStatus.BAD_REQUEST,
  CROSS_SITE_REQUEST: HttpStatus.FORBIDDEN,
  RUN_NOT_FOUND: HttpStatus.NOT_FOUND,
  WORKFLOW_NOT_REGISTERED: HttpStatus.NOT_FOUND,
  QUEUE_NOT_FOUND: HttpStatus.NOT_FOUND,
  RUN_CONFLICT: HttpStatus.CONFLICT,
  DEDUPLICATION_CONFLICT: HttpStatus.CONFLICT,
  PAYLOAD_TOO_LARGE: HttpStatus.PAYLOAD_TOO_LARGE,
  UNSUPPORTED_MEDIA_TYPE: HttpStatus.UNSUPPORTED_MEDIA_TYPE,
  CANCEL_FAILED: HttpStatus.SERVICE_UNAVAILABLE,
  START_FAILED: HttpStatus.SERVICE_UNAVAILABLE,
  DATABASE_UNAVAILABLE: HttpStatus.SERVICE_UNAVAILABLE,
  SHUTTING_DOWN: HttpStatus.SERVICE_UNAVAILABLE,
};

@Catch()
export class AdminExceptionFilter implements ExceptionFilter {
  readonly #logger = new Logger('WorkflowsAdmin');

  constructor(@Inject(AdminReply) private readonly reply: AdminReply) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const problem = problemOf(error);
    if (problem.statusCode >= 500)
      this.#logger.error(error instanceof Error ? (error.stack ?? error.message) : describeValue(error));
    this.reply.send(host.switchToHttp().getResponse(), problem, problem.statusCode);
  }
}

function problemOf(error: unknown): AdminProblem {
  if (error instanceof HttpException) {
    const statusCode = error.getStatus();
    return { code: HttpStatus[statusCode] ?? `HTTP_${statusCode}`, message: error.message, statusCode };
  }
  if (WorkflowsError.is(error)) {
    const { code, message } = error;
    return { code, message, statusCode: STATUS_OF[code] ?? HttpStatus.INTERNAL_SERVER_ERROR };
  }
  if (isUnavailable(error))
    return { code: 'DATABASE_UNAVAILABLE', message: 'The database does not answer. Try again.', statusCode: 503 };
  return { code: 'INTERNAL_ERROR', message: "The request failed inside the server; the server's log says why.", statusCode: 500 };
}
