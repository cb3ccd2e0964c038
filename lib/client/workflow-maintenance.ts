// What operators say about maintenance, checked before any SQL. `workflows.enterMaintenance`, `exitMaintenance`, `getMaintenanceStatus`,
// `swapIfDrained`.
import { describeValue } from '../kernel/describe-value.js';
import { assertName } from '../kernel/ids.js';
import { MAINTENANCE_MODES, type MaintenanceMode } from '../model/maintenance.js';
import { InvalidMaintenanceModeError } from '../operations/maintenance/maintenance.errors.js';
import type { CancelledRuns } from '../operations/maintenance/maintenance-canceller.js';
import type { MaintenanceControl, MaintenanceStatus } from '../operations/maintenance/maintenance-control.js';
import { invalidOperatorOption, type OperatorAction, resolveOperatorAction } from '../operations/operator-action.js';

/** Who and why is told to whoever is refused. */
export type MaintenanceActionOptions = OperatorAction;

export interface ExitMaintenanceOptions extends OperatorAction {
  /** Names of queues. Default: the maintenance of all queues; that of single ones has to be named. */
  queues?: readonly string[];
}

export interface EnterMaintenanceOptions extends OperatorAction {
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
    const by = resolveOperatorAction('Maintenance', options, ['mode', 'queues', 'until']);
    const { mode = 'drain', queues, until } = options;
    if (!MAINTENANCE_MODES.includes(mode)) throw new InvalidMaintenanceModeError(mode);
    return this.#control.enter({ mode, queues: resolveQueues(queues), until: resolveUntil(until), ...by });
  }

  async exit(options: ExitMaintenanceOptions = {}): Promise<boolean> {
    const by = resolveOperatorAction('Maintenance', options, ['queues']);
    return this.#control.exit({ queues: resolveQueues(options.queues), ...by });
  }

  async status(): Promise<MaintenanceStatus> {
    return this.#control.status();
  }

  async swapIfDrained(action?: MaintenanceActionOptions): Promise<{ generation: number }> {
    return { generation: await this.#control.swap(resolveOperatorAction('Maintenance', action)) };
  }
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
