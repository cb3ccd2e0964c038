// The workflows this process knows by name, and which of them it serves. Filled at boot by discovery, then read only.
import { quoteText, shortText } from '../kernel/describe-value.js';
import { didYouMean } from '../kernel/near-names.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { JsonObject } from '../model/template.js';

export interface WorkflowDefinition {
  readonly name: string;
  /** `Class.method`, for messages. */
  readonly origin: string;
  /** The Nest module that provides it, for messages. */
  readonly moduleName?: string;
  /** Calls the original method on its provider. */
  invoke(args: unknown[]): unknown;
  /** From the start of execution, waits included; undefined = none. */
  readonly timeoutMs?: number;
  /** For winding down after STOP, then the run is cancelled; undefined = as long as it takes. */
  readonly stopTimeoutMs?: number;
  /** HOLD, RESUME and STOP are for its own code. */
  readonly isCooperative?: boolean;
  readonly maxRecoveryAttempts: number;
  /** Where its runs go unless a start says otherwise; undefined: the default queue. */
  readonly queue?: string;
  /** JSON Schema of its first argument; undefined: nothing is said of it. Frozen. */
  readonly inputSchema?: JsonObject;
}

export class WorkflowNotRegisteredError extends WorkflowsError {
  constructor(name: string, known: readonly string[]) {
    super(
      'WorkflowNotRegisteredError',
      'WORKFLOW_NOT_REGISTERED',
      `No workflow ${quoteText(name)} is registered here.${didYouMean(name, known)} Is its class listed as a provider, and its method decorated with @Workflow()?`,
      { details: { name: shortText(name) } },
    );
  }
}

export class DuplicateWorkflowError extends WorkflowsError {
  constructor(name: string, first: string, second: string) {
    super(
      'DuplicateWorkflowError',
      'DUPLICATE_WORKFLOW',
      `Workflow name "${name}" is used by ${first} and by ${second}. Give one of them another name: @Workflow({ name: '…' }).`,
      { details: { name, first, second } },
    );
  }
}

function placeOf({ origin, moduleName }: WorkflowDefinition): string {
  return moduleName === undefined ? origin : `${origin} (in ${moduleName})`;
}

export class WorkflowRegistry {
  readonly #definitions = new Map<string, WorkflowDefinition>();
  #served?: ReadonlySet<string>;

  /** @throws DuplicateWorkflowError */
  register(definition: WorkflowDefinition): void {
    const existing = this.#definitions.get(definition.name);
    if (existing !== undefined) throw new DuplicateWorkflowError(definition.name, placeOf(existing), placeOf(definition));
    this.#definitions.set(definition.name, definition);
  }

  /** Restricts what this process claims. Names that nobody registered are refused. @throws WorkflowNotRegisteredError */
  serveOnly(names: readonly string[]): void {
    for (const name of names) this.get(name);
    this.#served = new Set(names);
  }

  find(name: string): WorkflowDefinition | undefined {
    return this.#definitions.get(name);
  }

  /** @throws WorkflowNotRegisteredError naming near ones */
  get(name: string): WorkflowDefinition {
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new WorkflowNotRegisteredError(name, this.names);
    return definition;
  }

  get names(): string[] {
    return [...this.#definitions.keys()].sort();
  }

  /** What this process claims. */
  get servedNames(): string[] {
    return this.#served === undefined ? this.names : this.names.filter((name) => this.#served?.has(name));
  }

  serves(name: string): boolean {
    return this.#definitions.has(name) && (this.#served === undefined || this.#served.has(name));
  }
}
