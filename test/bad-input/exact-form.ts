// A form of any storable value in which deep equality sees everything: the order of Maps and Sets, the hidden fields of errors, URLs, the
// kind of binary data, -0. Two values with the same form are the same to whoever reads them.

/** As stored: `asStored` forgets what the library documents that it forgets (-0, Buffers, classes of errors, null prototypes). */
export function exactForm(value: unknown, asStored = false): unknown {
  const form = (inner: unknown) => exactForm(inner, asStored);
  if (typeof value === 'bigint') return { kind: 'bigint', text: value.toString() };
  if (Object.is(value, -0)) return asStored ? 0 : { kind: '-0' };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(form);
  if (value instanceof Map) return { kind: 'Map', entries: [...value].map(([key, item]) => [form(key), form(item)]) };
  if (value instanceof Set) return { kind: 'Set', items: [...value].map(form) };
  if (value instanceof Date) return { kind: 'Date', at: value.getTime() };
  if (value instanceof URL) return { kind: 'URL', href: value.href };
  if (value instanceof Error) {
    const { name, message, cause, code, errors } = value as Error & { code?: unknown; errors?: unknown };
    const kind = asStored || Object.getPrototypeOf(value) === Error.prototype ? 'Error' : 'a class of errors';
    return { kind, name, message, cause: form(cause), code, errors: form(errors) };
  }
  if (ArrayBuffer.isView(value)) {
    const kind = asStored && Buffer.isBuffer(value) ? 'Uint8Array' : value.constructor.name;
    return { kind, base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  }
  if (value instanceof ArrayBuffer) return { kind: 'ArrayBuffer', base64: Buffer.from(value).toString('base64') };
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === Object.prototype || (asStored && prototype === null);
  return {
    kind: plain ? 'object' : 'an object of a class',
    fields: Object.entries(value).map(([key, item]) => [key, form(item)]),
  };
}
