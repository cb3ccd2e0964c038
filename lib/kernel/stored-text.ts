/**
 * What Postgres cannot store in text or jsonb: the NUL character, and half of a surrogate pair. Ids and payloads are
 * refused when they hold one; our own error texts are cleaned instead, because failing to record a failure would leave
 * the run stuck. Called by the id rules, the payload encoder and the error records.
 */

const REPLACEMENT = '\ufffd';

/** True if the text holds half of a surrogate pair (it is not well-formed Unicode). */
export function hasLoneSurrogate(text: string): boolean {
  return !text.isWellFormed();
}

/** What makes the text impossible to store, as a phrase for an error message; undefined if nothing does. */
export function textFault(text: string): string | undefined {
  if (!text.isWellFormed()) return 'half of a surrogate pair';
  return text.includes('\0') ? 'a NUL character (\\u0000)' : undefined;
}

/** The text with every NUL and every half of a surrogate pair replaced by U+FFFD. */
export function cleanText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', REPLACEMENT) : wellFormed;
}

/**
 * `cleanText`, cut so that it takes at most `maxBytes` bytes of UTF-8, the mark of the cut included. The cut never
 * splits a character. Cost is bounded by `maxBytes`, however long the text.
 */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return cleanText(text);
  // The first maxBytes units are all that can fit; the one more shows that something follows.
  const head = cleanText(text.slice(0, maxBytes + 1));
  if (head.length <= maxBytes && Buffer.byteLength(head) <= maxBytes) return head;
  const mark = ` … [cut, ${text.length} characters in all]`;
  const room = new Uint8Array(Math.max(0, maxBytes - Buffer.byteLength(mark)));
  const { read } = new TextEncoder().encodeInto(head, room);
  return `${head.slice(0, read)}${mark}`;
}
