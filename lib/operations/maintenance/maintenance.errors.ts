// What goes wrong with maintenance and the cut-over.
import { describeValue } from '../../kernel/describe-value.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import { MAINTENANCE_MODES } from '../../model/maintenance.js';
import type { DrainTotals } from '../../store/maintenance/maintenance.store.js';

export class InvalidMaintenanceModeError extends WorkflowsError {
  constructor(mode: unknown) {
    super(
      'InvalidMaintenanceModeError',
      'INVALID_MODE',
      `Maintenance mode must be ${MAINTENANCE_MODES.map((known) => `'${known}'`).join(' or ')}, not ${describeValue(mode)}.`,
      { details: { allowed: [...MAINTENANCE_MODES] } },
    );
  }
}

/** The swap is for a cluster in which nothing begins. Nothing was changed. */
export class MaintenanceRequiredError extends WorkflowsError {
  constructor() {
    super(
      'MaintenanceRequiredError',
      'MAINTENANCE_REQUIRED',
      'The generation can only be swapped while all queues are in maintenance: call enterMaintenance() without `queues` first.',
    );
  }
}

/** Something is still under way; `details` has the counters. Nothing was changed. */
export class NotDrainedError extends WorkflowsError {
  constructor(totals: DrainTotals) {
    const { undrained, executors, inFlight, lingering, inMemoryDepth, notHeard } = totals;
    super(
      'NotDrainedError',
      'NOT_DRAINED',
      `The cluster is not drained: ${undrained} of ${executors} executors are not, ${inFlight} runs are in flight, ${lingering} steps of runs that are over still run, ${inMemoryDepth} runs accepted in memory are not written, ${notHeard} executors have not heard of the maintenance. Wait, and see getMaintenanceStatus().`,
      { details: { ...totals } },
    );
  }
}

/** The database did not answer. What was asked for may have happened. */
export class MaintenanceFailedError extends WorkflowsError {
  constructor(what: string, remedy: string, cause: unknown) {
    super(
      'MaintenanceFailedError',
      'MAINTENANCE_FAILED',
      `It is open whether ${what}, the database did not answer: ${(cause as Error)?.message}. ${remedy}`,
      { cause },
    );
  }
}
