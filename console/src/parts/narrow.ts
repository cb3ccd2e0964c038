// Whether the page is as wide as a phone: for what is drawn otherwise there, not only laid out otherwise.
import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(width < 40rem)');

export function useIsNarrow(): boolean {
  return useSyncExternalStore(listen, () => narrow.matches);
}

function listen(listener: () => void): () => void {
  narrow.addEventListener('change', listener);
  return () => narrow.removeEventListener('change', listener);
}
