// The application shuts down: nothing more is asked of the database.
import { WorkflowsError } from '../kernel/workflows.error.js';

export class ShuttingDownError extends WorkflowsError {
  constructor() {
    super(
      'ShuttingDownError',
      'SHUTTING_DOWN',
      'This process shuts down. Runs go on in other processes, or at the next start: ask again there.',
    );
  }
}
