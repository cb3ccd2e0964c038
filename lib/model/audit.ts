// What `audit_log` says of each action of an operator: who, why, and by which request. Pure vocabulary: everybody may import it.

/** Who does something; kept with what it changes, in the same transaction. Of what the engine does by itself there is no request. */
export interface DoneBy {
  actor: string;
  reason: string | null;
  /** The caller's own id of the request that asked for it. */
  requestId: string | null;
}

/** One row of `audit_log`. */
export interface AuditEntry {
  /** A whole number, as text. */
  auditId: string;
  at: Date;
  actor: string;
  /** One of `AUDIT_ACTIONS`, or the name of a command of the workflow's own. */
  action: string;
  /** Null: it was not about one run. */
  runId: string | null;
  reason: string | null;
  requestId: string | null;
  before: unknown;
  after: unknown;
}

/** Every word that the library writes as `action`. Those of an operator, then those that only the engine uses. */
export const AUDIT_ACTIONS = [
  'START',
  'START_WITH_TEMPLATE',
  'CANCEL',
  'SEND',
  'PRIORITY',
  'LEGAL_HOLD',
  'LEGAL_HOLD_END',
  'HOLD',
  'RESUME',
  'STOP',
  'RESET',
  'QUEUE_CREATE',
  'QUEUE_UPDATE',
  'QUEUE_PAUSE',
  'QUEUE_RESUME',
  'DEAD_LETTER_REPLAY',
  'DEAD_LETTER_DISCARD',
  'TEMPLATE_SAVE',
  'TEMPLATE_IMPORT',
  'TEMPLATE_COPY',
  'TEMPLATE_STATUS',
  'TEMPLATE_DELETE',
  'ENUM_SAVE',
  'ENUM_STATUS',
  'ENUM_DELETE',
  'BULK_START',
  'BULK_CANCEL',
  'BULK_END',
  'MAINTENANCE_ENTER',
  'MAINTENANCE_EXIT',
  'MAINTENANCE_CANCEL',
  'GENERATION_SWAP',
  'RETENTION_UPDATE',
  'RETENTION',
  'RETENTION_TIMEOUT',
  'MAINTENANCE_EXPIRE',
  'TIMEOUT',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];
