// The id of the run that a `child` operation called: by its place in its parent, as lib/durable/children.ts makes it. It is not on record by itself.

/**
 * Not of operations behind a RESET, which asks for another run at the same place.
 * @returns undefined where the browser gives no hashes: on pages that did not come over HTTPS
 */
export async function childRunId(parentId: string, ordinal: number): Promise<string | undefined> {
  if (globalThis.crypto?.subtle === undefined) return undefined;
  const namespace = parentId.replaceAll('-', '').match(/../g) ?? [];
  const name = new TextEncoder().encode(String(ordinal));
  const input = Uint8Array.from([...namespace.map((pair) => Number.parseInt(pair, 16)), ...name]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', input)).slice(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
