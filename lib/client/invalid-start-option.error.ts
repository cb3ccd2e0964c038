// An option of a start that can't be meant.
import { WorkflowsError } from '../kernel/workflows.error.js';

export class InvalidStartOptionError extends WorkflowsError {
  constructor(option: string, problem: string) {
    super('InvalidStartOptionError', 'INVALID_OPTION', `Start option "${option}" ${problem}.`, { details: { option } });
  }
}
