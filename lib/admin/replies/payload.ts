// Marks what belongs to the users of the application and not to its operators: AdminReply shows it only to those who may see payloads. Whatever
// builds an answer wraps such values; the check is in one place.
import type { StoredError } from '../../kernel/stored-error.js';

/** What others see in place of a payload. */
export interface HiddenPayload {
  hidden: true;
}

export class Payload {
  constructor(
    readonly value: unknown,
    /** Of it, what everybody may see. */
    readonly open: Readonly<Record<string, unknown>> = {},
  ) {}
}

/** Absent stays absent: that there is none is no secret. */
export function payload(value: unknown): unknown {
  return value === undefined || value === null ? value : new Payload(value);
}

/** Texts and stacks of errors quote data; names and codes are the program's. */
export function errorPayload(error: StoredError | null): unknown {
  if (error === null) return null;
  const { name, code } = error as { name: string; code?: unknown };
  return new Payload(error, { name, ...(typeof code === 'string' && { code }) });
}
