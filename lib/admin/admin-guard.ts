// The one guard of every admin route: first the host's guards, all of them, then the rules for writes. It denies unless everybody agrees.
// Nest leaves out, without a word, a guard that lacks canActivate(); hence the host's guards are run here and not listed in @UseGuards.
import { type CanActivate, type ExecutionContext, ForbiddenException, Inject, Injectable } from '@nestjs/common';
import { InvalidAdminOptionError } from './admin.errors.js';
import { ADMIN_GUARDS, ADMIN_OPTIONS } from './admin.tokens.js';
import { isGuard, type ResolvedAdminOptions } from './admin-options.js';
import { type AdminRequest, refuseUnsafeWrite } from './write-rules.js';

@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    @Inject(ADMIN_OPTIONS) private readonly options: Pick<ResolvedAdminOptions, 'insecure'>,
    @Inject(ADMIN_GUARDS) private readonly guards: readonly CanActivate[],
  ) {}

  /** @throws what a guard throws; ForbiddenException; AdminRequestError */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.guards.length === 0 && !this.options.insecure) throw new ForbiddenException();
    // One after the other: a later guard may rely on the user that an earlier one found.
    for (const guard of this.guards) if (!(await settle(guard.canActivate(context)))) throw new ForbiddenException();
    refuseUnsafeWrite(context.switchToHttp().getRequest<AdminRequest>());
    return true;
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
