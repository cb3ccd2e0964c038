// Who asks for a page with a browser and does not get it sees a note, or is led to where one signs in. Takes the place of AdminExceptionFilter on pages.
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { problemOf } from '../replies/problem-of.js';
import { sendWebAnswer } from '../replies/web-answer.js';
import { requestIdOf } from '../requests/request-id.js';
import { ConsoleSite } from './console-site.js';

@Catch()
export class PageExceptionFilter implements ExceptionFilter {
  constructor(
    @Inject(ConsoleSite) private readonly site: ConsoleSite,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const problem = problemOf(error, requestIdOf(http.getRequest<object>()));
    sendWebAnswer(this.host, http.getResponse(), this.site.refusal(problem));
  }
}
