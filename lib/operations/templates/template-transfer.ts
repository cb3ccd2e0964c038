// Templates as documents that travel between databases, with the enums they refer to. A document names no versions: they are each database's own.
import { describeValue, quoteText } from '../../kernel/describe-value.js';
import { assertName } from '../../kernel/ids.js';
import { isPlainObject, refuseUnknownKeys } from '../../kernel/option-keys.js';
import type { DoneBy } from '../../model/audit.js';
import type { EnumValue, JsonObject, Template } from '../../model/template.js';
import { enumReferences, withEnumVersions } from './enum-references.js';
import { InvalidTemplateDocumentError } from './template.errors.js';
import type { TemplateBook } from './template-book.js';
import {
  type CheckedEnum,
  type CheckedTemplate,
  checkEnum,
  checkTemplate,
  type EnumInput,
  type TemplateInput,
} from './template-input.js';

export interface TemplateDocument {
  format: typeof FORMAT;
  formatVersion: 1;
  workflow: string;
  name: string;
  description: string | null;
  /** Its references to enums are without versions. */
  schema: JsonObject;
  defaults: JsonObject;
  ui: JsonObject | null;
  /** Those that the schema refers to. */
  enums: Array<{ name: string; values: EnumValue[]; description: string | null }>;
}

const FORMAT = 'nestjs-workflows/template';
const FORMAT_VERSION = 1;
const KEYS = ['format', 'formatVersion', 'workflow', 'name', 'description', 'schema', 'defaults', 'ui', 'enums'];
const MOST_ENUMS = 1_000;

export class TemplateTransfer {
  constructor(private readonly book: TemplateBook) {}

  /** @throws TemplateNotFoundError, TemplateObsoleteError; EnumNotFoundError, EnumObsoleteError when no enum of a reference is left */
  async export(workflow: string, name: string, version: number | undefined): Promise<TemplateDocument> {
    const { schema, defaults, ui, description } = await this.book.find(workflow, name, version);
    const { found } = await this.book.enums.usedBy(schema, { allowObsolete: true });
    return {
      format: FORMAT,
      formatVersion: FORMAT_VERSION,
      workflow,
      name,
      description,
      schema: withEnumVersions(schema, new Map(found.map((one) => [one.name, null]))),
      defaults,
      ui,
      enums: found.map((one) => ({ name: one.name, values: one.values, description: one.description })),
    };
  }

  /**
   * Its enums first: an active version with the same values is used as it is, else a new one is saved; the schema refers to these versions
   * then. What fails after that leaves them there, and finds them when it is repeated. A document that can't be used leaves nothing.
   *
   * @throws InvalidTemplateDocumentError; as TemplateBook.save and the checks of templates and enums
   */
  async import(document: unknown, by: DoneBy): Promise<Template> {
    const { workflow, template, enums } = checkDocument(document);
    await this.book.check(template, new Map(enums.map(({ name, values }) => [name, values])));
    const versions = new Map<string, number>();
    for (const one of enums) versions.set(one.name, (await this.book.enums.findOrSave(one, by)).version);
    const schema = withEnumVersions(template.schema, versions);
    return this.book.save(workflow, { ...template, schema }, by, { action: 'TEMPLATE_IMPORT' });
  }
}

/** @throws InvalidTemplateDocumentError, UnknownOptionError; as checkTemplate and checkEnum */
function checkDocument(given: unknown): { workflow: string; template: CheckedTemplate; enums: CheckedEnum[] } {
  if (!isPlainObject(given)) throw new InvalidTemplateDocumentError('it', `is ${describeValue(given)}, not an object`);
  const document = given as Partial<Record<keyof TemplateDocument, unknown>>;
  if (document.format !== FORMAT) throw new InvalidTemplateDocumentError('format', `is not "${FORMAT}"`);
  if (document.formatVersion !== FORMAT_VERSION)
    throw new InvalidTemplateDocumentError(
      'formatVersion',
      `is ${describeValue(document.formatVersion)}; this release reads ${FORMAT_VERSION}`,
    );
  refuseUnknownKeys(given, KEYS, [], 'key of a template document');
  const { workflow, name, description, schema, defaults, ui, enums = [] } = document;
  assertName(workflow, 'workflow name');
  if (!Array.isArray(enums) || enums.length > MOST_ENUMS)
    throw new InvalidTemplateDocumentError('enums', `is ${describeValue(enums)}, not a list of at most ${MOST_ENUMS}`);
  const template = checkTemplate({ name, description, schema, defaults, ui } as TemplateInput);
  const checked = enums.map((one) => checkEnum(one as EnumInput));
  const names = new Set<string>();
  const used = enumReferences(template.schema).map((reference) => reference.name);
  for (const one of checked) {
    if (names.has(one.name)) throw new InvalidTemplateDocumentError('enums', `has ${quoteText(one.name)} twice`);
    if (!used.includes(one.name))
      throw new InvalidTemplateDocumentError('enums', `has ${quoteText(one.name)}, which the schema does not use`);
    names.add(one.name);
  }
  return { workflow, template, enums: checked };
}
