// The runs that are chosen for an order, as they were when they were chosen. Kept while the list is shown; another search begins without any.
import { useCallback, useMemo, useRef, useState } from 'react';
import type { RunSummaryAnswer } from '../../../../lib/http-client/index.js';

export type ChosenRuns = ReadonlyMap<string, RunSummaryAnswer>;

export interface RunSelection {
  chosen: ChosenRuns;
  /** Or no longer. `isRange`: all from the last one that was chosen to this. */
  choose(rows: readonly RunSummaryAnswer[], index: number, isRange: boolean): void;
  chooseAll(rows: readonly RunSummaryAnswer[]): void;
  clear(): void;
}

const NONE: ChosenRuns = new Map();

/** @param search what is looked for */
export function useSelection(search: string): RunSelection {
  const [state, setState] = useState({ search, chosen: NONE });
  const last = useRef<string>(undefined);
  const chosen = state.search === search ? state.chosen : NONE;

  const choose = useCallback(
    (rows: readonly RunSummaryAnswer[], index: number, isRange: boolean) => {
      const run = rows[index];
      if (run === undefined) return;
      const from = isRange ? rows.findIndex(({ runId }) => runId === last.current) : -1;
      last.current = run.runId;
      setState((before) => {
        const next = new Map(before.search === search ? before.chosen : NONE);
        const range = from < 0 ? [] : rows.slice(Math.min(from, index), Math.max(from, index) + 1);
        for (const each of range) next.set(each.runId, each);
        if (range.length === 0 && !next.delete(run.runId)) next.set(run.runId, run);
        return { search, chosen: next };
      });
    },
    [search],
  );
  const chooseAll = useCallback(
    (rows: readonly RunSummaryAnswer[]) => setState({ search, chosen: new Map(rows.map((run) => [run.runId, run])) }),
    [search],
  );
  const clear = useCallback(() => setState({ search, chosen: NONE }), [search]);
  return useMemo(() => ({ chosen, choose, chooseAll, clear }), [chosen, choose, chooseAll, clear]);
}
