// Keeps a run from being deleted, for as long as an operator says so.
import { RunNotFoundError } from '../../engine/run.errors.js';
import type { Clock } from '../../kernel/clock.js';
import { describeValue } from '../../kernel/describe-value.js';
import { repeatOnOutage } from '../../store/repeat-on-outage.js';
import type { RetentionStore } from '../../store/retention/retention.store.js';
import { invalidOperatorOption, type OperatorAction, resolveOperatorAction } from '../operator-action.js';

export type LegalHoldOptions = OperatorAction;

export class LegalHolder {
  constructor(
    private readonly store: RetentionStore,
    /** A claim may have passed over the run meanwhile. */
    private readonly changed: () => void,
    private readonly clock: Clock,
  ) {}

  /** Whether this call changed it. @throws RunNotFoundError; as resolveOperatorAction before any SQL; the database's error */
  async set(runId: string, isOn: boolean, action?: LegalHoldOptions): Promise<boolean> {
    if (typeof isOn !== 'boolean')
      throw invalidOperatorOption('LegalHold', 'on', `must be true or false, not ${describeValue(isOn)}`);
    const by = resolveOperatorAction('LegalHold', action);
    const changed = await repeatOnOutage(
      this.clock,
      () => this.store.setLegalHold(runId, isOn, by),
      (cause) => cause as Error,
    );
    if (changed === undefined) throw new RunNotFoundError(runId);
    if (changed) this.changed();
    return changed;
  }
}
