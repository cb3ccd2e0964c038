// What a request may do: decided by the host's `access`, checked on the server for every route. Nothing that is not said is allowed.
import { describeValue } from '../../kernel/describe-value.js';
import { InvalidAccessError } from '../admin.errors.js';

/** What operators can be let do. Reading needs none of them. */
export const ADMIN_ACTIONS = [
  'start',
  'send',
  'command',
  'cancel',
  'priority',
  'legal_hold',
  'queues',
  'dead_letters',
  'templates',
  'maintenance',
  'retention',
] as const;

export type AdminAction = (typeof ADMIN_ACTIONS)[number];

/**
 * - `'all'`: everything
 * - `'read_only'`: sees everything, payloads too, and changes nothing
 * - `'forbidden'`: 403 on every route
 * - `{ actions, payloads }`: sees runs, queues and settings; does what is listed; sees what runs were given and what they gave back (input,
 *   output, attributes, values of steps, events, streams, messages and commands, texts of errors) only with `payloads: true`
 */
export type AdminAccess = 'all' | 'read_only' | 'forbidden' | { actions: readonly AdminAction[]; payloads: boolean };

/** Asked once per request, after the guards. @param request the HTTP adapter's own, with what the guards left on it */
// biome-ignore lint/suspicious/noExplicitAny: as Nest gives it to guards; what is on it only the host knows
export type AccessResolver = (request: any) => AdminAccess | Promise<AdminAccess>;

/** What was decided for one request. */
export interface Access {
  readonly actions: ReadonlySet<AdminAction>;
  readonly payloads: boolean;
}

export const FULL_ACCESS: Access = { actions: new Set(ADMIN_ACTIONS), payloads: true };
const READ_ONLY: Access = { actions: new Set(), payloads: true };

/** Undefined: forbidden. @throws InvalidAccessError for anything that is no AdminAccess: a misspelt one must not let anybody in */
export function readAccess(given: unknown): Access | undefined {
  if (given === 'all') return FULL_ACCESS;
  if (given === 'read_only') return READ_ONLY;
  if (given === 'forbidden') return undefined;
  const { actions, payloads } = (typeof given === 'object' && given !== null ? given : {}) as {
    actions?: unknown;
    payloads?: unknown;
  };
  if (!Array.isArray(actions)) throw new InvalidAccessError(describeValue(given));
  const unknown = actions.findIndex((action) => !ADMIN_ACTIONS.includes(action));
  if (unknown !== -1) throw new InvalidAccessError(`the action ${describeValue(actions[unknown])}`);
  if (payloads !== undefined && typeof payloads !== 'boolean')
    throw new InvalidAccessError(`payloads: ${describeValue(payloads)}`);
  return { actions: new Set(actions as AdminAction[]), payloads: payloads === true };
}
