// Enums that templates refer to, as stored.
import type { DoneBy } from '../../model/audit.js';
import type { EnumValue, ParamEnum, TemplateStatus } from '../../model/template.js';
import type { Database, Row } from '../database.js';
import * as sql from './enum.sql.js';

export type NewEnum = Pick<ParamEnum, 'name' | 'values' | 'description'>;

/** A version without its values. */
export interface EnumSummary extends Omit<ParamEnum, 'values'> {
  /** How many values it has. */
  size: number;
}

export interface EnumFilter {
  name?: string;
  status?: TemplateStatus;
  /** Only the highest version of each name, of those with that status. */
  latestOnly: boolean;
  /** The last row of the page before. */
  after?: Pick<ParamEnum, 'name' | 'version'>;
  limit: number;
}

const MOST_NAMES = 1_000;

export class EnumStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** As the next version, active. Writes audit_log. */
  async insert({ name, values, description }: NewEnum, { actor, reason, requestId }: DoneBy): Promise<ParamEnum> {
    const row = [name, JSON.stringify(values), description, actor, reason, requestId];
    return (await this.database.query<ParamEnum & Row>(sql.insertEnum(this.#schema), row))[0] as ParamEnum;
  }

  /** Of those that are there. Without a version: the highest active one. */
  async findMany(references: ReadonlyArray<{ name: string; version?: number }>): Promise<ParamEnum[]> {
    const values = [references.map(({ name }) => name), references.map(({ version }) => version ?? null)];
    return this.database.query<ParamEnum & Row>(sql.findEnums(this.#schema), values, { name: 'enum.findMany' });
  }

  /** An active one. The order of the values counts. */
  async findByValues(name: string, values: readonly EnumValue[]): Promise<ParamEnum | undefined> {
    const given = [name, JSON.stringify(values)];
    return (await this.database.query<ParamEnum & Row>(sql.findEnumByValues(this.#schema), given))[0];
  }

  /** Some names, when there are very many. */
  async listNames(): Promise<string[]> {
    const rows = await this.database.query<{ name: string }>(sql.listEnumNames(this.#schema), [MOST_NAMES]);
    return rows.map(({ name }) => name);
  }

  async list({ name, status, latestOnly, after, limit }: EnumFilter): Promise<EnumSummary[]> {
    const values = [name ?? null, status ?? null, latestOnly, after?.name ?? null, after?.version ?? null, limit];
    return this.database.query<EnumSummary & Row>(sql.listEnums(this.#schema), values);
  }

  /** Whether that changed it; undefined: there is no such version. Writes audit_log. */
  async setStatus(
    { name, version }: Pick<ParamEnum, 'name' | 'version'>,
    status: TemplateStatus,
    { actor, reason, requestId }: DoneBy,
  ): Promise<boolean | undefined> {
    const values = [name, version, status, actor, reason, requestId];
    return (await this.database.query<{ changed: boolean }>(sql.setEnumStatus(this.#schema), values))[0]?.changed;
  }

  /** How many versions. Writes audit_log, if there was one. */
  async deleteMany({ name, version }: { name: string; version?: number }, { actor, reason, requestId }: DoneBy): Promise<number> {
    const values = [name, version ?? null, actor, reason, requestId];
    return (await this.database.query<{ deleted: number }>(sql.deleteEnums(this.#schema), values))[0]?.deleted ?? 0;
  }
}
