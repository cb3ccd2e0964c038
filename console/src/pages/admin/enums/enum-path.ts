// Where versions of enums are in the console. Pure.

export function enumPath(name: string, version?: number, more: Record<string, string> = {}): string {
  return `/admin/enums?${new URLSearchParams({ name, ...(version !== undefined && { version: String(version) }), ...more })}`;
}
