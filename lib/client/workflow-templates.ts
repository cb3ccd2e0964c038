// Templates of start arguments, for start pages: versions that are saved, found, made obsolete, copied and carried to other databases, and the
// enums they refer to. `workflows.templates`. Needs the package ajv.
import { assertName } from '../kernel/ids.js';
import { requirePlainObject } from '../kernel/option-keys.js';
import type { JsonObject, ParamEnum, Template, TemplateStatus, TemplateSummary } from '../model/template.js';
import { differenceOf, type TemplateDifference } from '../model/template-difference.js';
import { resolveOperatorAction } from '../operations/operator-action.js';
import { withEnumValues } from '../operations/templates/enum-references.js';
import { InvalidTemplateOptionError } from '../operations/templates/template.errors.js';
import type { ResolvedInputs, TemplateBook } from '../operations/templates/template-book.js';
import {
  assertEnumName,
  checkEnum,
  checkStatus,
  checkTemplate,
  checkVersion,
  type EnumInput,
  type TemplateInput,
} from '../operations/templates/template-input.js';
import type { TemplateDocument, TemplateTransfer } from '../operations/templates/template-transfer.js';
import type { EnumSummary } from '../store/templates/enum.store.js';
import type { WorkflowMethod } from './new-run.js';
import {
  keyCursor,
  type ListEnumsOptions,
  type ListTemplatesOptions,
  resolveEnumList,
  resolveTemplateList,
  type TemplateActionOptions,
  type TemplateVersionOptions,
  versionOf,
  workflowOf,
} from './template-options.js';

/** A template as a form needs it. */
export interface ExpandedTemplate extends Template {
  /** With lists in place of references to enums, and beside each list `x-options`: all values with their labels, disabled ones too. */
  expanded: JsonObject;
  /** The versions that the lists come from, by name. */
  enums: Record<string, number>;
}

export interface TemplatePage {
  templates: TemplateSummary[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface EnumPage {
  enums: EnumSummary[];
  /** Absent on the last page. */
  nextCursor?: string;
}

/** The method of a workflow, or its name, which need not be registered in this process. */
type Target = WorkflowMethod | string;

export class WorkflowTemplates {
  /** Private at run time too: whoever is logged holds the connection with its password. */
  readonly #book: TemplateBook;
  readonly #transfer: TemplateTransfer;

  /** @internal Made by WorkflowsModule. */
  constructor(book: TemplateBook, transfer: TemplateTransfer) {
    this.#book = book;
    this.#transfer = transfer;
  }

  /**
   * Saves the next version, active; versions that were deleted are counted too. Every call makes one: not idempotent. The schema must compile,
   * the enums it refers to must be there, and each default must be allowed; defaults need not be complete.
   *
   * @throws TemplateSchemaInvalidError, TemplateKeyUnknownError, InvalidTemplateOptionError, InvalidIdError, InvalidStartTargetError,
   * UnknownOptionError before any SQL; TemplateInputInvalidError for defaults, EnumNotFoundError, EnumObsoleteError, AjvMissingError; the
   * database's error
   */
  async save(workflow: Target, template: TemplateInput, action?: TemplateActionOptions): Promise<Template> {
    const [owner, by, given] = [workflowOf(workflow), resolveOperatorAction('Template', action), checkTemplate(template)];
    return this.#book.save(owner, given, by, { action: 'TEMPLATE_SAVE' });
  }

  /**
   * Without a `version` the highest active one; one that is named may be obsolete. `expand`: with what a form shows.
   *
   * @throws TemplateNotFoundError, TemplateObsoleteError when none is active; with `expand` EnumNotFoundError, EnumObsoleteError;
   * InvalidIdError, InvalidTemplateOptionError, UnknownOptionError before any SQL
   */
  find(workflow: Target, name: string, options: TemplateVersionOptions & { expand: true }): Promise<ExpandedTemplate>;
  find(workflow: Target, name: string, options?: TemplateVersionOptions & { expand?: boolean }): Promise<Template>;
  async find(
    workflow: Target,
    name: string,
    options: TemplateVersionOptions & { expand?: boolean } = {},
  ): Promise<Template | ExpandedTemplate> {
    const [owner, version] = [named(workflow, name), versionOf(options, ['expand'])];
    const { expand = false } = options;
    if (typeof expand !== 'boolean') throw new InvalidTemplateOptionError('expand', 'must be true or false');
    const template = await this.#book.find(owner, name, version);
    if (!expand) return template;
    const { values, versions } = await this.#book.enums.usedBy(template.schema, {
      allowObsolete: template.status === 'obsolete',
    });
    return { ...template, expanded: withEnumValues(template.schema, values, { options: true }), enums: versions };
  }

  /** By workflow, name and version, without schemas. @throws InvalidTemplateOptionError, TemplateStatusUnknownError, UnknownOptionError */
  async list(options?: ListTemplatesOptions): Promise<TemplatePage> {
    const { limit, ...filter } = resolveTemplateList(options);
    const rows = await this.#book.store.list({ ...filter, limit: limit + 1 });
    const { page, last } = pageOf(rows, limit);
    return { templates: page, ...(last !== undefined && { nextCursor: keyCursor([last.workflow, last.name, last.version]) }) };
  }

