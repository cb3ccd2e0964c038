// The options that concern the module itself, not the runtime; checked when the module is defined.
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { InvalidOptionError } from './resolve-options.js';
import type { WorkflowsAsyncOptions } from './workflows-async-options.js';
import type { WorkflowsModuleExtras, WorkflowsModuleOptions } from './workflows-options.js';

/** @throws InvalidOptionError, InvalidOptionsError */
export function splitExtras(options: WorkflowsModuleOptions & WorkflowsModuleExtras): {
  isGlobal: boolean;
  rest: WorkflowsModuleOptions;
} {
  // What is no object at all is refused here, before it is taken apart.
  refuseUnknownKeys(
    options,
    typeof options === 'object' && options !== null ? Object.keys(options) : [],
    [],
    'WorkflowsModule option',
  );
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
  return { ...options, isGlobal: checkGlobal(options.isGlobal ?? true) };
}

function checkGlobal(isGlobal: unknown): boolean {
  if (typeof isGlobal !== 'boolean') throw new InvalidOptionError('isGlobal', 'true or false', isGlobal);
  return isGlobal;
}
