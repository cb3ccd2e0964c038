// A service that is down for a moment, and says when to come back: 503 with the header Retry-After.
import type { ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, ServiceUnavailableException } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';

export class BackSoonException extends ServiceUnavailableException {
  constructor(readonly seconds: number) {
    super(`This service is down for a moment; try again in ${seconds} s.`);
  }
}

@Catch(BackSoonException)
export class BackSoonFilter extends BaseExceptionFilter<BackSoonException> {
  override catch(exception: BackSoonException, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<ServerResponse>().setHeader('Retry-After', exception.seconds);
    super.catch(exception, host);
  }
}
