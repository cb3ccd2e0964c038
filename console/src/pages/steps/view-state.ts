// What of the steps page stands in its URL: the chosen operation, the part of the time, timeline or table, filters. A link shows what its sender saw.
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';

export interface ViewState {
  /** Ordinal; -1: the run itself; undefined: none. */
  step: number | undefined;
  zoom: string | null;
  view: 'timeline' | 'table';
  text: string;
  onlyFailed: boolean;
}

type Change = Partial<Record<'step' | 'zoom' | 'view' | 'text' | 'failed', string | undefined>>;

export function useViewState(): [ViewState, (change: Change) => void] {
  const [params, setParams] = useSearchParams();
  const state = useMemo<ViewState>(() => {
    const step = params.get('step');
    return {
      step: step !== null && /^-?\d+$/.test(step) ? Number(step) : undefined,
      zoom: params.get('zoom'),
      view: params.get('view') === 'table' ? 'table' : 'timeline',
      text: params.get('text') ?? '',
      onlyFailed: params.get('failed') === '1',
    };
  }, [params]);
  const change = useCallback(
    (next: Change) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries(next)) {
            if (value === undefined || value === '') after.delete(name);
            else after.set(name, value);
          }
          return after;
        },
        { replace: true },
      ),
    [setParams],
  );
  return [state, change];
}
