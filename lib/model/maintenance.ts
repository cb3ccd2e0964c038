// Maintenance in the words of the table `maintenance`, and the error of a start that meets it. Pure vocabulary.
import { WorkflowsError } from '../kernel/workflows.error.js';

/** `drain`: nothing begins, what is under way goes on to its next durable wait. `cancel`: the same, and what is not over is cancelled. */
export const MAINTENANCE_MODES = ['drain', 'cancel'] as const;

export type MaintenanceMode = (typeof MAINTENANCE_MODES)[number];

export interface Maintenance {
  /** Null: all queues, also those that are made while it lasts. */
  queue: string | null;
  mode: MaintenanceMode;
  reason: string | null;
  actor: string;
  enteredAt: Date;
  /** Null: until somebody exits it. */
  until: Date | null;
}

/** As the database gives it, in JSON: times in ms since the epoch. */
export type MaintenanceRow = Omit<Maintenance, 'enteredAt' | 'until'> & { enteredAt: number; until: number | null };

export function maintenanceOf({ enteredAt, until, ...row }: MaintenanceRow): Maintenance {
  return { ...row, enteredAt: new Date(enteredAt), until: until === null ? null : new Date(until) };
}

/** The queue of a run that was to be started is in maintenance. Nothing of the start happened. */
export class MaintenanceActiveError extends WorkflowsError {
  constructor(workflowName: string, maintenance: Maintenance) {
    const { queue, reason, until, enteredAt } = maintenance;
    const scope = queue === null ? 'All queues are' : `Queue "${queue}" is`;
    super(
      'MaintenanceActiveError',
      'MAINTENANCE_ACTIVE',
      `Workflow "${workflowName}" was not started. ${scope} in maintenance since ${enteredAt.toISOString()}${
        until === null ? '' : `, until ${until.toISOString()}`
      }${reason === null ? '' : `: ${reason}`}. Start it again later, or with allowDuringMaintenance: then it waits in its queue.`,
      { details: { ...maintenance } },
    );
  }
}

/** A process that belongs to a generation before the present one may execute nothing any more. */
export class GenerationOverError extends WorkflowsError {
  constructor(generation: string) {
    super(
      'GenerationOverError',
      'GENERATION_OVER',
      `This process belongs to generation ${generation}, which was swapped for a newer one. It executes no runs any more; it still starts and watches them. Start the process anew to let it take part again.`,
      { details: { generation } },
    );
  }
}
