/**
 * What can be wrong with a payload: it holds something that cannot be stored, it is too large, or the stored text
 * cannot be read back. The first two are thrown before any SQL, by `Serializer.serialize`; the third by `deserialize`.
 * None of them carries payload content, only paths, kinds and sizes, since errors end up in logs.
 */

import { WorkflowsError } from './workflows.error.js';

/** Code `PAYLOAD_INVALID`: the value at `path` is something JSON plus our tags cannot carry faithfully. */
export class PayloadInvalidError extends WorkflowsError {
  /**
   * @param path where, from the label of the payload on: `args[0].price`
   * @param reason what was found there: `a function`, `NaN`, `an instance of Money`
   */
  constructor(
    readonly path: string,
    readonly reason: string,
    options: { cause?: unknown } = {},
  ) {
    super(
      'PayloadInvalidError',
      'PAYLOAD_INVALID',
      `The payload cannot be stored: ${path} is ${reason}. Use JSON values, undefined, bigint, Date, Map, Set, URL, ` +
        'Error, typed arrays, and plain objects and arrays of these.',
      { ...options, details: { path, reason } },
    );
  }
}

/** Code `PAYLOAD_TOO_LARGE`: the JSON text would exceed the cap. */
export class PayloadTooLargeError extends WorkflowsError {
  /**
   * @param size bytes of UTF-8; a lower bound when `exact` is false, because counting stopped at the cap
   * @param limit the cap, in bytes
   */
  constructor(
    readonly label: string,
    readonly size: number,
    readonly limit: number,
    readonly exact: boolean,
  ) {
    super(
      'PayloadTooLargeError',
      'PAYLOAD_TOO_LARGE',
      `The payload ${label} takes ${exact ? '' : 'at least '}${size} bytes, more than the limit of ${limit}. ` +
        'Store the data elsewhere and pass a reference, or raise the limit.',
      { details: { label, size, limit, exact } },
    );
  }
}

/** Code `PAYLOAD_DECODE_FAILED`: stored text that this version cannot read; repeating the attempt does not help. */
export class PayloadDecodeError extends WorkflowsError {
  /**
   * @param path where in the stored text, `$` being the whole of it
   * @param reason what was found there
   */
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    // No cause: the messages of JSON.parse quote the text, and the text is a payload.
    super('PayloadDecodeError', 'PAYLOAD_DECODE_FAILED', `The stored payload cannot be read: ${path} is ${reason}.`, {
      details: { path, reason },
    });
  }
}
