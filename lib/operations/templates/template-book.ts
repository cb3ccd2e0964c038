// Templates of start arguments: saved when their schema compiles and their defaults fit, found, copied, and turned into the arguments of a start.
import { requirePlainObject } from '../../kernel/option-keys.js';
import type { AuditAction, DoneBy } from '../../model/audit.js';
import type { JsonObject, RunProvenance, Template, TemplateStatus } from '../../model/template.js';
import { given as givenKeys } from '../../model/template-difference.js';
import type { TemplateStore } from '../../store/templates/template.store.js';
import type { EnumBook } from './enum-book.js';
import { type EnumValues, withEnumValues } from './enum-references.js';
import type { InputSchemas } from './input-schemas.js';
import { plainJsonObject } from './plain-json.js';
import type { SchemaCompiler } from './schema-compiler.js';
import { parametersOf, schemaOfDefaults } from './schema-rules.js';
import {
  TemplateInputInvalidError,
  TemplateKeyUnknownError,
  TemplateNotFoundError,
  TemplateObsoleteError,
} from './template.errors.js';
import type { CheckedTemplate } from './template-input.js';

/** What a start with a template gives to the workflow, and where it came from. */
export interface ResolvedInputs {
  /** The one argument of the workflow. */
  inputs: Record<string, unknown>;
  /** Null: without one. */
  template: { name: string; version: number } | null;
  /** The version of each enum that was used, by name. */
  enums: Record<string, number>;
  /** Names of what the caller gave, sorted. */
  overrides: string[];
}

/** Where a version comes from, for `audit_log`. */
export interface TemplateOrigin {
  action: Extract<AuditAction, 'TEMPLATE_SAVE' | 'TEMPLATE_IMPORT' | 'TEMPLATE_COPY'>;
  /** The version that was copied. */
  of?: { workflow: string; template: string; version: number };
}

export class TemplateBook {
  constructor(
    readonly store: TemplateStore,
    readonly enums: EnumBook,
    private readonly compiler: SchemaCompiler,
    private readonly inputSchemas: InputSchemas,
  ) {}

  /**
   * As the next version, active.
   *
   * @throws TemplateSchemaInvalidError, TemplateInputInvalidError for defaults, EnumNotFoundError, EnumObsoleteError, AjvMissingError
   */
  async save(workflow: string, given: CheckedTemplate, by: DoneBy, origin: TemplateOrigin): Promise<Template> {
    await this.check(given);
    const { action, of } = origin;
    return this.store.insert({ workflow, ...given }, by, { action, origin: of === undefined ? {} : { of } });
  }

  /** That a template could be saved now, if there were these enums too. @throws as save */
  async check({ name, schema, defaults }: CheckedTemplate, enums: EnumValues = new Map()): Promise<void> {
    const rest = withEnumValues(schema, enums);
    const expanded = withEnumValues(rest, (await this.enums.usedBy(rest)).values);
    await this.compiler.compile(expanded);
    const faults = (await this.compiler.compile(schemaOfDefaults(expanded)))(defaults);
    if (faults.length > 0) throw new TemplateInputInvalidError(`The defaults of template "${name}" are`, faults);
  }

  /** Without a version: the highest active one. @throws TemplateNotFoundError, TemplateObsoleteError */
  async find(workflow: string, name: string, version: number | undefined): Promise<Template> {
    return (await this.store.find(workflow, name, version)) ?? (await this.#missing(workflow, name, version));
  }

  /** A new version of another template, or of the same. @throws as find and save */
  async copy(
    source: { workflow: string; name: string; version: number | undefined },
    target: { workflow: string; name: string },
    by: DoneBy,
  ): Promise<Template> {
    const found = await this.find(source.workflow, source.name, source.version);
    const { schema, defaults, ui, description, workflow, name, version } = found;
    const copy = { name: target.name, schema, defaults, ui, description };
    return this.save(target.workflow, copy, by, { action: 'TEMPLATE_COPY', of: { workflow, template: name, version } });
  }

  /** @throws TemplateNotFoundError */
  async setStatus(
    { workflow, name, version }: Pick<Template, 'workflow' | 'name' | 'version'>,
    status: TemplateStatus,
    by: DoneBy,
  ): Promise<boolean> {
    const changed = await this.store.setStatus({ workflow, name, version }, status, by);
    return changed ?? (await this.#missing(workflow, name, version));
  }

  /**
   * The defaults, and over them what the caller gives; all of it allowed by the schema. Changes nothing that it is given.
   *
   * @param overrides a plain object; a key that is `undefined` counts as not given
   * @throws TemplateNotFoundError, TemplateObsoleteError, TemplateKeyUnknownError, TemplateInputInvalidError, EnumNotFoundError,
   * EnumObsoleteError, AjvMissingError; without a template WorkflowInputInvalidError; WorkflowsError (`INVALID_OPTION`) for overrides that
   * are no plain object
   */
  async resolve(workflow: string, name: string | null, overrides: object, version: number | undefined): Promise<ResolvedInputs> {
    requirePlainObject(overrides, 'override');
    if (name === null) {
      const inputs = await this.inputSchemas.checked(workflow, Object.fromEntries(givenKeys(overrides)));
      return { inputs, template: null, enums: {}, overrides: Object.keys(inputs).sort() };
    }
    const template = await this.find(workflow, name, version);
    if (template.status !== 'active') throw new TemplateObsoleteError(workflow, name, template.version);
    const own = overridesOf(overrides, name, parametersOf(template.schema));
    const { values, versions } = await this.enums.usedBy(template.schema);
    const inputs = { ...template.defaults, ...own };
    const check = await this.compiler.compile(withEnumValues(template.schema, values));
    const faults = check(inputs);
    if (faults.length > 0) throw new TemplateInputInvalidError(`The values for template "${name}" are`, faults);
    return { inputs, template: { name, version: template.version }, enums: versions, overrides: Object.keys(own).sort() };
  }

  async #missing(workflow: string, name: string, version: number | undefined): Promise<never> {
    const known = await this.store.listNames(workflow);
    if (version === undefined && known.includes(name)) throw new TemplateObsoleteError(workflow, name, version);
    throw new TemplateNotFoundError(workflow, name, version, known);
  }
}

/** What is kept with a run that is started with these inputs. */
export function provenanceOf(workflow: string, { template, enums, overrides }: ResolvedInputs, actor: string): RunProvenance {
  return { workflow, template: template?.name ?? null, version: template?.version ?? null, enums, overrides, actor };
}

/** As a copy, so that what is checked is what is started. */
function overridesOf(overrides: object, template: string, known: readonly string[]): JsonObject {
  // No copy could have it.
  if (Object.hasOwn(overrides, '__proto__')) throw new TemplateKeyUnknownError('__proto__', template, known);
  const refuse = (path: string, message: string) =>
    new TemplateInputInvalidError(`The values for template "${template}" are`, [{ path, message }]);
  const own = plainJsonObject(overrides, refuse);
  for (const key of Object.keys(own)) if (!known.includes(key)) throw new TemplateKeyUnknownError(key, template, known);
  return own;
}
