// Errors of the library that a caller can do something about, as HTTP answers. The code is stable; the message says what to do.
import { type ArgumentsHost, Catch, HttpException, HttpStatus } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { WorkflowsError } from 'nestjs-workflows';

const STATUS: Record<string, HttpStatus> = {
  RUN_NOT_FOUND: HttpStatus.NOT_FOUND,
  WORKFLOW_NOT_REGISTERED: HttpStatus.NOT_FOUND,
  RUN_CONFLICT: HttpStatus.CONFLICT,
  RUN_FINISHED: HttpStatus.CONFLICT,
  COMMAND_NOT_ALLOWED: HttpStatus.CONFLICT,
  UNKNOWN_COMMAND: HttpStatus.BAD_REQUEST,
  INVALID_ID: HttpStatus.BAD_REQUEST,
  PAYLOAD_INVALID: HttpStatus.BAD_REQUEST,
  PAYLOAD_TOO_LARGE: HttpStatus.PAYLOAD_TOO_LARGE,
};

@Catch(WorkflowsError)
export class WorkflowsErrorFilter extends BaseExceptionFilter {
  /** Any other code is a fault of ours: 500, logged, without details for the caller. */
  override catch(error: WorkflowsError, host: ArgumentsHost): void {
    const { code, message } = error;
    const statusCode = STATUS[code];
    super.catch(statusCode === undefined ? error : new HttpException({ statusCode, code, message }, statusCode), host);
  }
}
