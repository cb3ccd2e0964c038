// How long runs are kept: looked at, changed and applied at run time. `workflows.retention`.
import { describeValue } from '../kernel/describe-value.js';
import { type RetentionSettings, withChange } from '../model/retention.js';
import { type OperatorAction, resolveOperatorAction } from '../operations/operator-action.js';
import type { RetentionConfig } from '../operations/retention/retention-config.js';
import type { RetentionKeeper } from '../operations/retention/retention-keeper.js';
import type { RetentionPreview } from '../operations/retention/retention-preview.js';
import type { RetentionResult } from '../operations/retention/retention-totals.js';
import {
  InvalidRetentionOptionError,
  LIMITS,
  type RetentionLimits,
  type RetentionUpdate,
  resolveLimits,
  resolveUpdate,
} from './retention-options.js';

export type RetentionActionOptions = OperatorAction;

/** Limits that are given take the place of the stored ones, for this call. */
export interface ApplyRetentionOptions extends RetentionLimits, OperatorAction {
  /** Only count what would be deleted and ended; write nothing. Default false. */
  dryRun?: boolean;
}

export interface RetentionInfo {
  /** ms; null: never. */
  after: number | null;
  maxRows: number | null;
  /** ms; null: never. */
  globalTimeout: number | null;
  /** By workflow name, in ms. */
  perWorkflow: Record<string, { after?: number | null; globalTimeout?: number | null }>;
  /** ms. */
  interval: number;
  /** When the last sweep began; null: there was none. */
  sweptAt: Date | null;
  updatedAt: Date;
}

export interface WorkflowRetentionParts {
  config: RetentionConfig;
  keeper: RetentionKeeper;
  preview: RetentionPreview;
}

export class WorkflowRetention {
  /** Private at run time too: whoever is logged holds the connection with its password. */
  readonly #parts: WorkflowRetentionParts;

  /** @internal Made by WorkflowsModule. */
  constructor(parts: WorkflowRetentionParts) {
    this.#parts = parts;
  }

  /** The settings in force. @throws the database's error */
  async get(): Promise<RetentionInfo> {
    const { settings, sweptAt, updatedAt } = await this.#parts.config.find();
    const { afterMs, maxRows, globalTimeoutMs, perWorkflow, intervalMs } = settings;
    return {
      after: afterMs,
      maxRows,
      globalTimeout: globalTimeoutMs,
      perWorkflow: Object.fromEntries(
        [...perWorkflow].map(([name, rule]) => [
          name,
          {
            ...(rule.afterMs !== undefined && { after: rule.afterMs }),
            ...(rule.globalTimeoutMs !== undefined && { globalTimeout: rule.globalTimeoutMs }),
          },
        ]),
      ),
      interval: intervalMs,
      sweptAt,
      updatedAt,
    };
  }

  /**
   * Changes what is given, for all processes: when it resolves nothing is deleted or ended by the old settings any more. Null switches a
   * setting off. What code declares takes its place again only when that declaration changes.
   *
   * @throws InvalidRetentionOptionError, InvalidDurationError, InvalidIdError, UnknownOptionError before any SQL; the database's error
   */
  async update(settings: RetentionUpdate, action?: RetentionActionOptions): Promise<void> {
    const change = resolveUpdate(settings);
    await this.#parts.config.change(change, resolveOperatorAction('Retention', action));
  }

  /**
   * Deletes and ends now what a sweep in the background would, all of it. Resolves when that is done, with what was done; a sweep that is under
   * way is waited for. It can be repeated.
   *
   * @throws RetentionFailedError when not all was done (`details` says how much was; it is in the audit log); RetentionBusyError: nothing was;
   * as `update` before any SQL
   */
  async apply(options: ApplyRetentionOptions = {}): Promise<RetentionResult> {
    const by = resolveOperatorAction('Retention', options, [...LIMITS, 'dryRun']);
    const { dryRun = false, actor: _actor, reason: _reason, requestId: _requestId, ...limits } = options;
    if (typeof dryRun !== 'boolean')
      throw new InvalidRetentionOptionError('dryRun', `must be true or false, not ${describeValue(dryRun)}`);
    const change = resolveLimits(limits);
    const { config, keeper, preview } = this.#parts;
    const settingsOf = (stored: RetentionSettings) => withChange(stored, change);
    if (!dryRun) return (await keeper.apply({ by, settingsOf })).result(false);
    const { settings, now } = await config.find();
    return (await preview.run(settingsOf(settings), now)).result(true);
  }
}
