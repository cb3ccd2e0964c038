// The only door to the optional package ajv: loaded when the first template needs it, so that who has none does without.
import type { JsonObject } from '../../model/template.js';
import type { SchemaDialect } from './schema-rules.js';
import { AjvMissingError } from './template.errors.js';

// Types of our own, as far as they are used: declarations that name those of ajv would not compile without it.
export interface AjvFault {
  instancePath: string;
  keyword: string;
  params: object;
  message?: string;
}

export interface Validate {
  (values: unknown): unknown;
  /** Of the last call. */
  errors?: AjvFault[] | null;
}

export interface Ajv {
  validateSchema(schema: JsonObject): unknown;
  /** Of the last validateSchema. */
  errors?: AjvFault[] | null;
  compile(schema: JsonObject): Validate;
}

export type MakeAjv = (options: object) => Ajv;

type AjvClass = new (options: object) => Ajv;

/** @throws AjvMissingError */
export async function loadAjv(
  dialect: SchemaDialect,
  load: (dialect: SchemaDialect) => Promise<unknown> = importAjv,
): Promise<MakeAjv> {
  try {
    const Ajv = classOf(await load(dialect));
    return (options) => new Ajv(options);
  } catch (error) {
    throw isMissing(error) ? new AjvMissingError(error) : error;
  }
}

function importAjv(dialect: SchemaDialect): Promise<unknown> {
  return dialect === '7' ? import('ajv') : import('ajv/dist/2020.js');
}

/** It is a CommonJS module whose exports are the class, which bundlers and older releases wrap once more. */
function classOf(loaded: unknown): AjvClass {
  const { default: outer } = loaded as { default: AjvClass | { default: AjvClass } };
  return typeof outer === 'function' ? outer : outer.default;
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}
