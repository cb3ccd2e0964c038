// What callers say about messages and waits, checked before anything is sent or recorded.
import type { EntityManager } from 'typeorm';
import { type Duration, parseDuration } from '../kernel/duration.js';
import { assertId, assertName } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { Serializer } from '../kernel/serializer.js';
import type { DoneBy } from '../model/audit.js';
import { invalidOperatorOption, type OperatorAction, resolveOperatorAction } from '../operations/operator-action.js';
import { checkManager } from './start-options.js';

export interface WaitOptions {
  /** How long to wait at most; 0: look once. Default: for ever. */
  timeout?: Duration;
}

export interface SendOptions {
  /** The run gets only one message with this key, however often it is sent. 1–255 printable characters. */
  idempotencyKey?: string;
}

/** With an `actor` the message stands in `audit_log`, without its payload; `reason` and `requestId` need one. Without, nothing is written there. */
export interface SendFromOutsideOptions extends SendOptions, OperatorAction {
  /** A TypeORM EntityManager in a transaction: the message is sent only if that transaction commits. */
  manager?: EntityManager;
}

export interface ResolvedSend {
  topic: string;
  payload: string | null;
  idempotencyKey?: string;
  manager?: EntityManager;
  /** Undefined: it is not audited. */
  by?: DoneBy;
}

/** ms; undefined: for ever. @throws InvalidDurationError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for what is no object */
export function resolveTimeout(options: WaitOptions = {}, what: string): number | undefined {
  refuseUnknownKeys(options, ['timeout'], [], `option of ${what}`);
  return options.timeout === undefined ? undefined : parseDuration(options.timeout, `timeout of ${what}`);
}

/**
 * @throws InvalidIdError, PayloadInvalidError, PayloadTooLargeError, UnknownOptionError, InvalidStartOptionError; WorkflowsError
 * (`INVALID_OPTION`) for what is no object
 */
export function resolveSend(
  serializer: Serializer,
  topic: string,
  payload: unknown,
  options: SendFromOutsideOptions = {},
  allowed: readonly string[] = ['idempotencyKey'],
): ResolvedSend {
  refuseUnknownKeys(options, allowed, [], 'option of send');
  assertName(topic, 'topic');
  const { idempotencyKey, manager } = options;
  if (idempotencyKey !== undefined) assertId(idempotencyKey, 'idempotencyKey');
  const by = resolveSender(options);
  return { topic, payload: serializer.serialize(payload, 'payload'), idempotencyKey, manager: checkManager(manager), by };
}

function resolveSender({ actor, reason, requestId }: OperatorAction): DoneBy | undefined {
  const isGiven = (value: unknown) => value !== undefined && value !== null;
  if (isGiven(actor)) return resolveOperatorAction('Send', { actor, reason, requestId });
  for (const [option, value] of Object.entries({ reason, requestId }))
    if (isGiven(value)) throw invalidOperatorOption('Send', option, 'needs an actor: only then the message is kept in audit_log');
  return undefined;
}
