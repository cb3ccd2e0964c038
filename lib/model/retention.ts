// How long runs are kept and how old they may get, as it stands in the table `retention_config`. Pure rules.

/** What one workflow has of its own. Undefined: as all others; null: switched off. */
export interface RetentionRule {
  afterMs?: number | null;
  globalTimeoutMs?: number | null;
}

export interface RetentionSettings {
  /** A run is deleted so long after its end; null: never. */
  afterMs: number | null;
  /** Of more stored runs than that, the oldest ends are deleted; null: no limit. */
  maxRows: number | null;
  /** A run that is not over so long after its creation is ended; null: never. */
  globalTimeoutMs: number | null;
  /** By workflow name. */
  perWorkflow: ReadonlyMap<string, RetentionRule>;
  /** Between two sweeps. */
  intervalMs: number;
}

/** What is not given stays. Of a workflow, null: its rule is taken away. */
export type RetentionChange = Partial<Omit<RetentionSettings, 'perWorkflow'>> & {
  perWorkflow?: ReadonlyMap<string, RetentionRule | null>;
};

/** Why a run is deleted, or ended. */
export type RetentionReason = 'after' | 'maxRows' | 'globalTimeout';

/** Runs by workflow name. */
export type RunCounts = ReadonlyMap<string, number>;

export const NO_RETENTION: RetentionSettings = {
  afterMs: null,
  maxRows: null,
  globalTimeoutMs: null,
  perWorkflow: new Map(),
  intervalMs: 300_000,
};

/** Null: runs of that workflow are not deleted for their age. */
export function afterOf({ afterMs, perWorkflow }: RetentionSettings, workflowName: string): number | null {
  const own = perWorkflow.get(workflowName)?.afterMs;
  return own === undefined ? afterMs : own;
}

/** There is something to do for a sweep. */
export function isActive({ afterMs, maxRows, globalTimeoutMs, perWorkflow }: RetentionSettings): boolean {
  return (
    afterMs !== null ||
    maxRows !== null ||
    globalTimeoutMs !== null ||
    [...perWorkflow.values()].some((rule) => (rule.afterMs ?? null) !== null || (rule.globalTimeoutMs ?? null) !== null)
  );
}

export function withChange(settings: RetentionSettings, change: RetentionChange): RetentionSettings {
  const { perWorkflow, ...general } = change;
  const rules = new Map(settings.perWorkflow);
  for (const [name, rule] of perWorkflow ?? []) {
    if (rule === null) rules.delete(name);
    else rules.set(name, { ...rules.get(name), ...rule });
  }
  return { ...settings, ...general, perWorkflow: rules };
}
