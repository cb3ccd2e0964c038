// Pages of a list whose next page is found by a cursor: the cursor stands in the URL, so the browser's back button is the page before. Used by lists
// of the newest.
import { ChevronRight, ChevronsLeft } from 'lucide-react';
import { useSearchParams } from 'wouter';
import { Button } from './button';

const KEY = 'cursor';

export function useCursor(): string | undefined {
  const [search] = useSearchParams();
  return search.get(KEY) ?? undefined;
}

/** @param next `nextCursor` of what is shown; nothing is drawn where there is one page only */
export function CursorPager({
  next,
  first = 'Newest',
  more = 'Older',
}: {
  next: string | undefined;
  first?: string;
  more?: string;
}) {
  const [search, setSearch] = useSearchParams();
  const go = (cursor: string | undefined) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (cursor === undefined) after.delete(KEY);
      else after.set(KEY, cursor);
      return after;
    });
  if (next === undefined && search.get(KEY) === null) return null;
  return (
    <nav aria-label="Pages of the list" className="flex justify-end gap-2 border-line border-t px-3 py-2">
      <Button
        kind="quiet"
        icon={<ChevronsLeft />}
        why={search.get(KEY) === null ? 'This is the first page.' : undefined}
        onClick={() => go(undefined)}
      >
        {first}
      </Button>
      <Button
        kind="quiet"
        icon={<ChevronRight />}
        why={next === undefined ? 'This is the last page.' : undefined}
        onClick={() => go(next)}
      >
        {more}
      </Button>
    </nav>
  );
}
