// The options that concern the module itself, not the runtime; checked when the module is defined.
import { refuseUnknownKeys, requirePlainObject } from '../kernel/option-keys.js';
import { InvalidOptionError } from './resolve-options.js';
import type { WorkflowsAsyncOptions, WorkflowsOptionsFactory } from './workflows-async-options.js';
import type { WorkflowsModuleExtras, WorkflowsModuleOptions } from './workflows-options.js';

/** @throws InvalidOptionError; WorkflowsError (`INVALID_OPTION`) for what is no object */
export function splitExtras(options: WorkflowsModuleOptions & WorkflowsModuleExtras): {
  isGlobal: boolean;
  rest: WorkflowsModuleOptions;
} {
  // What is no object at all is refused here, before it is taken apart.
  requirePlainObject(options, 'WorkflowsModule option');
  const { isGlobal = true, ...rest } = options;
  return { isGlobal: checkGlobal(isGlobal), rest };
}

const ASYNC_KEYS = ['imports', 'inject', 'useFactory', 'useClass', 'useExisting', 'isGlobal'];

/** @throws InvalidOptionError, UnknownOptionError */
export function checkAsyncOptions(options: WorkflowsAsyncOptions): WorkflowsAsyncOptions & { isGlobal: boolean } {
  refuseUnknownKeys(options, ASYNC_KEYS, [], 'WorkflowsModule.forRootAsync option');
  const ways = [options.useFactory, options.useClass, options.useExisting].filter((way) => way !== undefined);
  if (ways.length !== 1)
    throw new InvalidOptionError(
      'useFactory", "useClass" or "useExisting',
      'given, exactly one of them',
      `${ways.length} of them`,
    );
  const { useFactory, useClass, useExisting, imports, inject, isGlobal = true } = options;
  requireOption('useFactory', 'a function', useFactory, isFunction);
  requireOption('useClass', 'a class', useClass, isFunction);
  requireOption('useExisting', 'the class or token of a provider', useExisting, isToken);
  requireOption('imports', 'a list of modules', imports, Array.isArray);
  requireOption('inject', 'a list of tokens', inject, Array.isArray);
  return { ...options, isGlobal: checkGlobal(isGlobal) };
}

/** What `useClass` or `useExisting` made. @throws InvalidOptionError */
export async function optionsFrom(factory: WorkflowsOptionsFactory | undefined): Promise<WorkflowsModuleOptions> {
  if (typeof factory?.createWorkflowsOptions !== 'function')
    throw new InvalidOptionError('useClass" or "useExisting', 'a class with a method createWorkflowsOptions()', factory);
  return factory.createWorkflowsOptions();
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isToken = (value: unknown): boolean => ['function', 'string', 'symbol'].includes(typeof value);

function requireOption(option: string, expected: string, value: unknown, fits: (value: unknown) => boolean): void {
  if (value !== undefined && !fits(value)) throw new InvalidOptionError(option, expected, value);
}

function checkGlobal(isGlobal: unknown): boolean {
  if (typeof isGlobal !== 'boolean') throw new InvalidOptionError('isGlobal', 'true or false', isGlobal);
  return isGlobal;
}
