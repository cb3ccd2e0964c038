// Answers problem details (RFC 9457) to whatever a guard, a reader or a service throws.
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { requestIdOf } from '../requests/request-id.js';
import { AdminReply } from './admin-reply.js';
import { problemOf } from './problem-of.js';

@Catch()
export class AdminExceptionFilter implements ExceptionFilter {
  constructor(@Inject(AdminReply) private readonly reply: AdminReply) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const requestId = requestIdOf(http.getRequest<object>());
    const problem = problemOf(error, requestId);
    this.reply.send(http.getResponse(), problem, {
      status: problem.status,
      type: 'application/problem+json',
      // The details of our own errors hold no payloads.
      showsPayloads: true,
      requestId,
    });
  }
}
