// How a decorated method is recognised: by a symbol on the function itself, so that `start(batches.run, …)` knows the name without an
// instance; and how a provider instance finds the engine that discovered it.

const WORKFLOW_NAME = Symbol.for('nestjs-workflows.workflow-name');
const WORKFLOW_BINDING = Symbol.for('nestjs-workflows.binding');

/** What a decorated method does when it is called directly, once its provider was discovered. */
export interface WorkflowBinding {
  startAndWait(workflowName: string, args: unknown[]): Promise<unknown>;
}

type Marked = { [WORKFLOW_NAME]?: string };
type Bound = { [WORKFLOW_BINDING]?: WorkflowBinding };

export function markWorkflow(method: object, name: string): void {
  Object.defineProperty(method, WORKFLOW_NAME, { value: name });
}

export function workflowNameOf(target: unknown): string | undefined {
  return typeof target === 'function' ? (target as Marked)[WORKFLOW_NAME] : undefined;
}

export function bindWorkflows(provider: object, binding: WorkflowBinding): void {
  Object.defineProperty(provider, WORKFLOW_BINDING, { value: binding, configurable: true });
}

export function bindingOf(provider: unknown): WorkflowBinding | undefined {
  return typeof provider === 'object' && provider !== null ? (provider as Bound)[WORKFLOW_BINDING] : undefined;
}
