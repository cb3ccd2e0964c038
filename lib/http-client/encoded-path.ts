// Paths of requests from names that may hold anything: `at\`runs/${id}/steps\``. A name must never become another path than its own. Used by all groups.
import { WorkflowsHttpError } from './workflows-http.error.js';

/** @throws WorkflowsHttpError (`INVALID_REQUEST`) for a name that no path can hold */
export function at(parts: TemplateStringsArray, ...names: ReadonlyArray<string | number>): string {
  return parts.reduce((path, part, i) => `${path}${encoded(names[i - 1])}${part}`);
}

function encoded(name: unknown): string {
  const text = typeof name === 'number' ? String(name) : name;
  // URLs resolve `.` and `..`, escaped too: a queue of that name would turn one route into another.
  if (typeof text !== 'string' || text === '' || text === '.' || text === '..')
    throw new WorkflowsHttpError({
      code: 'INVALID_REQUEST',
      detail: `A path can not hold ${typeof text === 'string' ? `the name "${text}"` : `a name that is ${typeof text}`}: give a text other than "", "." and "..".`,
    });
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw new WorkflowsHttpError({
      code: 'INVALID_REQUEST',
      detail: 'A path can not hold a name with half a character (a lone surrogate).',
      cause,
    });
  }
}
