// Where the next chunk of each stream of a run goes. Only the run's owner writes to its streams, one lane commits in order, and the places are
// given when the rows are written: so a stream has no gaps, not even for a reader that looks on.
//
// The workflow's own code writes each chunk once: a replay counts what it writes, and what is there already is not written again. A step
// writes at least once; its chunks say which attempt they are of, and where that attempt began in the stream.
import type { StreamHead } from '../model/operation.js';
import type { WriteRow } from '../store/flush/write-lane.js';

/** An attempt of a step, as a writer of chunks. */
export interface ChunkAuthor {
  ordinal: number;
  attempt: number;
  /** By stream: where this attempt began to write. */
  readonly chunksFrom: Map<string, number>;
}

export interface Chunk {
  /** Serialised; null when the row only closes the stream. */
  value: string | null;
  closes: boolean;
}

interface Head {
  next: number;
  /** Of the workflow's own code: written, by this execution and those before it; asked for, by this one. */
  bodyCount: number;
  bodyAsked: number;
  closedBy?: { ordinal: number | null; author?: ChunkAuthor };
}

export class StreamHeads {
  readonly #heads = new Map<string, Head>();

  constructor(
    recorded: readonly StreamHead[],
    /** `firstOrdinal` of the run: after continueAsNew its code counts anew. */
    private readonly bodyBase: number,
  ) {
    for (const { stream, next, bodyBase: base, bodyCount, closed, lastOrdinal } of recorded) {
      const closedBy = closed ? { ordinal: lastOrdinal } : undefined;
      this.#heads.set(stream, { next, bodyCount: base === bodyBase ? bodyCount : 0, bodyAsked: 0, closedBy });
    }
  }

  /** To whoever else; what an earlier attempt of a step has closed, a later one may go on with. */
  isClosed(stream: string, author?: ChunkAuthor): boolean {
    const closedBy = this.#heads.get(stream)?.closedBy;
    if (closedBy === undefined) return false;
    return author === undefined || closedBy.ordinal !== author.ordinal || closedBy.author === author;
  }

  /** The workflow's own code is about to write. True: this was written before, in an execution that this one repeats. */
  isRepeated(stream: string): boolean {
    const head = this.#head(stream);
    head.bodyAsked++;
    return head.bodyAsked <= head.bodyCount;
  }

  /** The row of the next chunk. Without an author it is of the workflow's own code; `ordinal` then names the operation, if it is one. */
  append(stream: string, { value, closes }: Chunk, author?: ChunkAuthor, ordinal: number | null = null): WriteRow {
    const head = this.#head(stream);
    const offset = head.next++;
    if (author === undefined && ordinal === null) head.bodyCount++;
    head.closedBy = closes ? { ordinal: author?.ordinal ?? ordinal, author } : undefined;
    if (author !== undefined && !author.chunksFrom.has(stream)) author.chunksFrom.set(stream, offset);
    return {
      part: 'chunk',
      values: [
        stream,
        offset,
        author?.ordinal ?? ordinal,
        author?.attempt ?? null,
        author?.chunksFrom.get(stream) ?? null,
        this.bodyBase,
        head.bodyCount,
        closes,
        value,
      ],
    };
  }

  #head(stream: string): Head {
    let head = this.#heads.get(stream);
    if (head === undefined) {
      head = { next: 0, bodyCount: 0, bodyAsked: 0 };
      this.#heads.set(stream, head);
    }
    return head;
  }
}
