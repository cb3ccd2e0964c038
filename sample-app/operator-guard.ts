// Lets operators into the console and its API: `Authorization: Bearer <token>`. Real applications put their own guard here.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { settings } from './settings.js';

const token = settings.operatorToken ?? randomBytes(18).toString('base64url');

@Injectable()
export class OperatorGuard implements CanActivate {
  /** For the lines that main.ts prints. */
  static readonly token = token;

  canActivate(context: ExecutionContext): boolean {
    const { authorization = '' } = context.switchToHttp().getRequest<IncomingMessage>().headers;
    if (sameText(authorization, `Bearer ${token}`)) return true;
    throw new UnauthorizedException('Send the operator token that the application printed: Authorization: Bearer <token>.');
  }
}

/** Takes the same time wherever the first difference is. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
