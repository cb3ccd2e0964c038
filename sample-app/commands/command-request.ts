// What the requests of the operator demo take, checked before anything is stored.
import { type Fields, fieldsOf, idField, numberField, textField } from '../request-fields.js';

export interface CommandsParameters {
  /** What is worked on, for example a batch. */
  paramOne: string;
  /** For example a mode. */
  paramTwo?: string;
  /** How many chunks of work, of one second each. Default 60. */
  seconds?: number;
  /** How long cleaning up takes. Default 3. */
  cleanupSeconds?: number;
}

/** Scripts put them into `resolved`; templates give them as they are. */
export type CommandsInput = { resolved: CommandsParameters } | CommandsParameters;

const HOUR_SECONDS = 3_600;

export function parametersOf(input: CommandsInput): CommandsParameters {
  return 'resolved' in input ? input.resolved : input;
}

/** @throws BadRequestException */
export function parseStart(body: unknown): { id: string; input: CommandsInput } {
  const { id, paramOne, paramTwo, seconds = 60, cleanupSeconds = 3 } = fieldsOf(body);
  return {
    id: idField('DEMO', id),
    input: {
      resolved: {
        paramOne: textField('paramOne', paramOne),
        ...(paramTwo !== undefined && { paramTwo: textField('paramTwo', paramTwo) }),
        seconds: Math.round(numberField('seconds', seconds, 1, HOUR_SECONDS)),
        cleanupSeconds: numberField('cleanupSeconds', cleanupSeconds, 0, HOUR_SECONDS),
      },
    },
  };
}

/** Who commands, and why. @throws BadRequestException */
export function parseCommand(body: unknown): { actor: string; reason?: string } {
  const { actor = 'operator', reason }: Fields = fieldsOf(body);
  return { actor: textField('actor', actor), ...(reason !== undefined && { reason: textField('reason', reason) }) };
}
