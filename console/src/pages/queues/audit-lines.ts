// The audit lines of one queue, and what each of them changed. Pure; used by the page of a queue.
import type { AuditClient } from '../../../../lib/http-client/audit-client.js';

export type AuditLine = Awaited<ReturnType<AuditClient['list']>>['entries'][number];

/** Newest first. */
export function linesOf(entries: readonly AuditLine[], queue: string): AuditLine[] {
  return entries
    .filter(({ before, after }) => fieldsOf(after).queue === queue || fieldsOf(before).queue === queue)
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : b.auditId.localeCompare(a.auditId, 'en', { numeric: true })));
}

export interface ChangedSetting {
  setting: string;
  before: unknown;
  after: unknown;
}

export function changedSettings({ before, after }: AuditLine): ChangedSetting[] {
  const [old, wanted] = [fieldsOf(before), fieldsOf(after)];
  return Object.keys(wanted)
    .filter((key) => JSON.stringify(old[key]) !== JSON.stringify(wanted[key]))
    .map((key) => ({ setting: key.replaceAll('_', ' '), before: old[key], after: wanted[key] }));
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
