// What callers say about templates and enums beside their content, checked before any SQL.
import { workflowNameOf } from '../engine/workflow-metadata.js';
import { describeValue } from '../kernel/describe-value.js';
import { assertName } from '../kernel/ids.js';
import { refuseUnknownKeys, requirePlainObject } from '../kernel/option-keys.js';
import type { DoneBy } from '../model/audit.js';
import type { TemplateStatus } from '../model/template.js';
import { type OperatorAction, resolveOperatorAction } from '../operations/operator-action.js';
import { InvalidTemplateOptionError } from '../operations/templates/template.errors.js';
import { assertEnumName, checkStatus, checkVersion } from '../operations/templates/template-input.js';
import { InvalidStartOptionError } from './invalid-start-option.error.js';
import { InvalidStartTargetError, type WorkflowMethod } from './new-run.js';
import { type ResolvedStartOptions, resolveStartOptions, type StartOptions } from './start-options.js';

/** Each start has its own provenance, so none replaces another: no `debounce`. */
export interface StartWithTemplateOptions
  extends Omit<StartOptions, 'debounce' | keyof OperatorAction>,
    TemplateVersionOptions,
    OperatorAction {}

/** Who is kept with the version, too. */
export type TemplateActionOptions = OperatorAction;

export interface TemplateVersionOptions {
  /** Default: the highest active version; of deletions: all versions. */
  version?: number;
}

interface ListOptions {
  /** Default: any. */
  status?: TemplateStatus;
  /** Only the highest version of each name; with a `status`, of those that have it. Default false. */
  latestOnly?: boolean;
  /** 1 to 500, default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListTemplatesOptions extends ListOptions {
  /** The method or its name. Default: any. */
  workflow?: WorkflowMethod | string;
  name?: string;
}

export interface ListEnumsOptions extends ListOptions {
  name?: string;
}

interface Page<After> {
  status?: TemplateStatus;
  latestOnly: boolean;
  limit: number;
  after?: After;
}

const MAX_PAGE = 500;
const COMMON = ['name', 'status', 'latestOnly', 'limit', 'cursor'];

/** It need not be registered in this process. @throws InvalidStartTargetError, InvalidIdError */
export function workflowOf(target: WorkflowMethod | string): string {
  const name = typeof target === 'string' ? target : workflowNameOf(target);
  if (name === undefined)
    throw new InvalidStartTargetError(
      `A template is of a workflow: give the workflow method itself, not bound or wrapped, or its name, not ${describeValue(target)}.`,
    );
  assertName(name, 'workflow name');
  return name;
}

/** @throws UnknownOptionError, WorkflowsError (`INVALID_OPTION`) */
export function versionOf(options: object = {}, more: readonly string[] = []): number | undefined {
  refuseUnknownKeys(options, ['version', ...more], [], 'template option');
  const { version } = options as TemplateVersionOptions;
  return version === undefined ? undefined : checkVersion(version);
}

/** @throws InvalidTemplateOptionError; as resolveStartOptions */
export function resolveTemplateStart(options: StartWithTemplateOptions = {}): {
  resolved: ResolvedStartOptions;
  version: number | undefined;
  by: DoneBy;
} {
  requirePlainObject(options, 'start option');
  const { version, actor, reason, requestId, ...rest } = options;
  const resolved = resolveStartOptions(rest);
  if (resolved.debounce !== undefined)
    throw new InvalidStartOptionError('debounce', 'is not for startWithTemplate: each start has a provenance of its own');
  return {
    resolved,
    version: version === undefined ? undefined : checkVersion(version),
    by: resolveOperatorAction('Start', { actor, reason, requestId }),
  };
}

/** @throws UnknownOptionError, InvalidTemplateOptionError, TemplateStatusUnknownError, InvalidIdError, InvalidStartTargetError */
export function resolveTemplateList(options: ListTemplatesOptions = {}) {
  refuseUnknownKeys(options, ['workflow', ...COMMON], [], 'option of templates.list');
  const { workflow, name } = options;
  if (name !== undefined) assertName(name, 'template name');
  const page = resolvePage(options, ([workflow, name, version]) =>
    typeof workflow === 'string' && typeof name === 'string' && isVersion(version) ? { workflow, name, version } : undefined,
  );
  return { workflow: workflow === undefined ? undefined : workflowOf(workflow), name, ...page };
}

/** @throws UnknownOptionError, InvalidTemplateOptionError, TemplateStatusUnknownError, InvalidIdError */
export function resolveEnumList(options: ListEnumsOptions = {}) {
  refuseUnknownKeys(options, COMMON, [], 'option of templates.listEnums');
  const { name } = options;
  if (name !== undefined) assertEnumName(name);
  const page = resolvePage(options, ([name, version]) =>
    typeof name === 'string' && isVersion(version) ? { name, version } : undefined,
  );
  return { name, ...page };
}

/** Where the next page begins. */
export function keyCursor(key: ReadonlyArray<string | number>): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function resolvePage<After>(options: ListOptions, keyOf: (parts: unknown[]) => After | undefined): Page<After> {
  const { status, latestOnly = false, limit = 50, cursor } = options;
  if (typeof latestOnly !== 'boolean') throw new InvalidTemplateOptionError('latestOnly', 'must be true or false');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    throw new InvalidTemplateOptionError('limit', `must be a whole number from 1 to ${MAX_PAGE}`);
  const after = cursor === undefined ? undefined : keyOf(partsOf(cursor));
  if (cursor !== undefined && after === undefined)
    throw new InvalidTemplateOptionError('cursor', 'is not one that this list gave');
  return { status: status === undefined ? undefined : checkStatus(status), latestOnly, limit, after };
}

function partsOf(cursor: unknown): unknown[] {
  if (typeof cursor !== 'string') return [];
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    // A name that Postgres would refuse was in no list.
    return Array.isArray(parts) && parts.every((part) => typeof part !== 'string' || isName(part)) ? parts : [];
  } catch {
    return [];
  }
}

function isName(part: string): boolean {
  try {
    assertName(part, 'name');
    return true;
  } catch {
    return false;
  }
}

function isVersion(version: unknown): version is number {
  try {
    return checkVersion(version) > 0;
  } catch {
    return false;
  }
}
