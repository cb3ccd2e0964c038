// Where versions of templates are in the console. `of` is the workflow: `workflow` alone is the list's filter. Pure.

export interface TemplatePlace {
  workflow: string;
  name: string;
  version?: number | undefined;
}

export function templatePath({ workflow, name, version }: TemplatePlace, more: Record<string, string> = {}): string {
  const at = { of: workflow, name, ...(version !== undefined && { version: String(version) }) };
  return `/admin/templates?${new URLSearchParams({ ...at, ...more })}`;
}

/** Undefined: the URL names none. */
export function readTemplatePlace(search: URLSearchParams): TemplatePlace | undefined {
  const [workflow, name] = [search.get('of'), search.get('name')];
  const version = Number(search.get('version') ?? Number.NaN);
  if (!workflow || !name) return undefined;
  return { workflow, name, version: Number.isInteger(version) ? version : undefined };
}
