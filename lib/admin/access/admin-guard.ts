// The one guard of every admin route: first the host's guards, all of them, then its `access`, then what the route itself asks for, then the rules
// for writes. It denies unless everybody agrees, and it denies a route that does not say what it needs.
// Nest leaves out, without a word, a guard that lacks canActivate(); hence the host's guards are run here and not listed in @UseGuards.
import { type CanActivate, type ExecutionContext, ForbiddenException, Inject, Injectable } from '@nestjs/common';
import { AdminForbiddenError, InvalidAdminOptionError } from '../admin.errors.js';
import { ADMIN_GUARDS, ADMIN_OPTIONS } from '../admin.tokens.js';
import { isGuard, type ResolvedAdminOptions } from '../admin-options.js';
import { LastAnswers } from '../replies/last-answers.js';
import { routeOf } from '../routes/admin-route.js';
import { type Access, FULL_ACCESS, readAccess } from './admin-access.js';
import { type AdminRequest, refuseUnsafeStream, refuseUnsafeWrite } from './write-rules.js';

/** By the adapter's request, for the handler and the reply. */
const granted = new WeakMap<object, Access>();

/** What this request may do. @throws ForbiddenException if the guard has not let it in */
export function accessOf(request: unknown): Access {
  const access = typeof request === 'object' && request !== null ? granted.get(request) : undefined;
  if (access === undefined) throw new ForbiddenException();
  return access;
}

@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    @Inject(ADMIN_OPTIONS) private readonly options: Pick<ResolvedAdminOptions, 'insecure' | 'access' | 'maxBodyBytes'>,
    @Inject(ADMIN_GUARDS) private readonly guards: readonly CanActivate[],
    @Inject(LastAnswers) private readonly lastAnswers: Pick<LastAnswers, 'mark'>,
  ) {}

  /** @throws what a guard or `access` throws; ForbiddenException; AdminForbiddenError; InvalidAccessError; AdminRequestError */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    this.lastAnswers.mark(context.switchToHttp().getResponse());
    const access = await this.#decide(context, request);
    const route = routeOf(context.getHandler());
    if (route === undefined) throw new ForbiddenException();
    if (route.action !== 'read' && !access.actions.has(route.action)) throw new AdminForbiddenError(route.action);
    // By the route, whatever middleware makes of the method.
    if (route.method !== 'GET') refuseUnsafeWrite(request, this.options.maxBodyBytes);
    if (route.answer === 'events') refuseUnsafeStream(request);
    granted.set(request, access);
    return true;
  }

  async #decide(context: ExecutionContext, request: AdminRequest): Promise<Access> {
    const { insecure, access } = this.options;
    if (this.guards.length === 0 && access === undefined && !insecure) throw new ForbiddenException();
    // One after the other: a later guard may rely on the user that an earlier one found.
    for (const guard of this.guards) if (!(await settle(guard.canActivate(context)))) throw new ForbiddenException();
    if (access === undefined) return FULL_ACCESS;
    const decided = readAccess(await access(request));
    if (decided === undefined) throw new ForbiddenException();
    return decided;
  }
}

/** The guards in their order, with what Nest built in place of the classes. @throws InvalidAdminOptionError for one that is no guard */
export function collectGuards(listed: ResolvedAdminOptions['guards'], built: ReadonlyMap<unknown, unknown>): CanActivate[] {
  return listed.map((entry) => {
    const guard = built.get(entry) ?? entry;
    if (!isGuard(guard)) throw new InvalidAdminOptionError('guards', 'a list of guards: each with a canActivate() method', entry);
    return guard;
  });
}

type Answer = ReturnType<CanActivate['canActivate']>;

/** The last value of an observable, as Nest takes it; one that completes without a value is a no. */
async function settle(answer: Answer): Promise<unknown> {
  const value: unknown = await answer;
  if (typeof (value as { subscribe?: unknown } | null)?.subscribe !== 'function') return value;
  return new Promise((resolve, reject) => {
    let last: unknown = false;
    (value as Extract<Answer, { subscribe: unknown }>).subscribe({
      next: (next) => {
        last = next;
      },
      error: reject,
      complete: () => resolve(last),
    });
  });
}
