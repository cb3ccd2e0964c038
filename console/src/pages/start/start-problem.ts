// What went wrong with a start or a check, for whoever pressed the button. Pure; used by the start.
import { problemOf, type ShownProblem } from '../../api/problem.js';

export interface StartProblem extends ShownProblem {
  /** It may have been done all the same. */
  isUnknown: boolean;
  /** The run that has the deduplication id. */
  otherRun?: string;
}

/** Before what the server says to programmers. */
const PLAIN: Readonly<Record<string, string>> = {
  QUEUE_NOT_FOUND: 'Nothing was started: there is no such queue. Choose one of the list, or leave the queue empty.',
  WORKFLOW_NOT_REGISTERED:
    'Nothing was started: the process that answers here does not know this workflow any more. Load the page again, or ask whoever runs it.',
  MAINTENANCE_ACTIVE:
    'Nothing was started, because of maintenance. Start it later, or with the option “Start during maintenance”.',
};

/** @param isSent false: it went wrong before a start was sent */
export function startProblemOf(error: unknown, isSent: boolean): StartProblem {
  const problem = problemOf(error);
  const { status, details } = (error ?? {}) as { status?: number; details?: { runId?: unknown } };
  const otherRun = problem.code === 'DEDUPLICATION_CONFLICT' ? details?.runId : undefined;
  const plain = PLAIN[problem.code];
  return {
    ...problem,
    ...(plain !== undefined && { text: `${plain} The server says: ${problem.text}` }),
    isUnknown: isSent && problem.code !== 'CONSOLE_ERROR' && (status === undefined || status >= 500),
    ...(typeof otherRun === 'string' && { otherRun }),
  };
}
