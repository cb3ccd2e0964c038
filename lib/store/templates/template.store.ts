// Templates of arguments as stored.
import type { DoneBy } from '../../model/audit.js';
import type { JsonObject, Template, TemplateStatus, TemplateSummary } from '../../model/template.js';
import type { Database, Row } from '../database.js';
import * as sql from './template.sql.js';

export type NewTemplate = Pick<Template, 'workflow' | 'name' | 'schema' | 'defaults' | 'ui' | 'description'>;

export interface TemplateFilter {
  workflow?: string;
  name?: string;
  status?: TemplateStatus;
  /** Only the highest version of each name, of those with that status. */
  latestOnly: boolean;
  /** The last row of the page before. */
  after?: Pick<TemplateSummary, 'workflow' | 'name' | 'version'>;
  limit: number;
}

const MOST_NAMES = 1_000;

export class TemplateStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** As the next version, active. Writes audit_log: `origin` says what else is known of where it comes from. */
  async insert(
    { workflow, name, schema, defaults, ui, description }: NewTemplate,
    { actor, reason, requestId }: DoneBy,
    audit: { action: string; origin: JsonObject },
  ): Promise<Template> {
    const texts = [JSON.stringify(schema), JSON.stringify(defaults), ui === null ? null : JSON.stringify(ui)];
    const values = [workflow, name, ...texts, description, actor, reason, audit.action, JSON.stringify(audit.origin), requestId];
    const [saved] = await this.database.query<Template & Row>(sql.insertTemplate(this.#schema), values);
    return saved as Template;
  }

  /** Without a version: the highest active one. */
  async find(workflow: string, name: string, version?: number): Promise<Template | undefined> {
    const values = [workflow, name, version ?? null];
    return (await this.database.query<Template & Row>(sql.findTemplate(this.#schema), values, { name: 'template.find' }))[0];
  }

  /** Some names, when there are very many. */
  async listNames(workflow: string): Promise<string[]> {
    const rows = await this.database.query<{ name: string }>(sql.listTemplateNames(this.#schema), [workflow, MOST_NAMES]);
    return rows.map(({ name }) => name);
  }

  async list({ workflow, name, status, latestOnly, after, limit }: TemplateFilter): Promise<TemplateSummary[]> {
    const from = [after?.workflow ?? null, after?.name ?? null, after?.version ?? null];
    return this.database.query<TemplateSummary & Row>(sql.listTemplates(this.#schema), [
      workflow ?? null,
      name ?? null,
      status ?? null,
      latestOnly,
      ...from,
      limit,
    ]);
  }

  /** Whether that changed it; undefined: there is no such version. Writes audit_log. */
  async setStatus(
    { workflow, name, version }: Pick<Template, 'workflow' | 'name' | 'version'>,
    status: TemplateStatus,
    { actor, reason, requestId }: DoneBy,
  ): Promise<boolean | undefined> {
    const values = [workflow, name, version, status, actor, reason, requestId];
    return (await this.database.query<{ changed: boolean }>(sql.setTemplateStatus(this.#schema), values))[0]?.changed;
  }

  /** How many versions. Writes audit_log, if there was one. */
  async deleteMany(
    { workflow, name, version }: { workflow: string; name: string; version?: number },
    { actor, reason, requestId }: DoneBy,
  ): Promise<number> {
    const values = [workflow, name, version ?? null, actor, reason, requestId];
    return (await this.database.query<{ deleted: number }>(sql.deleteTemplates(this.#schema), values))[0]?.deleted ?? 0;
  }
}
