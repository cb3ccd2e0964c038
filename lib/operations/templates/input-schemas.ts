// What workflows say of their first argument, `@Workflow({ inputSchema })`, and the check of what people give for it: in starts over REST, and in
// starts and inputs without a template. Starts by code are not checked. Compiled at boot, so that a schema that is wrong is found there.
import type { WorkflowRegistry } from '../../engine/workflow-registry.js';
import type { WorkflowsLogger } from '../../kernel/logger.js';
import type { JsonObject, JsonValue } from '../../model/template.js';
import { enumReferences } from './enum-references.js';
import { InputSchemaInvalidError, WorkflowInputInvalidError } from './input-schema.errors.js';
import { plainJsonObject } from './plain-json.js';
import type { CheckValues, SchemaCompiler } from './schema-compiler.js';
import { checkValueSchema } from './schema-rules.js';
import { AjvMissingError, TemplateSchemaInvalidError } from './template.errors.js';

export class InputSchemas {
  readonly #checks = new Map<string, CheckValues>();

  constructor(
    private readonly registry: Pick<WorkflowRegistry, 'names' | 'find'>,
    private readonly compiler: SchemaCompiler,
    private readonly logger: WorkflowsLogger,
  ) {}

  /** After discovery. Without the package ajv nothing is checked, and the log says so. @throws InputSchemaInvalidError */
  async compile(): Promise<void> {
    const unchecked: string[] = [];
    for (const name of this.registry.names)
      if (this.#schemaOf(name) !== undefined && (await this.#checkOf(name)) === undefined) unchecked.push(name);
    if (unchecked.length > 0)
      this.logger.warn(
        `starts of ${unchecked.join(', ')} are not checked by inputSchema: the package ajv is not installed (npm install ajv)`,
      );
  }

  /** A workflow without a schema, or that is not registered here, takes anything. @throws WorkflowInputInvalidError */
  async check(workflow: string, input: unknown): Promise<void> {
    const faults = (await this.#checkOf(workflow))?.(input) ?? [];
    if (faults.length > 0) throw new WorkflowInputInvalidError(workflow, faults);
  }

  /** The inputs, as a copy when there is a check, so that what is checked is what is started. @throws WorkflowInputInvalidError */
  async checked(workflow: string, inputs: Record<string, unknown>): Promise<Record<string, unknown>> {
    const check = await this.#checkOf(workflow);
    if (check === undefined) return inputs;
    const copy = plainJsonObject(inputs, (path, message) => new WorkflowInputInvalidError(workflow, [{ path, message }]));
    const faults = check(copy);
    if (faults.length > 0) throw new WorkflowInputInvalidError(workflow, faults);
    return copy;
  }

  /** Undefined: nothing is said of it, or ajv is missing. */
  async #checkOf(workflow: string): Promise<CheckValues | undefined> {
    const known = this.#checks.get(workflow);
    const schema = this.#schemaOf(workflow);
    if (known !== undefined || schema === undefined) return known;
    try {
      const check = await this.compiler.compile(schema);
      this.#checks.set(workflow, check);
      return check;
    } catch (error) {
      if (error instanceof AjvMissingError) return undefined;
      throw ofWorkflow(workflow, error);
    }
  }

  #schemaOf(workflow: string): JsonObject | undefined {
    return this.registry.find(workflow)?.inputSchema;
  }
}

/** A frozen copy: it is shown to whoever asks. @throws InputSchemaInvalidError */
export function checkInputSchema(workflow: string, given: unknown): JsonObject {
  try {
    const schema = checkValueSchema(given);
    const [reference] = enumReferences(schema);
    if (reference !== undefined)
      throw new InputSchemaInvalidError(
        workflow,
        'an enum',
        `it refers to the enum "${reference.name}", which only the schema of a template can`,
      );
    return frozen(schema) as JsonObject;
  } catch (error) {
    throw ofWorkflow(workflow, error);
  }
}

function ofWorkflow(workflow: string, error: unknown): unknown {
  if (!(error instanceof TemplateSchemaInvalidError)) return error;
  return new InputSchemaInvalidError(workflow, error.path, error.problem, { cause: error.cause });
}

function frozen(value: JsonValue): JsonValue {
  if (typeof value === 'object' && value !== null) for (const item of Object.values(Object.freeze(value))) frozen(item);
  return value;
}
