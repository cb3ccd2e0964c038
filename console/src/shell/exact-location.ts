// The address as the browser has it, for the router. That one decodes what it is told, and only in part: `%2F` stays, `%252F` becomes it. So a name with
// a slash or a percent sign would be read as another one. What is told here is escaped once more, and comes through as it was. Used by app.tsx.
import { useBrowserLocation, useSearch } from 'wouter/use-browser-location';
import { ROUTER_BASE } from '../api/mount';

export const useExactLocation: typeof useBrowserLocation = (options) => {
  const [path, go] = useBrowserLocation(options);
  // The router decodes the base, too.
  const base = path.startsWith(ROUTER_BASE) ? ROUTER_BASE : '';
  return [base + escaped(path.slice(base.length)), go];
};

export const useExactSearch: typeof useSearch = (options) => escaped(useSearch(options));

/** A parameter of a path, which came through as it stands there. */
export function nameIn(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Typed by hand.
    return segment;
  }
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25');
}
