// Turns schemas into checks of values, by ajv, and keeps the latest. Nothing is coerced and no default is put in. What people wrote may be slow
// on purpose or by accident (patterns, references that multiply): both compiling and checking end when their time is up.
import { createHash } from 'node:crypto';
import type { Options } from 'ajv';
import { describeValue, shortText } from '../../kernel/describe-value.js';
import type { JsonObject } from '../../model/template.js';
import { type Ajv, type AjvFault, loadAjv, type MakeAjv, type Validate } from './ajv-loader.js';
import { pointer } from './plain-json.js';
import { FORMATS } from './schema-formats.js';
import { dialectOf, type SchemaDialect, withoutExtensions } from './schema-rules.js';
import { type InputFault, TemplateSchemaInvalidError } from './template.errors.js';
import { TimeGuard, TimeIsUpError } from './time-guard.js';

/** What is wrong with the values; nothing if they are right. */
export type CheckValues = (values: unknown) => InputFault[];

const MOST_KEPT = 50;
const MOST_FAULTS = 200;
/** Ajv keeps what it has compiled; an instance is left to the collector after so many. */
const COMPILED_BY_ONE = 100;
const MOST_ENUM_VALUES_SHOWN = 10;
const LONGEST_PATH = 400;

const OPTIONS: Options = {
  allErrors: true,
  // A name like "constructor" is given only if it is given.
  ownProperties: true,
  strictSchema: true,
  strictNumbers: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  validateSchema: false,
  logger: false,
  formats: FORMATS,
};

export interface SchemaCompilerTimes {
  compileMs: number;
  checkMs: number;
}

export class SchemaCompiler {
  readonly #kept = new Map<string, CheckValues>();
  readonly #ajvs = new Map<SchemaDialect, { ajv: Ajv; left: number }>();
  #guard?: TimeGuard;

  constructor(
    private readonly load: (dialect: SchemaDialect) => Promise<MakeAjv> = loadAjv,
    private readonly times: SchemaCompilerTimes = { compileMs: 3_000, checkMs: 1_000 },
  ) {}

  /** @param schema that `checkSchema` gave, without references to enums @throws TemplateSchemaInvalidError, AjvMissingError */
  async compile(schema: JsonObject): Promise<CheckValues> {
    const key = createHash('sha256').update(JSON.stringify(schema)).digest('base64');
    const kept = this.#kept.get(key);
    const check = kept ?? this.#checkOf(await this.#compile(withoutExtensions(schema)));
    // The latest at the end.
    this.#kept.delete(key);
    this.#kept.set(key, check);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    return check;
  }

  async #compile(schema: JsonObject): Promise<Validate> {
    const dialect = dialectOf(schema);
    const ajv = await this.#ajvOf(dialect);
    try {
      return this.#within(this.times.compileMs, () => {
        if (ajv.validateSchema(schema) !== true) throw invalid(ajv.errors ?? []);
        return ajv.compile(schema);
      });
    } catch (error) {
      // It may be half done with something.
      this.#ajvs.delete(dialect);
      if (error instanceof TemplateSchemaInvalidError) throw error;
      const problem =
        error instanceof TimeIsUpError ? 'it takes too long to compile' : `${shortText((error as Error).message, LONGEST_PATH)}`;
      throw new TemplateSchemaInvalidError('the whole', problem, { cause: error });
    }
  }

  async #ajvOf(dialect: SchemaDialect): Promise<Ajv> {
    const make = await this.load(dialect);
    const known = this.#ajvs.get(dialect);
    const one = known !== undefined && known.left > 0 ? known : { ajv: make(OPTIONS), left: COMPILED_BY_ONE };
    one.left--;
    this.#ajvs.set(dialect, one);
    return one.ajv;
  }

  #checkOf(validate: Validate): CheckValues {
    return (values) => {
      try {
        return this.#within(this.times.checkMs, () => (validate(values) ? [] : faultsOf(validate.errors ?? [])));
      } catch (error) {
        if (!(error instanceof TimeIsUpError)) throw error;
        return [{ path: '', message: 'takes too long to check against the schema' }];
      }
    };
  }

  #within<T>(timeoutMs: number, work: () => T): T {
    this.#guard ??= new TimeGuard();
    return this.#guard.run(timeoutMs, work);
  }
}

function invalid(errors: readonly AjvFault[]): TemplateSchemaInvalidError {
  // The longest path is the nearest to the cause.
  const [first] = [...faultsOf(errors)].sort((a, b) => b.path.length - a.path.length);
  return new TemplateSchemaInvalidError(first?.path || 'the whole', `it ${first?.message ?? 'is no JSON Schema'}`);
}

function faultsOf(errors: readonly AjvFault[]): InputFault[] {
  return errors.slice(0, MOST_FAULTS).map((error) => {
    const path = shortText(error.instancePath, LONGEST_PATH);
    const params = error.params as Record<string, unknown>;
    switch (error.keyword) {
      case 'required':
        return { path: pointer(path, String(params.missingProperty)), message: 'is required' };
      case 'additionalProperties':
        return { path: pointer(path, String(params.additionalProperty)), message: 'is not a property that the schema allows' };
      case 'enum':
        return { path, message: `must be one of ${listed(params.allowedValues as unknown[])}` };
      default:
        return { path, message: error.message ?? `breaks the rule "${error.keyword}"` };
    }
  });
}

function listed(values: readonly unknown[]): string {
  const shown = values.slice(0, MOST_ENUM_VALUES_SHOWN).map(describeValue);
  return `${shown.join(', ')}${values.length > shown.length ? `, or ${values.length - shown.length} others` : ''}`;
}
