// What operators say of themselves and their reasons: stored whatever it holds, because what Postgres would refuse must not stop them.
import { describeValue, textOfPrimitive } from '../kernel/describe-value.js';
import { cleanText, cutText } from '../kernel/stored-text.js';
import { WorkflowsError } from '../kernel/workflows.error.js';

const LONGEST_TEXT = 1_000;

type Action = 'Cancel' | 'Queue' | 'DeadLetter' | 'Command' | 'Maintenance' | 'Template' | 'Retention' | 'LegalHold';

/** Null for none. @throws WorkflowsError (`INVALID_OPTION`) for what is no text */
export function operatorText(what: Action, option: 'reason' | 'actor', value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = textOfPrimitive(value);
  if (text === undefined) throw invalidOperatorOption(what, option, `must be a text, not ${describeValue(value)}`);
  return cutText(cleanText(text), LONGEST_TEXT);
}

export function invalidOperatorOption(what: Action, option: string, problem: string): WorkflowsError {
  return new WorkflowsError(`Invalid${what}OptionError`, 'INVALID_OPTION', `${what} option "${option}" ${problem}.`, {
    details: { option },
  });
}
