// @Step: a method that is recorded once it succeeds, and not run again.

import { resolveStepPolicy, type StepOptions } from '../../client/step-options.js';
import { currentScope } from '../../engine/run-scope.js';
import { runStep } from '../../engine/step-runner.js';
import { assertName } from '../../kernel/ids.js';
import { requirePlainObject } from '../../kernel/option-keys.js';
import { InvalidDecoratorTargetError } from './invalid-decorator-target.error.js';
import { carryOver } from './workflow.decorator.js';

export interface StepDecoratorOptions extends StepOptions {
  /** Recorded and checked on replay: keep it when the code moves. Default `Class.method`. */
  name?: string;
}

/** Where a step method came from, for discovery's duplicate check. */
export interface StepMetadata {
  readonly name: string;
  readonly origin: string;
  readonly original: unknown;
}

const METADATA = Symbol.for('nestjs-workflows.step-metadata');

/**
 * Inside a run, a call of the method is one durable operation; its result is the serialised copy, live and on replay. Outside a run, and
 * inside another step's body, it is a plain method: unit tests need no engine. Works on any class, provider or not.
 *
 * @throws InvalidDecoratorTargetError, InvalidIdError, InvalidRetryOptionsError, InvalidDurationError, UnknownOptionError, WorkflowsError
 * (`INVALID_OPTION`) when the class is defined
 */
export function Step(options: StepDecoratorOptions = {}): MethodDecorator {
  return (prototype: object, key: string | symbol, descriptor: PropertyDescriptor) => {
    const declaringClass = typeof prototype === 'function' ? prototype.name : prototype.constructor.name;
    const original = descriptor?.value;
    if (typeof prototype === 'function' || typeof key === 'symbol' || typeof original !== 'function')
      throw new InvalidDecoratorTargetError('Step', declaringClass, key);
    const origin = `${declaringClass}.${key}`;
    requirePlainObject(options, `option of @Step ${origin}`);
    const { name = origin, ...stepOptions } = options;
    assertName(name, `name of step ${origin}`);
    const policy = resolveStepPolicy(stepOptions, `@Step ${origin}`);

    const wrapper = {
      [key](this: unknown, ...args: unknown[]): unknown {
        const scope = currentScope();
        if (scope === undefined || scope.step !== undefined) return original.apply(this, args);
        return runStep(scope.frame, name, policy, () => original.apply(this, args));
      },
    }[key] as (...args: unknown[]) => unknown;
    carryOver(original, wrapper);
    const metadata: StepMetadata = { name, origin, original };
    Object.defineProperty(wrapper, METADATA, { value: metadata });
    descriptor.value = wrapper;
  };
}

export function stepMetadataOf(method: unknown): StepMetadata | undefined {
  return typeof method === 'function' ? (method as { [METADATA]?: StepMetadata })[METADATA] : undefined;
}
