// Where a text stops being JSON: line and column, which engines tell each in their own way, or not at all. Pure; used by JSON editors.

export interface JsonFault {
  message: string;
  /** From 1. */
  line: number;
  column: number;
  offset: number;
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or ]' | ', or }' | 'the end';

const WHITE = /[ \t\n\r]*/y;
const SCALAR =
  /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;

/** Undefined: it is JSON. */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: Array<'[' | '{'> = [];
  let expected: Expected = 'value';
  const afterValue = (): Expected => (({ '[': ', or ]', '{': ', or }' }) as const)[open.at(-1) as '['] ?? 'the end';
  for (let at = skip(WHITE, text, 0); ; at = skip(WHITE, text, at)) {
    const sign = text[at];
    if (sign === undefined) return expected === 'the end' ? undefined : faultAt(text, at, `The text ends: expected ${expected}`);
    if (sign === '}' && (expected === 'key or }' || expected === ', or }')) {
      open.pop();
      expected = afterValue();
      at++;
    } else if (sign === ']' && (expected === 'value or ]' || expected === ', or ]')) {
      open.pop();
      expected = afterValue();
      at++;
    } else if (sign === ',' && (expected === ', or ]' || expected === ', or }')) {
      expected = expected === ', or ]' ? 'value' : 'key';
      at++;
    } else if (sign === ':' && expected === ':') {
      expected = 'value';
      at++;
    } else if ((sign === '[' || sign === '{') && (expected === 'value' || expected === 'value or ]')) {
      open.push(sign);
      expected = sign === '[' ? 'value or ]' : 'key or }';
      at++;
    } else if (expected === 'key' || expected === 'key or }') {
      const end = sign === '"' ? skip(SCALAR, text, at) : at;
      if (end === at)
        return faultAt(
          text,
          at,
          sign === '"'
            ? 'This text has no end, or a sign that must be escaped'
            : `Expected a key in double quotes${expected === 'key' ? '' : ' or }'}`,
        );
      expected = ':';
      at = end;
    } else if (expected === 'value' || expected === 'value or ]') {
      const end = skip(SCALAR, text, at);
      if (end === at)
        return faultAt(
          text,
          at,
          sign === '"' ? 'This text has no end, or a sign that must be escaped' : `Expected a ${expected}`,
        );
      expected = afterValue();
      at = end;
    } else return faultAt(text, at, `Expected ${expected}`);
  }
}

export function faultAt(text: string, offset: number, message: string): JsonFault {
  const before = text.slice(0, offset).split('\n');
  return { message, line: before.length, column: (before.at(-1) ?? '').length + 1, offset };
}

/** Where it ends there; the same place: it is none. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
