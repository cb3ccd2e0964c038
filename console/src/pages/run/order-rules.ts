// Which orders a run takes in the state that it is in, and why not the others: the engine's own rules, in words for the operator. Pure; used by the
// buttons of a run's page.
import type { RunAnswer } from '../../../../lib/http-client/index.js';
import { allowedCommands, type EngineCommand } from '../../../../lib/model/command-rules.js';
import { isTerminal } from '../../../../lib/model/run-transitions.js';

type State = RunAnswer['commandState'];
type Run = Pick<RunAnswer['run'], 'status' | 'hasPermit'>;

/** Undefined: it takes it. */
export function whyNotCommand(command: EngineCommand, state: State): string | undefined {
  if (allowedCommands(state).includes(command)) return undefined;
  const { status, isStopping, pending, isBusy } = state;
  if (isTerminal(status)) {
    if (command !== 'RESET') return `It is over: ${status}.`;
    return isBusy && status !== 'SUCCESS'
      ? 'A step of it still runs in its old process: it can be reset when that has ended.'
      : 'It succeeded: there is nothing to reset.';
  }
  if (command === 'RESET') return 'Only what failed, was stopped or was cancelled can be reset.';
  if (isStopping || status === 'STOPPING') return 'It winds down after a STOP.';
  if (pending === 'STOP') return 'STOP is on its way to it.';
  if (command === 'RESUME') return 'It is not held.';
  if (status === 'HELD') return 'It is held already.';
  return pending === 'HOLD'
    ? 'HOLD is on its way to it.'
    : 'It has not been put into its queue yet: its start lies in the future.';
}

/** Of cancelling, messages and commands of its own. */
export function whyNotWhenOver({ status }: Pick<Run, 'status'>): string | undefined {
  return isTerminal(status) ? `It is over: ${status}.` : undefined;
}

export function whyNotPriority({ status, hasPermit }: Run): string | undefined {
  if ((status === 'ENQUEUED' || status === 'DELAYED') && !hasPermit) return undefined;
  return whyNotWhenOver({ status }) ?? 'It has begun: the priority says who begins first.';
}
