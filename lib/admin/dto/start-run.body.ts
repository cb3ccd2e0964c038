// The body of `POST workflows/:name/runs`. A `manager`, which start() takes from code, can't come from here.
import { START_OPTIONS, type StartOptions } from '../../client/start-options.js';
import { describeValue } from '../../kernel/describe-value.js';
import { refuseUnknownKeys } from '../../kernel/option-keys.js';
import { AdminRequestError } from '../admin.errors.js';

export interface StartRunBody {
  /** The workflow's arguments, as JSON. Default: none. */
  args: unknown[];
  options: Pick<StartOptions, Exclude<keyof StartOptions, 'manager'>>;
}

const KEYS = ['args', ...START_OPTIONS.filter((key) => key !== 'manager')];
const LATER = ['allowDuringMaintenance'];

/** Checks the form; WorkflowService.start checks every option. @throws UnknownOptionError, AdminRequestError */
export function readStartRunBody(body: unknown = {}): StartRunBody {
  refuseUnknownKeys(body, KEYS, LATER, 'body key');
  const { args = [], ...options } = body as Partial<Record<string, unknown>>;
  if (!Array.isArray(args))
    throw new AdminRequestError('INVALID_REQUEST', `Body key "args" must be a list of arguments, not ${describeValue(args)}.`);
  return { args, options: options as StartRunBody['options'] };
}
