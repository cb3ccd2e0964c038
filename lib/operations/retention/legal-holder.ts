// Keeps a run from being deleted, for as long as an operator says so.
import { RunNotFoundError } from '../../engine/run.errors.js';
import type { Clock } from '../../kernel/clock.js';
import { describeValue } from '../../kernel/describe-value.js';
import { refuseUnknownKeys } from '../../kernel/option-keys.js';
import { repeatOnOutage } from '../../store/repeat-on-outage.js';
import type { RetentionStore } from '../../store/retention/retention.store.js';
import { invalidOperatorOption, operatorText } from '../operator-text.js';

export interface LegalHoldOptions {
  /** Why. Kept in `audit_log`. Default: none. */
  reason?: string;
  /** Who. Kept in `audit_log`. Default `'api'`. */
  actor?: string;
}

export class LegalHolder {
  constructor(
    private readonly store: RetentionStore,
    /** A claim may have passed over the run meanwhile. */
    private readonly changed: () => void,
    private readonly clock: Clock,
  ) {}

  /** Whether this call changed it. @throws RunNotFoundError; WorkflowsError (`INVALID_OPTION`), UnknownOptionError; the database's error */
  async set(runId: string, isOn: boolean, options: LegalHoldOptions = {}): Promise<boolean> {
    if (typeof isOn !== 'boolean')
      throw invalidOperatorOption('LegalHold', 'on', `must be true or false, not ${describeValue(isOn)}`);
    refuseUnknownKeys(options, ['reason', 'actor'], [], 'option of setLegalHold');
    const actor = operatorText('LegalHold', 'actor', options.actor) ?? 'api';
    const reason = operatorText('LegalHold', 'reason', options.reason);
    const changed = await repeatOnOutage(
      this.clock,
      () => this.store.setLegalHold(runId, isOn, actor, reason),
      (cause) => cause as Error,
    );
    if (changed === undefined) throw new RunNotFoundError(runId);
    if (changed) this.changed();
    return changed;
  }
}
