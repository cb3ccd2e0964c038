// A decorator of this library stands where it can't work.
import { WorkflowsError } from '../../kernel/workflows.error.js';

export class InvalidDecoratorTargetError extends WorkflowsError {
  constructor(decorator: string, className: string, key: string | symbol) {
    super(
      'InvalidDecoratorTargetError',
      'INVALID_DECORATOR_TARGET',
      `@${decorator}() stands on ${className}.${String(key)}; it needs an ordinary method with a text name (no accessor, no property, no static method, no Symbol).`,
      { details: { decorator, className } },
    );
  }
}
