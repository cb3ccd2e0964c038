// Lets operators into the console and its API: by the session of a browser that has signed in, or by `Authorization: Bearer <token>`, for curl. Real
// applications put their own guard here.
import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { operatorOf } from './operator-session.js';
import { isOperatorToken } from './operator-token.js';

interface OperatorRequest extends IncomingMessage {
  /** Whom the audit log names. */
  user?: { name: string };
}

@Injectable()
export class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<OperatorRequest>();
    const name = hasToken(request) ? 'operator' : operatorOf(request.headers.cookie);
    if (name === undefined)
      throw new UnauthorizedException(
        'Sign in at /operator/sign-in, or send the operator token that the application printed: Authorization: Bearer <token>.',
      );
    request.user = { name };
    return true;
  }
}

/**
 * For routes of the sample itself that change something: the token alone. A browser sends the session also with a form on a page of another port of this
 * machine, which is of the same site to `SameSite=Strict`. The admin routes refuse what such a form can send; these routes take forms.
 */
@Injectable()
export class OperatorTokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (hasToken(context.switchToHttp().getRequest<OperatorRequest>())) return true;
    throw new UnauthorizedException('Send the operator token that the application printed: Authorization: Bearer <token>.');
  }
}

function hasToken({ headers: { authorization = '' } }: OperatorRequest): boolean {
  return authorization.startsWith('Bearer ') && isOperatorToken(authorization.slice('Bearer '.length));
}
