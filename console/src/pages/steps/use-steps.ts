// All recorded operations of a run, page after page, shown as they come; on a change only what is new, and what may have been filled in.
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import type { RunAnswer, SentCommandAnswer } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { type LoadedSteps, loadSteps } from './load-steps';

/**
 * @param commands a RESET takes operations out of the record, so what was known before it is not asked for anew but forgotten; so is that of a
 * run that was deleted and started again under its id
 */
export function useSteps({ runId, createdAt }: RunAnswer['run'], commands: readonly SentCommandAnswer[]) {
  const queries = useQueryClient();
  const queryKey = ['steps', runId, createdAt, lastReset(commands) ?? 'never reset'];
  return useLiveQuery<LoadedSteps>([`run:${runId}`], {
    queryKey,
    queryFn: ({ signal }) =>
      loadSteps(
        (query) => client.runs.steps(runId, query, { signal }),
        queries.getQueryData<LoadedSteps>(queryKey),
        (part) => queries.setQueryData<LoadedSteps>(queryKey, part),
      ),
    placeholderData: keepPreviousData,
    // What is known is handed on as it is: nothing has to be compared, thousand by thousand.
    structuralSharing: false,
  });
}

function lastReset(commands: readonly SentCommandAnswer[]): string | undefined {
  return commands.find(({ command, outcome }) => command === 'RESET' && outcome === 'APPLIED')?.commandId;
}
