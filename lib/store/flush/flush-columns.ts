// The parameter list of the function `flush` (migrations/0002-flush.ts), as data: parts in order, columns in order, and which columns
// carry free text. FlushBatch gathers by it; nothing else knows the order.

export const FLUSH_COLUMNS = {
  frame: ['run', 'token'],
  new: ['run', 'token', 'name:text', 'queue:text', 'priority', 'attributes:text', 'input:text', 'timeout', 'maxRecovery'],
  op: ['run', 'ordinal', 'seq', 'kind', 'name:text', 'output:text', 'error:text', 'attempts', 'elapsed'],
  wait: ['run', 'ordinal', 'kind', 'name:text', 'attempt', 'delay', 'until'],
  woken: ['run', 'ordinal'],
  attempt: ['run', 'ordinal', 'attempt', 'name:text', 'error:text', 'elapsed'],
  event: ['run', 'ordinal', 'key:text', 'value:text'],
  chunk: ['run', 'ordinal', 'stream:text', 'offset', 'value:text'],
  move: ['run', 'status', 'output:text', 'error:text', 'elapsed'],
} as const;

export type FlushPart = keyof typeof FLUSH_COLUMNS;

export const FLUSH_PARTS = Object.keys(FLUSH_COLUMNS) as FlushPart[];

export type FlushValue = string | number | null;

/** Text form of a Postgres array. Hand-made: the generic one of the driver costs more than the flush itself. */
export function arrayLiteral(values: readonly FlushValue[], text: boolean): string {
  if (values.length === 0) return '{}';
  if (!text) return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
  let literal = '{';
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as string | null;
    if (i > 0) literal += ',';
    if (value === null) literal += 'NULL';
    // Two searches for single characters cost less than one for a pattern.
    else if (value.includes('"') || value.includes('\\')) literal += `"${value.replace(/["\\]/g, '\\$&')}"`;
    else literal += `"${value}"`;
  }
  return `${literal}}`;
}
