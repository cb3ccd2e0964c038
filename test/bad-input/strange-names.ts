// Ids and names at the edge of the rule, on either side of it. The same lists go wherever the library takes an id or a name.

/** No id and no name, by type or by content. */
export const REFUSED_NAMES: Readonly<Record<string, unknown>> = {
  empty: '',
  blank: '   ',
  'an ideographic space': '\u3000',
  'white space in front': ' a',
  'a no-break space behind': 'a\u00a0',
  'a byte order mark in front': '\ufeffa',
  '256 characters': 'x'.repeat(256),
  '256 emoji': '🦀'.repeat(256),
  '10 KB': 'x'.repeat(10_000),
  '10 MB': 'x'.repeat(10_000_000),
  'a NUL': 'a\0b',
  'a line break': 'a\nb',
  'a terminal escape': 'a\u001b[31mb',
  'a line separator': 'a\u2028b',
  'half of a surrogate pair': 'a\ud800',
  'a number': 42,
  null: null,
  'a list with an id': ['a'],
  'an object with a text': { toString: () => 'a' },
  'an object without one': Object.create(null),
  'a symbol': Symbol('a'),
};

/** Ids, but no names: a name may stand in an address, which takes these for folders. */
export const DOTS: readonly string[] = ['.', '..'];

/** Unusual, but within the rule. The last one is the run id itself. */
export const TAKEN_NAMES: readonly string[] = [
  'a',
  'x'.repeat(255),
  '🦀'.repeat(255),
  '../../etc/passwd',
  '...',
  '/',
  "' or 1=1--",
  '";drop schema public;--',
  '100 %',
  '%00',
  '$1',
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  '\u202etxt.exe',
  'é',
  'e\u0301',
  'A',
  'NULL',
  '{018f3b6e-7c1a-7abc-8def-0123456789ab}',
  '018f3b6e-7c1a-7abc-8def-0123456789ab',
];
