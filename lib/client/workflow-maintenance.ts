// What operators say about maintenance, checked before any SQL. `workflows.enterMaintenance`, `exitMaintenance`, `getMaintenanceStatus`,
// `swapIfDrained`.
import { describeValue } from '../kernel/describe-value.js';
import { assertName } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { MAINTENANCE_MODES, type MaintenanceMode } from '../model/maintenance.js';
import { InvalidMaintenanceModeError } from '../operations/maintenance/maintenance.errors.js';
import type { CancelledRuns } from '../operations/maintenance/maintenance-canceller.js';
import type { MaintenanceControl, MaintenanceStatus } from '../operations/maintenance/maintenance-control.js';
import { invalidOperatorOption, operatorText } from '../operations/operator-text.js';

export interface MaintenanceActionOptions {
  /** Who; kept in `audit_log`. Default `'api'`. */
  actor?: string;
  /** Why; kept in `audit_log`, and told to whoever is refused. Default: none. */
  reason?: string;
}

export interface ExitMaintenanceOptions extends MaintenanceActionOptions {
  /** Names of queues. Default: the maintenance of all queues; that of single ones has to be named. */
  queues?: readonly string[];
}

export interface EnterMaintenanceOptions extends MaintenanceActionOptions {
  /**
   * `drain`: nothing begins, what is under way goes on to its end or to its next durable wait. `cancel`: the same, and what is not over is
   * cancelled, but for runs that are `DELAYED`. Default `'drain'`.
   */
  mode?: MaintenanceMode;
  /** Names of queues. Default: all, also those that are made meanwhile. */
  queues?: readonly string[];
  /** When it ends by itself, by the database's clock. Default: when somebody exits it. */
  until?: Date;
}

export class WorkflowMaintenance {
  readonly #control: MaintenanceControl;

  /** @internal Made by WorkflowsModule. */
  constructor(control: MaintenanceControl) {
    this.#control = control;
  }

  async enter(options: EnterMaintenanceOptions = {}): Promise<{ cancelled: CancelledRuns }> {
    refuseUnknownKeys(options, ['mode', 'queues', 'reason', 'actor', 'until'], [], 'maintenance option');
    const { mode = 'drain', queues, until } = options;
    if (!MAINTENANCE_MODES.includes(mode)) throw new InvalidMaintenanceModeError(mode);
    return this.#control.enter({ mode, queues: resolveQueues(queues), until: resolveUntil(until), ...resolveAction(options) });
  }

  async exit(options: ExitMaintenanceOptions = {}): Promise<boolean> {
    refuseUnknownKeys(options, ['queues', 'reason', 'actor'], [], 'maintenance option');
    return this.#control.exit({ queues: resolveQueues(options.queues), ...resolveAction(options) });
  }

  async status(): Promise<MaintenanceStatus> {
    return this.#control.status();
  }

  async swapIfDrained(options: MaintenanceActionOptions = {}): Promise<{ generation: number }> {
    refuseUnknownKeys(options, ['reason', 'actor'], [], 'maintenance option');
    const { actor, reason } = resolveAction(options);
    return { generation: await this.#control.swap(actor, reason) };
  }
}

function resolveAction({ actor, reason }: MaintenanceActionOptions): { actor: string; reason: string | null } {
  return {
    actor: operatorText('Maintenance', 'actor', actor) ?? 'api',
    reason: operatorText('Maintenance', 'reason', reason),
  };
}

function resolveQueues(queues: unknown): string[] | null {
  if (queues === undefined) return null;
  if (!Array.isArray(queues) || queues.length === 0)
    throw invalidOperatorOption(
      'Maintenance',
      'queues',
      `must be a list of names of queues, or left out for all, not ${describeValue(queues)}`,
    );
  // Array.from gives holes too.
  return Array.from(queues, (name: unknown) => {
    assertName(name, 'queue name');
    return name;
  });
}

function resolveUntil(until: unknown): Date | null {
  if (until === undefined) return null;
  if (!(until instanceof Date) || Number.isNaN(until.getTime()))
    throw invalidOperatorOption('Maintenance', 'until', `must be a valid Date, not ${describeValue(until)}`);
  const year = until.getUTCFullYear();
  if (year < 1 || year > 9999) throw invalidOperatorOption('Maintenance', 'until', 'must be in the years 1 to 9999');
  return until;
}
