// How old runs may get, as the store asks for it.
import type { RetentionSettings } from '../../model/retention.js';
import type { AgeLimits } from '../../store/retention/retention.store.js';

/** Undefined: any age, all of them. */
export function ageLimitsOf({ globalTimeoutMs, perWorkflow }: RetentionSettings): AgeLimits | undefined {
  const own = [...perWorkflow].filter(([, rule]) => rule.globalTimeoutMs !== undefined);
  const limits = own.map(([, rule]) => rule.globalTimeoutMs ?? null);
  if (globalTimeoutMs === null && limits.every((limit) => limit === null)) return undefined;
  return { names: own.map(([name]) => name), limits, general: globalTimeoutMs };
}
