// The row at which the keyboard is: known by its run, so that it stays the same one when others come, and kept in the page while it has the focus.
import { defaultRangeExtractor, type Range } from '@tanstack/react-virtual';
import { type FocusEvent, useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { RunSummaryAnswer } from '../../../../lib/http-client/index.js';

export interface ActiveRow {
  id: string | undefined;
  /** -1: none. */
  index: number;
  /** To the nearest row there is, with the focus. */
  go(index: number, list: { scrollToIndex(index: number): void }): void;
  onFocus(event: FocusEvent): void;
  withActive(range: Range): number[];
}

export function useActiveRow(rows: readonly RunSummaryAnswer[], box: { current: HTMLElement | null }): ActiveRow {
  const [id, setId] = useState<string>();
  const wantsFocus = useRef(false);
  const index = useMemo(() => (id === undefined ? -1 : rows.findIndex(({ runId }) => runId === id)), [rows, id]);

  useLayoutEffect(() => {
    if (!wantsFocus.current || index < 0) return;
    const row = box.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    if (!row) return;
    wantsFocus.current = false;
    row.focus({ preventScroll: true });
  });

  return {
    id: index < 0 ? undefined : id,
    index,
    go(wanted, list) {
      const to = Math.max(0, Math.min(wanted, rows.length - 1));
      const run = rows[to];
      if (run === undefined) return;
      wantsFocus.current = true;
      setId(run.runId);
      list.scrollToIndex(to);
    },
    onFocus: useCallback(({ target }: FocusEvent) => {
      const row = target.closest<HTMLElement>('[data-run]');
      if (row !== null) setId(row.dataset.run);
    }, []),
    withActive: useCallback(
      (range: Range) => {
        const shown = defaultRangeExtractor(range);
        return index < 0 || shown.includes(index) ? shown : [...shown, index].sort((one, other) => one - other);
      },
      [index],
    ),
  };
}
