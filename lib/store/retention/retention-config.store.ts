// The settings of retention as stored, and the claim to the one sweep that is under way in the cluster.
import type { DoneBy } from '../../model/audit.js';
import type { RetentionChange, RetentionRule, RetentionSettings } from '../../model/retention.js';
import type { Database, Row } from '../database.js';
import * as sql from './retention-config.sql.js';

export interface StoredRetention {
  settings: RetentionSettings;
  /** Counted up by each change. */
  revision: string;
  updatedAt: Date;
  /** When the last sweep began; null: there was none. */
  sweptAt: Date | null;
  /** Until the next sweep; 0 or less: it is due. */
  dueInMs: number;
  /** Database clock, to the microsecond. */
  now: string;
}

type StoredRule = { after_ms?: number | null; global_timeout_ms?: number | null };
type ConfigRow = Omit<RetentionSettings, 'perWorkflow'> &
  Omit<StoredRetention, 'settings'> & { perWorkflow: Record<string, StoredRule> };

export class RetentionConfigStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  async find(): Promise<StoredRetention> {
    const [row] = await this.database.query<ConfigRow & Row>(sql.findConfig(this.#schema));
    if (row === undefined) throw new Error(`${this.#schema}.retention_config has no row`);
    const { afterMs, maxRows, globalTimeoutMs, intervalMs, perWorkflow, ...rest } = row;
    const rules = Object.entries(perWorkflow).map(([name, rule]) => [name, ruleOf(rule)] as const);
    return { ...rest, settings: { afterMs, maxRows, globalTimeoutMs, intervalMs, perWorkflow: new Map(rules) } };
  }

  /** What code says; true if that was new. Idempotent. */
  async declare(settings: RetentionSettings): Promise<boolean> {
    const values = [JSON.stringify(stored(settings))];
    return (await this.database.query<{ changed: boolean }>(sql.declareConfig(this.#schema), values))[0]?.changed ?? false;
  }

  /** Writes audit_log. */
  async change(change: RetentionChange, { actor, reason, requestId }: DoneBy): Promise<void> {
    await this.database.query(sql.changeConfig(this.#schema), [JSON.stringify(stored(change)), actor, reason, requestId]);
  }

  /** False: another sweep is under way, or none is due. */
  async claimSweep(sweep: string, { ifDue }: { ifDue: boolean }): Promise<boolean> {
    return (await this.database.query(sql.claimSweep(this.#schema), [sweep, !ifDue])).length > 0;
  }

  /** Idempotent. `isUnfinished`: the next one is due at once. */
  async releaseSweep(sweep: string, isUnfinished: boolean): Promise<void> {
    await this.database.query(sql.releaseSweep(this.#schema), [sweep, isUnfinished]);
  }
}

function ruleOf({ after_ms: afterMs, global_timeout_ms: globalTimeoutMs }: StoredRule): RetentionRule {
  return { ...(afterMs !== undefined && { afterMs }), ...(globalTimeoutMs !== undefined && { globalTimeoutMs }) };
}

/** By column; what is not given is absent. */
function stored(change: RetentionChange): Record<string, unknown> {
  const { afterMs, maxRows, globalTimeoutMs, intervalMs, perWorkflow } = change;
  return {
    after_ms: afterMs,
    max_rows: maxRows,
    global_timeout_ms: globalTimeoutMs,
    interval_ms: intervalMs,
    ...(perWorkflow !== undefined && { per_workflow: Object.fromEntries([...perWorkflow].map(storedRule)) }),
  };
}

function storedRule([name, rule]: [string, RetentionRule | null]): [string, StoredRule | null] {
  return [name, rule === null ? null : { after_ms: rule.afterMs, global_timeout_ms: rule.globalTimeoutMs }];
}
