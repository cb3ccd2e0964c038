// Lines of the audit log as answers show them. What they say of runs and settings is no payload, but for the values that a filter looked for.
import type { AuditEntry } from '../../model/audit.js';
import { payload } from './payload.js';

export function auditView({ before, after, ...entry }: AuditEntry): object {
  return { ...entry, before, after: withoutSoughtValues(after) };
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
