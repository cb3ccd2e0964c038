// A text that stored arguments have if they contain a value: looked for before their JSON is parsed, which costs twenty times as much. Sound because
// the serializer writes a key, a scalar and `key:scalar` in one way only, without white space. Called by run-search.sql.ts.

/** The longest of all such texts, of the stored JSON of a value; empty: any arguments may contain it. */
export function inputFragment(stored: string): string {
  return longest(JSON.parse(stored));
}

function longest(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const texts = Array.isArray(value)
    ? value.map(longest)
    : Object.entries(value).flatMap(([key, item]) => {
        const isScalar = typeof item !== 'object' || item === null;
        const name = `${JSON.stringify(key)}:`;
        return isScalar ? [name + JSON.stringify(item)] : [name, longest(item)];
      });
  return texts.reduce((a, b) => (b.length > a.length ? b : a), '');
}
