/**
 * "Did you mean …?" for unknown options, workflows, queues and steps. Called where an error about an unknown name is
 * built, never on a hot path.
 */

/** Longer names are not compared: the cost is the product of both lengths. */
const LONGEST_COMPARED = 255;

/**
 * The candidates that look like a slip for `name`, nearest first, ties by their order: the same but for case, one edit
 * (insert, delete, replace, swap of neighbours) per three characters at most, the same first half (`retries` for `retry`),
 * or a whole part of a dotted name (`run` for `batch.run`).
 * @param max how many at most, default 3
 */
export function nearNames(name: string, candidates: Iterable<string>, max = 3): string[] {
  const wanted = name.toLowerCase();
  if (wanted === '' || wanted.length > LONGEST_COMPARED) return [];
  const found: { candidate: string; distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const distance = slipDistance(wanted, candidate.toLowerCase());
    if (distance !== undefined) found.push({ candidate, distance });
  }
  found.sort((a, b) => a.distance - b.distance);
  return found.slice(0, max).map(({ candidate }) => candidate);
}

/** ` Did you mean "x"?` with a leading space, to be appended to a sentence; `''` if nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const [nearest] = nearNames(name, candidates, 1);
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}

/** Undefined if the two are too far apart to be a slip. */
function slipDistance(wanted: string, candidate: string): number | undefined {
  if (candidate.length > LONGEST_COMPARED) return undefined;
  const allowed = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
  if (Math.abs(wanted.length - candidate.length) <= allowed) {
    const distance = editDistance(wanted, candidate);
    // Where every character was replaced nothing is left in common: "a" is no slip for "b".
    if (distance <= allowed && distance < Math.max(wanted.length, candidate.length)) return distance;
  }
  if (wanted.length >= 3 && candidate.split(/[.:/_-]/).includes(wanted)) return allowed + 1;
  return sharesFirstHalf(wanted, candidate) ? allowed + 2 : undefined;
}

function sharesFirstHalf(a: string, b: string): boolean {
  const half = Math.ceil(Math.max(a.length, b.length) / 2);
  return half >= 4 && a.slice(0, half) === b.slice(0, half);
}

/** Optimal string alignment: Levenshtein plus swaps of neighbours (Damerau 1964), three rows of the table at a time. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = cell(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let best = Math.min(replaced, cell(last, column) + 1, cell(current, column - 1) + 1);
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) best = Math.min(best, cell(beforeLast, column - 2) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return cell(last, b.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
