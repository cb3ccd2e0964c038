// What a bulk job does to its runs: in words, and which right it needs. Pure.
import type { BulkJobAnswer } from '../../../../lib/http-client/index.js';
import type { AdminAction } from '../../api/me';

export type BulkJob = BulkJobAnswer;

export function actionText(action: BulkJob['action']): string {
  if ('unreadable' in action) return 'an action that can not be read';
  if ('command' in action) return `send ${action.command}`;
  if ('cancel' in action) return action.cancel.children === true ? 'cancel, with children' : 'cancel';
  if ('legalHold' in action) return action.legalHold ? 'set the legal hold' : 'end the legal hold';
  return `set the priority to ${action.priority}`;
}

export function rightOf(action: BulkJob['action']): AdminAction {
  if ('cancel' in action) return 'cancel';
  if ('legalHold' in action) return 'legal_hold';
  return 'priority' in action ? 'priority' : 'command';
}

export function isOpen({ status }: Pick<BulkJob, 'status'>): boolean {
  return status === 'QUEUED' || status === 'RUNNING';
}
