// Lines of the audit log as answers show them. What they say of runs and settings is no payload, but for the values that a filter looked for, and
// what the database said of a run that it refused.
import type { AuditEntry } from '../../model/audit.js';
import { payload } from './payload.js';

export function auditView({ before, after, ...entry }: AuditEntry): object {
  return { ...entry, before: isOfLetter(entry) ? withoutReason(before) : before, after: withoutSoughtValues(after) };
}

function isOfLetter({ action }: Pick<AuditEntry, 'action'>): boolean {
  return action === 'DEAD_LETTER_REPLAY' || action === 'DEAD_LETTER_DISCARD';
}

/** Of a dead letter: the database may have quoted the arguments. */
function withoutReason(before: unknown): unknown {
  if (typeof before !== 'object' || before === null) return before;
  return { ...before, reason: payload((before as { reason?: unknown }).reason) };
}

/** Of a bulk job: attributes and input are what an application gave its runs. */
function withoutSoughtValues(after: unknown): unknown {
  const filter = (after as { filter?: unknown } | null)?.filter;
  if (typeof filter !== 'object' || filter === null) return after;
  const { attributes, input } = filter as { attributes?: unknown; input?: unknown };
  const sought = {
    ...(attributes !== undefined && { attributes: payload(attributes) }),
    ...(input !== undefined && { input: payload(input) }),
  };
  return { ...(after as object), filter: { ...filter, ...sought } };
}
