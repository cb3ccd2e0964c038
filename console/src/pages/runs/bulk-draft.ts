// An order for many runs while an operator puts it together: what it is in the API's words, the right it needs, and what it says. Pure; used by the dialog of
// bulk orders and the list of jobs.
import type { BulkJobAnswer, Me } from '../../../../lib/http-client/index.js';
import { allowedCommands, ENGINE_COMMANDS, type EngineCommand } from '../../../../lib/model/command-rules.js';
import { RUN_STATUSES, type RunStatus } from '../../../../lib/model/run.js';
import { isTerminal } from '../../../../lib/model/run-transitions.js';
import type { BulkAction } from '../../../../lib/operations/bulk/bulk-action.js';
import { durationFault } from '../../parts/duration-input.js';
import { faultText, readJson } from '../../parts/json-text.js';

type AdminAction = Me['access']['actions'][number];
export type BulkKind = 'cancel' | EngineCommand | 'other' | 'priority' | 'legalHold';

export interface BulkDraft {
  /** Undefined: not chosen yet. Nothing is chosen for anybody: what stands there first would be done by mistake. */
  kind: BulkKind | undefined;
  /** Of a cancel. */
  children: boolean;
  /** Of a STOP. */
  timeout: string;
  /** Of a RESET. */
  from: 'checkpoints' | 'start';
  /** Name of another command. */
  command: string;
  /** JSON text; empty: none. */
  data: string;
  priority: string;
  legalHold: boolean;
}

export const BULK_KINDS: ReadonlyArray<{ kind: BulkKind; name: string; right: AdminAction }> = [
  { kind: 'cancel', name: 'Cancel', right: 'cancel' },
  { kind: 'HOLD', name: 'HOLD', right: 'command' },
  { kind: 'RESUME', name: 'RESUME', right: 'command' },
  { kind: 'STOP', name: 'STOP', right: 'command' },
  { kind: 'RESET', name: 'RESET', right: 'command' },
  { kind: 'other', name: 'Another command', right: 'command' },
  { kind: 'priority', name: 'Change the priority', right: 'priority' },
  { kind: 'legalHold', name: 'Legal hold', right: 'legal_hold' },
];

export const FIRST_DRAFT: BulkDraft = {
  kind: undefined,
  children: false,
  timeout: '',
  from: 'checkpoints',
  command: '',
  data: '',
  priority: '0',
  legalHold: true,
};

/** Runs above which their number has to be typed: for what ends runs, and for all else. */
const FEW = 10;
const MANY = 100;
const LARGEST_PRIORITY = 2_147_483_647;

export type ReadDraft = { action: BulkAction; fault?: undefined } | { action?: undefined; fault: string };

export function readDraft(draft: BulkDraft): ReadDraft {
  const { kind, children, timeout, from, legalHold } = draft;
  switch (kind) {
    case undefined:
      return { fault: 'Choose what is to be done.' };
    case 'cancel':
      return { action: { cancel: { children } } };
    case 'legalHold':
      return { action: { legalHold } };
    case 'priority':
      return readPriority(draft.priority);
    case 'STOP': {
      const fault = timeout === '' ? undefined : durationFault(timeout, 'The timeout', { min: 1 });
      return fault === undefined ? { action: { command: kind, ...(timeout !== '' && { timeout: timeout as '1s' }) } } : { fault };
    }
    case 'RESET':
      return { action: { command: kind, from } };
    case 'other':
      return readOther(draft);
    default:
      return { action: { command: kind } };
  }
}

/** Statuses in which a run refuses it for certain, so that a dry run can count them. */
export function refusingStatuses(action: BulkAction): RunStatus[] {
  return RUN_STATUSES.filter((status) => {
    if ('legalHold' in action) return false;
    if ('priority' in action) return status !== 'ENQUEUED' && status !== 'DELAYED';
    if ('cancel' in action) return isTerminal(status);
    const known = ENGINE_COMMANDS.find((command) => command === action.command);
    if (known === undefined) return isTerminal(status);
    // A HOLD that is not applied yet can be withdrawn: of runs in memory it is not known.
    if (known === 'RESUME') return isTerminal(status) || status === 'DELAYED' || status === 'STOPPING';
    return !allowedCommands({ status, isStopping: false, pending: null, isBusy: false, isCooperative: false }).includes(known);
  });
}

export function rightOf(action: BulkAction | BulkJobAnswer['action']): AdminAction {
  if ('cancel' in action) return 'cancel';
  if ('legalHold' in action) return 'legal_hold';
  return 'priority' in action ? 'priority' : 'command';
}

/** `STOP`, `Cancel, with children`, `Priority 3`. */
export function actionText(action: BulkAction | BulkJobAnswer['action']): string {
  if ('unreadable' in action) return 'An action that can not be read';
  if ('cancel' in action) return action.cancel.children === true ? 'Cancel, with children' : 'Cancel';
  if ('legalHold' in action) return `Legal hold ${action.legalHold ? 'on' : 'off'}`;
  if ('priority' in action) return `Priority ${action.priority}`;
  const { command, timeout, from } = action;
  return [command, timeout !== undefined && `within ${timeout}`, from === 'start' && 'from the start'].filter(Boolean).join(' ');
}

/** On the button that does it: `Cancel 2 runs`, `STOP 12 runs within 5m`. @param runs such as `2 runs` */
export function orderLabel(action: BulkAction, runs: string): string {
  if ('cancel' in action) return `Cancel ${runs}${action.cancel.children === true ? ', with children' : ''}`;
  if ('legalHold' in action) return `Legal hold ${action.legalHold ? 'on' : 'off'} for ${runs}`;
  if ('priority' in action) return `Priority ${action.priority} for ${runs}`;
  return actionText(action).replace(action.command, () => `${action.command} ${runs}`);
}

/** It ends runs, or throws away what they have done. */
export function isDestructive(action: BulkAction): boolean {
  return 'cancel' in action || ('command' in action && (action.command === 'STOP' || action.command === 'RESET'));
}

/** What has to be typed before it is done; undefined: nothing. @param isFiltered false: it is done to every run there is */
export function wordToType(action: BulkAction, matched: number, isFiltered: boolean): string | undefined {
  if (!isFiltered) return 'all runs';
  return matched > (isDestructive(action) ? FEW : MANY) ? String(matched) : undefined;
}

function readPriority(text: string): ReadDraft {
  const priority = Number(text);
  return /^-?\d+$/.test(text.trim()) && Math.abs(priority) <= LARGEST_PRIORITY
    ? { action: { priority } }
    : { fault: 'The priority must be a whole number; lower ones come first.' };
}

function readOther({ command, data }: BulkDraft): ReadDraft {
  const name = command.trim();
  if (name === '') return { fault: 'Name the command.' };
  if (data.trim() === '') return { action: { command: name } };
  const read = readJson(data);
  return 'value' in read ? { action: { command: name, data: read.value } } : { fault: `Data: ${faultText(read)}` };
}
