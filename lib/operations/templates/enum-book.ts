// The enums that templates refer to: looked up for schemas, saved, made obsolete, deleted. Knows which version a reference means.
import type { DoneBy } from '../../model/audit.js';
import type { JsonObject, ParamEnum, TemplateStatus } from '../../model/template.js';
import type { EnumStore } from '../../store/templates/enum.store.js';
import { type EnumReference, type EnumValues, enumReferences } from './enum-references.js';
import { EnumNotFoundError, EnumObsoleteError } from './template.errors.js';
import type { CheckedEnum } from './template-input.js';

/** The enums of one schema. */
export interface UsedEnums {
  values: EnumValues;
  found: readonly ParamEnum[];
  versions: Record<string, number>;
}

export class EnumBook {
  constructor(readonly store: EnumStore) {}

  /**
   * What the references of a schema mean now.
   *
   * @param allowObsolete for who only reads: an obsolete version that is named counts @throws EnumNotFoundError, EnumObsoleteError,
   * TemplateSchemaInvalidError
   */
  async usedBy(schema: JsonObject, { allowObsolete = false } = {}): Promise<UsedEnums> {
    const references = enumReferences(schema);
    const rows = references.length === 0 ? [] : await this.store.findMany(references);
    const byName = new Map(rows.map((row) => [row.name, row]));
    const found: ParamEnum[] = [];
    for (const reference of references) {
      const row = byName.get(reference.name) ?? (await this.#missing(reference));
      if (row.status !== 'active' && !allowObsolete) throw new EnumObsoleteError(row.name, row.version);
      found.push(row);
    }
    return {
      values: new Map(found.map(({ name, values }) => [name, values])),
      found,
      versions: Object.fromEntries(found.map(({ name, version }) => [name, version])),
    };
  }

  /** Without a version: the highest active one. @throws EnumNotFoundError, EnumObsoleteError */
  async find(name: string, version: number | undefined): Promise<ParamEnum> {
    const [row] = await this.store.findMany([{ name, version }]);
    return row ?? this.#missing({ name, version });
  }

  /** An active version with just these values, else a new one. Two at once may save the same values twice. */
  async findOrSave(given: CheckedEnum, by: DoneBy): Promise<ParamEnum> {
    return (await this.store.findByValues(given.name, given.values)) ?? (await this.store.insert(given, by));
  }

  /** @throws EnumNotFoundError */
  async setStatus(name: string, version: number, status: TemplateStatus, by: DoneBy): Promise<boolean> {
    return (await this.store.setStatus({ name, version }, status, by)) ?? (await this.#missing({ name, version }));
  }

  async #missing({ name, version }: EnumReference): Promise<never> {
    const known = await this.store.listNames();
    if (version === undefined && known.includes(name)) throw new EnumObsoleteError(name, version);
    throw new EnumNotFoundError(name, version, known);
  }
}
