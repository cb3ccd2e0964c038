/**
 * Base of every error this library throws on purpose: a stable `code` to branch on, a message that says what,
 * which and what to do, and `details` for logs. Recognised by a registered symbol, not by `instanceof`, so that two
 * copies of the package in one process (or a Jest context beside the outer one) still know each other's errors.
 * Subclasses live next to the rule they report.
 */

const BRAND = Symbol.for('nestjs-workflows.error');

export interface WorkflowsErrorOptions {
  /** Facts for logs and support: ids, sizes, limits. Never payloads. */
  details?: Record<string, unknown>;
  /** The lower error that led to this one. */
  cause?: unknown;
}

/**
 * ```ts
 * export class RunNotFoundError extends WorkflowsError {
 *   constructor(runId: string) {
 *     super('RunNotFoundError', 'RUN_NOT_FOUND', `Run ${runId} does not exist.`, { details: { runId } });
 *   }
 * }
 * ```
 */
export class WorkflowsError extends Error {
  /** SCREAMING_SNAKE, part of the public contract: it does not change between minor versions. */
  readonly code: string;
  /** Facts for logs and support, when the error has any. */
  readonly details?: Record<string, unknown>;

  /**
   * @param name the class's own name, spelled out so that it survives minification
   * @param code stable code in SCREAMING_SNAKE
   * @param message what happened, to which thing, and what to do about it
   */
  constructor(name: string, code: string, message: string, options: WorkflowsErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    // Hidden like on native errors, or every log line would print it a second time.
    Object.defineProperty(this, 'name', { value: name, writable: true, configurable: true });
    Object.defineProperty(this, BRAND, { value: true });
    this.code = code;
    if (options.details !== undefined) this.details = options.details;
    // The first capture ran before the name was known: its headline would read "Error: …".
    Error.captureStackTrace(this, new.target);
  }

  /**
   * True for an error of this library (of any copy of it), and with that code if one is given.
   * Never throws, whatever is passed. Inherited by subclasses unchanged: `InvalidIdError.is(error)` does not narrow
   * to `InvalidIdError`; pass the code.
   */
  static is(error: unknown, code?: string): error is WorkflowsError {
    if (typeof error !== 'object' || error === null) return false;
    try {
      const candidate = error as { [BRAND]?: unknown; code?: unknown };
      return candidate[BRAND] === true && (code === undefined || candidate.code === code);
    } catch {
      return false; // a hostile proxy is not ours
    }
  }
}
