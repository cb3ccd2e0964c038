// What can be wrong with templates, enums, and what is started with them. Each error names the thing, and what to do.
import { quoteText, shortText } from '../../kernel/describe-value.js';
import { didYouMean, nearNames } from '../../kernel/near-names.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import { TEMPLATE_STATUSES } from '../../model/template.js';

const MOST_SHOWN = 3;

export class TemplateNotFoundError extends WorkflowsError {
  /** @param known names that there are for that workflow */
  constructor(workflow: string, name: string, version: number | undefined, known: readonly string[]) {
    const which = version === undefined ? '' : ` in version ${version}`;
    super(
      'TemplateNotFoundError',
      'TEMPLATE_NOT_FOUND',
      `Workflow ${quoteText(workflow)} has no template ${quoteText(name)}${which}.${didYouMean(name, known)} Save it with workflows.templates.save().`,
      { details: { workflow: shortText(workflow), name: shortText(name), ...(version !== undefined && { version }) } },
    );
  }
}

/** @param version undefined: none of its versions is active */
export class TemplateObsoleteError extends WorkflowsError {
  constructor(workflow: string, name: string, version: number | undefined) {
    const what = version === undefined ? 'has no active version' : `is obsolete in version ${version}`;
    super(
      'TemplateObsoleteError',
      'TEMPLATE_OBSOLETE',
      `Template ${quoteText(name)} of workflow ${quoteText(workflow)} ${what}. Name an active version, or make one active with templates.setStatus().`,
      { details: { workflow: shortText(workflow), name: shortText(name), ...(version !== undefined && { version }) } },
    );
  }
}

export class EnumNotFoundError extends WorkflowsError {
  constructor(name: string, version: number | undefined, known: readonly string[]) {
    const which = version === undefined ? '' : ` in version ${version}`;
    super(
      'EnumNotFoundError',
      'TEMPLATE_ENUM_NOT_FOUND',
      `There is no enum ${quoteText(name)}${which}.${didYouMean(name, known)} Save it with workflows.templates.saveEnum().`,
      { details: { name: shortText(name), ...(version !== undefined && { version }) } },
    );
  }
}

export class EnumObsoleteError extends WorkflowsError {
  constructor(name: string, version: number | undefined) {
    const what = version === undefined ? 'has no active version' : `is obsolete in version ${version}`;
    super(
      'EnumObsoleteError',
      'TEMPLATE_ENUM_OBSOLETE',
      `Enum ${quoteText(name)} ${what}. Refer to an active version, or make one active with templates.setEnumStatus().`,
      { details: { name: shortText(name), ...(version !== undefined && { version }) } },
    );
  }
}

/** The schema of a template can't be used. `details.path` says where in it. */
export class TemplateSchemaInvalidError extends WorkflowsError {
  constructor(
    readonly path: string,
    readonly problem: string,
    options: { cause?: unknown } = {},
  ) {
    super(
      'TemplateSchemaInvalidError',
      'TEMPLATE_SCHEMA_INVALID',
      `The schema of the template is not usable at ${path}: ${problem}.`,
      {
        ...options,
        details: { path },
      },
    );
  }
}

export interface InputFault {
  /** As in `/lots/2/name`; empty for the whole. */
  path: string;
  message: string;
}

/** Values that the schema of a template does not allow. `details.errors` has all of them, by path. */
export class TemplateInputInvalidError extends WorkflowsError {
  constructor(what: string, errors: readonly InputFault[]) {
    super('TemplateInputInvalidError', 'TEMPLATE_INPUT_INVALID', `${what} not allowed by the schema: ${shownFaults(errors)}.`, {
      details: { errors },
    });
  }
}

/** The first of them, for a message. */
export function shownFaults(errors: readonly InputFault[]): string {
  const shown = errors.slice(0, MOST_SHOWN).map(({ path, message }) => `${path === '' ? 'the whole' : path} ${message}`);
  const more = errors.length > MOST_SHOWN ? `; and ${errors.length - MOST_SHOWN} more in details.errors` : '';
  return `${shown.join('; ')}${more}`;
}

export class TemplateKeyUnknownError extends WorkflowsError {
  constructor(key: string, template: string, known: readonly string[]) {
    super(
      'TemplateKeyUnknownError',
      'TEMPLATE_KEY_UNKNOWN',
      `Template ${quoteText(template)} has no parameter ${quoteText(key)}.${didYouMean(key, known) || ` Its parameters are those that its schema lists under "properties".`}`,
      { details: { key: shortText(key), near: nearNames(key, known) } },
    );
  }
}

export class TemplateStatusUnknownError extends WorkflowsError {
  constructor(found: string) {
    super('TemplateStatusUnknownError', 'TEMPLATE_STATUS_UNKNOWN', `The status must be ${STATUS_WORDS}, not ${found}.`);
  }
}

const STATUS_WORDS = TEMPLATE_STATUSES.map((status) => `'${status}'`).join(' or ');

export class InvalidTemplateOptionError extends WorkflowsError {
  constructor(option: string, problem: string) {
    super('InvalidTemplateOptionError', 'INVALID_OPTION', `Template option "${option}" ${problem}.`, { details: { option } });
  }
}

/** A document that `templates.export` did not make, or that was changed so that it can't be read any more. */
export class InvalidTemplateDocumentError extends WorkflowsError {
  constructor(path: string, problem: string) {
    super(
      'InvalidTemplateDocumentError',
      'TEMPLATE_DOCUMENT_INVALID',
      `The document of a template can't be imported: ${path} ${problem}. Give what templates.export() returned.`,
      { details: { path } },
    );
  }
}

/** Templates need the optional package ajv. */
export class AjvMissingError extends WorkflowsError {
  constructor(cause: unknown) {
    super(
      'AjvMissingError',
      'AJV_MISSING',
      'Templates check their values with the package ajv, which is not installed. Install it: npm install ajv',
      { cause },
    );
  }
}
