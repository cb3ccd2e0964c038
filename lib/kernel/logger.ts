// Where the library says what it does. Nest's Logger fits; lines carry ids, sizes and codes, never payloads.

export interface WorkflowsLogger {
  debug(message: string): void;
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
