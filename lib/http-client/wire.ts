// What a value of the library looks like once it has come over HTTP as JSON: the types of all answers are made of the library's own by these, so
// that whatever changes there changes here. Used by every group of the client.
import type { StoredError } from '../kernel/stored-error.js';
import type { JsonValue } from '../model/template.js';

/** In place of what you may not see. */
export interface HiddenPayload {
  hidden: true;
}

/** In place of an error whose text you may not see. */
export interface HiddenError extends HiddenPayload {
  name: string;
  code?: string;
}

/** In place of a value that is too large for a list; `runs.payload` gives it in full. */
export interface CutPayload {
  truncated: true;
  /** Of the value as it is stored. */
  bytes: number;
}

/**
 * As JSON says it: times and urls as texts, bigints as `"123n"`, maps as lists of pairs, sets as lists. What the library leaves open is any
 * JSON. Numbers are those of JSON.parse, unless the client's `parseJson` says another: of a whole number beyond 2^53 the last digits are lost.
 */
export type Wire<T> = unknown extends T
  ? JsonValue
  : T extends JsonValue | undefined
    ? T
    : T extends Date | bigint | URL
      ? string
      : T extends ReadonlyMap<infer K, infer V>
        ? Array<[Wire<K>, Wire<V>]>
        : T extends ReadonlySet<infer V>
          ? Array<Wire<V>>
          : T extends readonly unknown[]
            ? { -readonly [K in keyof T]: Wire<T[K]> }
            : T extends object
              ? { [K in keyof T]: Wire<T[K]> }
              : never;

/** Data of the application: shown only with the right to see payloads. */
export type Shown<T = unknown> = Wire<T> | HiddenPayload | CutPayload;

/** The same of an error. */
export type ShownError = Wire<StoredError> | HiddenError | CutPayload;

/** As `T`, with the fields `K` being data of the application: absent where that is `undefined`. */
export type WithPayloads<T, K extends keyof T> = Omit<Wire<T>, K> & { [P in K as unknown extends T[P] ? P : never]?: Shown } & {
  [P in K as unknown extends T[P] ? never : P]: Shown<T[P]>;
};

/** What requests take: where the library takes a Date, its ISO 8601 text will do. */
export type Sent<T> = T extends Date
  ? Date | string
  : T extends string | number | boolean | null | undefined
    ? T
    : unknown extends T
      ? unknown
      : T extends object
        ? { [K in keyof T]: Sent<T[K]> }
        : T;

export function isHidden(value: unknown): value is HiddenPayload {
  return typeof value === 'object' && value !== null && (value as Partial<HiddenPayload>).hidden === true;
}

export function isCut(value: unknown): value is CutPayload {
  const { truncated, bytes } = (typeof value === 'object' && value !== null ? value : {}) as Partial<CutPayload>;
  return truncated === true && typeof bytes === 'number';
}
