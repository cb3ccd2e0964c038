// Who calls a service, and how it shall misbehave: the headers and the query of a request, as parameter `@FromCaller() caller: Caller`.
import type { IncomingMessage } from 'node:http';
import { BadRequestException, createParamDecorator, type ExecutionContext } from '@nestjs/common';

export interface Caller {
  idempotencyKey: string;
  runId: string;
  step: string;
  attempt: number;
  /** How many calls with this key are answered by 503 before one is served. */
  faults: number;
  /** How long the service takes. */
  latencyMs: number;
}

const KEY = /^([0-9a-f-]{36}):(.+)$/;

export const FromCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { headers, query } = context.switchToHttp().getRequest<IncomingMessage & { query: Record<string, unknown> }>();
  const idempotencyKey = headers['idempotency-key'];
  const [, runId, step] = (typeof idempotencyKey === 'string' && KEY.exec(idempotencyKey)) || [];
  if (typeof idempotencyKey !== 'string' || runId === undefined || step === undefined)
    throw new BadRequestException('Send the header Idempotency-Key: <run id>:<step>.');
  const attempt = Number(headers['step-attempt'] ?? 1);
  return { idempotencyKey, runId, step, attempt, faults: Number(query.faults ?? 0), latencyMs: Number(query.latency ?? 0) };
});
