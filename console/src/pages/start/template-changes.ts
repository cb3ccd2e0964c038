// What a form changed against the defaults of its template: value by value for people, and as overrides for the start. Pure. Lists are one value: what
// is at which place of them says little.
import diff from 'microdiff';
import { differenceOf } from '../../../../lib/model/template-difference.js';
import { getAt, isObject, type Path, pointerOf } from './value-path.js';

export interface TemplateChange {
  path: Path;
  pointer: string;
  /** Undefined: the template has none. */
  before: unknown;
  /** Undefined: taken away. */
  after: unknown;
}

export function changesOf(defaults: object, value: unknown): TemplateChange[] {
  if (!isObject(value)) return [];
  const changes = new Map<string, TemplateChange>();
  for (const { path } of diff(defaults as Record<string, unknown>, value)) {
    const end = path.findIndex(
      (_, i) => Array.isArray(getAt(defaults, path.slice(0, i))) || Array.isArray(getAt(value, path.slice(0, i))),
    );
    const place = end === -1 ? path : path.slice(0, end);
    const pointer = pointerOf(place);
    if (!changes.has(pointer))
      changes.set(pointer, { path: place, pointer, before: getAt(defaults, place), after: getAt(value, place) });
  }
  return [...changes.values()];
}

/** With what the template has for parameters that were left out: the server takes the same. */
export function withDefaults(defaults: object | undefined, value: unknown): unknown {
  return defaults !== undefined && isObject(value) ? { ...defaults, ...value } : value;
}

/** What is sent: whole parameters, since the server puts them over the defaults one by one. `removed`: defaults that no override takes away. */
export function overridesOf(defaults: object, value: unknown): { overrides: Record<string, unknown>; removed: string[] } {
  return isObject(value) ? differenceOf(defaults, value) : { overrides: {}, removed: [] };
}