  /**
   * True if that changed it: idempotent. Runs that were started go on.
   *
   * @throws TemplateStatusUnknownError for another word, InvalidTemplateOptionError, InvalidIdError before any SQL; TemplateNotFoundError
   */
  async setStatus(
    workflow: Target,
    name: string,
    version: number,
    status: TemplateStatus,
    action?: TemplateActionOptions,
  ): Promise<boolean> {
    const key = { workflow: named(workflow, name), name, version: checkVersion(version) };
    const [word, by] = [checkStatus(status), resolveOperatorAction('Template', action)];
    return this.#book.setStatus(key, word, by);
  }

  /** For good: one version, or all. How many there were: idempotent. Their numbers are not given again. @throws as setStatus, but for none */
  async delete(
    workflow: Target,
    name: string,
    options?: TemplateVersionOptions,
    action?: TemplateActionOptions,
  ): Promise<number> {
    const [owner, version, by] = [named(workflow, name), versionOf(options), resolveOperatorAction('Template', action)];
    return this.#book.store.deleteMany({ workflow: owner, name, version }, by);
  }

  /** A new version for another workflow, or under another name, active. @throws as find and save */
  async copy(
    source: Target,
    name: string,
    target: Target,
    options: TemplateVersionOptions & { newName?: string } = {},
    action?: TemplateActionOptions,
  ): Promise<Template> {
    const [from, version] = [named(source, name), versionOf(options, ['newName'])];
    const { newName = name } = options;
    const [to, by] = [named(target, newName), resolveOperatorAction('Template', action)];
    return this.#book.copy({ workflow: from, name, version }, { workflow: to, name: newName }, by);
  }

  /** A plain JSON document, with the enums that the schema refers to. @throws as find with `expand` */
  async export(workflow: Target, name: string, options?: TemplateVersionOptions): Promise<TemplateDocument> {
    const [owner, version] = [named(workflow, name), versionOf(options)];
    return this.#transfer.export(owner, name, version);
  }

  /**
   * Saves what `export` gave as a new version, here or elsewhere. Each of its enums is the highest active version with the same values, else
   * a new one; the schema refers to these versions. Not idempotent.
   *
   * @throws InvalidTemplateDocumentError; as save and saveEnum
   */
  async import(document: TemplateDocument, action?: TemplateActionOptions): Promise<Template> {
    return this.#transfer.import(document, resolveOperatorAction('Template', action));
  }

  /**
   * What a start with a template would give to the workflow. See `workflows.resolveInputs`.
   * @internal
   */
  async resolve(workflow: Target, template: string | null, overrides: object, version?: number): Promise<ResolvedInputs> {
    const owner = workflowOf(workflow);
    if (template !== null) assertName(template, 'template name');
    else if (version !== undefined) throw new InvalidTemplateOptionError('version', 'needs a template');
    if (version !== undefined) checkVersion(version);
    requirePlainObject(overrides, 'override');
    return this.#book.resolve(owner, template, overrides, version);
  }

  /**
   * What differs between the defaults of a template and what a form holds: the overrides to start with, and the keys that the form took away,
   * which no override can say. Own keys only; asks no database. @throws WorkflowsError (`INVALID_OPTION`) for what is no plain object
   */
  difference(defaults: object, data: object): TemplateDifference {
    requirePlainObject(defaults, 'default');
    requirePlainObject(data, 'value');
    return differenceOf(defaults, data);
  }

  /** The next version, active. Not idempotent. @throws InvalidTemplateOptionError, InvalidIdError, UnknownOptionError before any SQL */
  async saveEnum(given: EnumInput, action?: TemplateActionOptions): Promise<ParamEnum> {
    const [by, checked] = [resolveOperatorAction('Template', action), checkEnum(given)];
    return this.#book.enums.store.insert(checked, by);
  }

  /** Without a `version` the highest active one; one that is named may be obsolete. @throws EnumNotFoundError, EnumObsoleteError */
  async findEnum(name: string, options?: TemplateVersionOptions): Promise<ParamEnum> {
    assertEnumName(name);
    return this.#book.enums.find(name, versionOf(options));
  }

  /** By name and version, without values. @throws InvalidTemplateOptionError, TemplateStatusUnknownError, UnknownOptionError */
  async listEnums(options?: ListEnumsOptions): Promise<EnumPage> {
    const { limit, ...filter } = resolveEnumList(options);
    const { page, last } = pageOf(await this.#book.enums.store.list({ ...filter, limit: limit + 1 }), limit);
    return { enums: page, ...(last !== undefined && { nextCursor: keyCursor([last.name, last.version]) }) };
  }

  /** As setStatus. What refers to an obsolete version can't be started. @throws TemplateStatusUnknownError, EnumNotFoundError */
  async setEnumStatus(name: string, version: number, status: TemplateStatus, action?: TemplateActionOptions): Promise<boolean> {
    assertEnumName(name);
    const [key, word, by] = [checkVersion(version), checkStatus(status), resolveOperatorAction('Template', action)];
    return this.#book.enums.setStatus(name, key, word, by);
  }

  /** As delete. What refers to it can't be started any more. */
  async deleteEnum(name: string, options?: TemplateVersionOptions, action?: TemplateActionOptions): Promise<number> {
    assertEnumName(name);
    const [version, by] = [versionOf(options), resolveOperatorAction('Template', action)];
    return this.#book.enums.store.deleteMany({ name, version }, by);
  }
}

function named(workflow: Target, name: string): string {
  const owner = workflowOf(workflow);
  assertName(name, 'template name');
  return owner;
}

/** `last`: of this page, when there is another one. */
function pageOf<T>(rows: readonly T[], limit: number): { page: T[]; last: T | undefined } {
  const page = rows.slice(0, limit);
  return { page, last: rows.length > limit ? page.at(-1) : undefined };
}
