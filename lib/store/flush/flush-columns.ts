// The parameter list of the function `flush` (migrations/0002-flush.ts), as data: parts in order, columns in order, and which columns
// carry free text. FlushBatch gathers by it; nothing else knows the order.

export const FLUSH_COLUMNS = {
  frame: ['run', 'token'],
  new: [
    'run',
    'token',
    'name:text',
    'queue:text',
    'priority',
    'attributes:text',
    'input:text',
    'timeout',
    'maxRecovery',
    'epoch',
  ],
  op: ['run', 'ordinal', 'seq', 'kind', 'name:text', 'output:text', 'error:text', 'attempts', 'elapsed', 'frontier'],
  wait: ['run', 'ordinal', 'kind', 'name:text', 'attempt', 'delay', 'until', 'source', 'key:text'],
  woken: ['run', 'ordinal'],
  taken: ['run', 'ordinal', 'message'],
  attempt: ['run', 'ordinal', 'attempt', 'name:text', 'error:text', 'elapsed'],
  event: ['run', 'ordinal', 'key:text', 'value:text'],
  chunk: [
    'run',
    'stream:text',
    'offset',
    'ordinal',
    'attempt',
    'attemptFrom',
    'bodyBase',
    'bodyCount',
    'closes',
    'value:text',
    'seq',
  ],
  again: ['run', 'ordinal', 'input:text'],
  stop: ['run', 'ordinal', 'seq', 'error:text', 'limit'],
  settled: ['run', 'command', 'outcome'],
  cooperates: ['run'],
  move: ['run', 'status', 'output:text', 'error:text', 'elapsed', 'busy'],
  child: [
    'run',
    'id',
    'name:text',
    'queue:text',
    'partition:text',
    'priority',
    'attributes:text',
    'input:text',
    'timeout',
    'maxRecovery',
    'delay',
    'detached',
  ],
} as const;

export type FlushPart = keyof typeof FLUSH_COLUMNS;

export const FLUSH_PARTS = Object.keys(FLUSH_COLUMNS) as FlushPart[];

export type FlushValue = string | number | boolean | null;

/** Text form of a Postgres array. Hand-made: the generic one of the driver costs more than the flush itself. */
export function arrayLiteral(values: readonly FlushValue[], text: boolean): string {
  let literal = '{';
  for (let i = 0; i < values.length; i++) literal += i > 0 ? `,${element(values[i], text)}` : element(values[i], text);
  return `${literal}}`;
}

/** The same for one column of rows. */
export function columnLiteral(rows: ReadonlyArray<readonly FlushValue[]>, column: number, text: boolean): string {
  let literal = '{';
  for (let i = 0; i < rows.length; i++)
    literal += i > 0 ? `,${element(rows[i]?.[column], text)}` : element(rows[i]?.[column], text);
  return `${literal}}`;
}

function element(value: FlushValue | undefined, text: boolean): string | number | boolean {
  if (value === null || value === undefined) return 'NULL';
  if (!text || typeof value !== 'string') return value;
  // Two searches for single characters cost less than one for a pattern.
  if (value.includes('"') || value.includes('\\')) return `"${value.replace(/["\\]/g, '\\$&')}"`;
  return `"${value}"`;
}
