// Runs as answers show them: everything that a run was given or gave back is marked as payload.
import type { RunEvent, RunMessage, RunStep } from '../../client/run-history.js';
import type { RunDetails, RunSummary } from '../../client/run-reader.js';
import type { StreamChunk } from '../../client/stream-reader.js';
import type { SentCommand } from '../../client/workflow-commands.js';
import { errorPayload, payload } from './payload.js';

/** Larger ones are fetched by themselves: a page of them could be gigabytes. */
export const LARGEST_SHOWN = { largestPayload: 65_536 };

export function summaryView({ attributes, ...run }: RunSummary): object {
  return { ...run, attributes: payload(attributes) };
}

export function detailsView({ input, output, error, ...run }: RunDetails): object {
  return { ...summaryView(run), input: payload(input), output: payload(output), error: errorPayload(error) };
}

export function stepView({ output, error, failedAttempts, ...step }: RunStep): object {
  return {
    ...step,
    output: payload(output),
    error: errorPayload(error),
    failedAttempts: failedAttempts.map((attempt) => ({ ...attempt, error: errorPayload(attempt.error) })),
  };
}

export function eventView({ value, ...event }: RunEvent): object {
  return { ...event, value: payload(value) };
}

export function chunkView({ value, ...chunk }: StreamChunk): object {
  return { ...chunk, value: payload(value) };
}

export function commandView({ data, ...command }: SentCommand): object {
  return { ...command, data: payload(data) };
}

export function messageView({ payload: content, ...message }: RunMessage): object {
  return { ...message, payload: payload(content) };
}
