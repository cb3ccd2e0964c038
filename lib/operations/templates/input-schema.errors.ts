// What can be wrong with the schema that a workflow gives for its first argument, and with what is started by it.
import { quoteText, shortText } from '../../kernel/describe-value.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import { type InputFault, shownFaults } from './template.errors.js';

/** `@Workflow({ inputSchema })` can't be used: the application does not boot. `details.path` says where in it. */
export class InputSchemaInvalidError extends WorkflowsError {
  constructor(workflow: string, path: string, problem: string, options: { cause?: unknown } = {}) {
    super(
      'InputSchemaInvalidError',
      'INPUT_SCHEMA_INVALID',
      `The inputSchema of workflow ${quoteText(workflow)} is not usable at ${path}: ${problem}. Mend it in @Workflow({ inputSchema }).`,
      { ...options, details: { workflow: shortText(workflow), path } },
    );
  }
}

/** A first argument that the workflow's `inputSchema` does not allow. `details.errors` has all faults, by path. */
export class WorkflowInputInvalidError extends WorkflowsError {
  constructor(workflow: string, errors: readonly InputFault[]) {
    super(
      'WorkflowInputInvalidError',
      'WORKFLOW_INPUT_INVALID',
      `The first argument of workflow ${quoteText(workflow)} is not allowed by its inputSchema: ${shownFaults(errors)}.`,
      { details: { workflow: shortText(workflow), errors } },
    );
  }
}
