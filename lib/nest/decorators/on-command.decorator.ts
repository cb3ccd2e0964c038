// @OnCommand: a method that is called when a run of its provider's workflows is sent a command of that name.
import { WorkflowsError } from '../../kernel/workflows.error.js';
import { ENGINE_COMMANDS } from '../../model/command-rules.js';
import { InvalidDecoratorTargetError } from './invalid-decorator-target.error.js';

const METADATA = Symbol.for('nestjs-workflows.command-metadata');

/**
 * The method gets the command (`commandId`, `command`, `actor`, `reason`, `data`), beside the workflow's own code and like a part of it: what it does
 * durably is recorded, and replayed. One command at a time; commands without a handler are rejected. An error of it is logged, and does not
 * end the run. To give a workflow its first handler changes what its runs record: let those under way end before.
 *
 * @param command in any case of letters; not HOLD, RESUME, STOP or RESET, which the engine follows
 * @throws InvalidDecoratorTargetError, WorkflowsError (`INVALID_OPTION`) when the class is defined
 */
export function OnCommand(command: string): MethodDecorator {
  return (prototype: object, key: string | symbol, descriptor: PropertyDescriptor) => {
    const declaringClass = typeof prototype === 'function' ? prototype.name : prototype.constructor.name;
    if (typeof prototype === 'function' || typeof key === 'symbol' || typeof descriptor?.value !== 'function')
      throw new InvalidDecoratorTargetError('OnCommand', declaringClass, key);
    const name = String(command).toUpperCase();
    if (!/^[A-Z][A-Z0-9_.:-]{0,63}$/.test(name) || ENGINE_COMMANDS.some((known) => known === name))
      throw new WorkflowsError(
        'InvalidCommandOptionError',
        'INVALID_OPTION',
        `@OnCommand of ${declaringClass}.${key} needs a name of letters, digits and _ . : - that is none of ${ENGINE_COMMANDS.join(', ')}.`,
        { details: { option: 'command' } },
      );
    Object.defineProperty(descriptor.value, METADATA, { value: name });
  };
}

/** In capitals; undefined: it handles none. */
export function commandHandledBy(method: unknown): string | undefined {
  return typeof method === 'function' ? (method as { [METADATA]?: string })[METADATA] : undefined;
}
