// What a sweep would do now: the same looks in the same order, and nothing is written.
import { afterOf, type RetentionSettings } from '../../model/retention.js';
import type { EndMark, RetentionStore } from '../../store/retention/retention.store.js';
import { ageLimitsOf } from './age-limits.js';
import { PAGE } from './retention-sweep.js';
import { RetentionTotals } from './retention-totals.js';

export class RetentionPreview {
  constructor(private readonly store: RetentionStore) {}

  /** `now`: ages count back from here; database clock. @throws the database's error */
  async run(settings: RetentionSettings, now: string): Promise<RetentionTotals> {
    const totals = new RetentionTotals();
    const names = await this.store.listNames();
    await this.#countExpired(totals, settings, names, now);
    await this.#countSurplus(totals, settings, names, now);
    const limits = ageLimitsOf(settings);
    if (limits !== undefined) totals.add('globalTimeout', await this.store.countTooOld(now, limits));
    return totals;
  }

  async #countExpired(
    totals: RetentionTotals,
    settings: RetentionSettings,
    names: readonly string[],
    now: string,
  ): Promise<void> {
    for (const name of names) {
      const afterMs = afterOf(settings, name);
      if (afterMs === null) continue;
      let last: EndMark | undefined;
      do {
        const page = await this.store.listExpired(name, now, afterMs, last, PAGE);
        const deletable = await this.store.listDeletable(page.map(({ runId }) => runId));
        if (deletable.length > 0) totals.add('after', new Map([[name, deletable.length]]));
        last = page.length === PAGE ? page.at(-1) : undefined;
      } while (last !== undefined);
    }
  }

  async #countSurplus(
    totals: RetentionTotals,
    settings: RetentionSettings,
    names: readonly string[],
    now: string,
  ): Promise<void> {
    if (settings.maxRows === null) return;
    let surplus = (await this.store.count(null)) - totals.deleted - settings.maxRows;
    const afterMs = names.map((name) => afterOf(settings, name));
    let last: EndMark | undefined;
    while (surplus > 0) {
      const page = await this.store.listOldest(names, afterMs, now, last, PAGE);
      // What is old enough was counted, or is kept.
      const others = page.filter(({ isExpired }) => !isExpired);
      const deletable = new Set(await this.store.listDeletable(others.map(({ runId }) => runId)));
      for (const { runId, workflowName } of others) {
        if (surplus === 0 || !deletable.has(runId)) continue;
        totals.add('maxRows', new Map([[workflowName, 1]]));
        surplus--;
      }
      last = page.at(-1);
      if (page.length < PAGE) return;
    }
  }
}
