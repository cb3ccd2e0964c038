// What a line of the audit log is about when it is not about one run: a queue, a template, a bulk job … Pure; used by the table of the audit log.
import type { AuditPageAnswer } from '../../../../lib/http-client/index.js';
import { enumPath } from './enums/enum-path.js';
import { templatePath } from './templates/template-path.js';

export interface AuditTarget {
  text: string;
  /** Where it is shown. */
  path?: string;
}

type Line = Pick<AuditPageAnswer['entries'][number], 'action' | 'before' | 'after'>;

/** Undefined: the action says it all. */
export function targetOf({ action, before, after }: Line): AuditTarget | undefined {
  // What was, for what is left out of the change.
  const known = { ...fieldsOf(before), ...fieldsOf(after) };
  const { workflow, version, job, queue, name, generation } = known;
  if (isText(known.template) && isText(workflow))
    return {
      text: `template ${known.template}${versionText(version)} of ${workflow}`,
      path: templatePath({ workflow, name: known.template, ...(typeof version === 'number' && { version }) }),
    };
  if (isText(known.enum))
    return {
      text: `enum ${known.enum}${versionText(version)}`,
      path: enumPath(known.enum, typeof version === 'number' ? version : undefined),
    };
  if (job !== undefined) return { text: `bulk job ${job}`, path: '/admin/bulk-jobs' };
  if (action.startsWith('DEAD_LETTER') && isText(name)) return { text: `dead letter of ${name}`, path: '/admin/dead-letters' };
  if (action.startsWith('MAINTENANCE'))
    return { text: isText(queue) ? `queue ${queue}` : 'all queues', path: '/admin/maintenance' };
  if (isText(queue)) return { text: `queue ${queue}`, path: `/queues/${encodeURIComponent(queue)}` };
  if (generation !== undefined) return { text: `generation ${generation}`, path: '/admin/executors' };
  return undefined;
}

function versionText(version: unknown): string {
  return typeof version === 'number' ? ` v${version}` : '';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
