// Reads what runs have recorded for people: what can't be decoded, or is too large to be shown, hides nothing else. Used by all that lists records.
import type { Serializer } from '../kernel/serializer.js';
import { TruncatedPayload } from './truncated-payload.js';

/** Stands where a payload can't be decoded: damaged, or written by a newer release. */
export interface UnreadablePayload {
  unreadable: string;
}

export class RecordedPayloads {
  readonly #serializer: Serializer;

  constructor(serializer: Serializer) {
    this.#serializer = serializer;
  }

  read(text: string | null): unknown {
    try {
      return this.#serializer.deserialize(text);
    } catch (error) {
      return { unreadable: (error as Error).message } satisfies UnreadablePayload;
    }
  }

  /** @param bytes of the payload; null: there is none. With them and no text it was left out. */
  readOrTruncate(text: string | null, bytes: number | null): unknown {
    return text === null && bytes !== null ? new TruncatedPayload(bytes) : this.read(text);
  }
}
