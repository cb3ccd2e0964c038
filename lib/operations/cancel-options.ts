// What a cancellation says of itself; it is kept in `audit_log`.

export interface CancelOptions {
  /** Why. Stored on the run and in the audit log. Default: none. */
  reason?: string;
  /** Who. Default `'api'`. */
  actor?: string;
  /** Its children and theirs too, but for detached ones. Default false: they go on. */
  children?: boolean;
}
