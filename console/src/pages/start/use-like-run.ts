// The run that the form is to begin like, loaded whole, however large its input is.
import { useQuery } from '@tanstack/react-query';
import { isCut } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { likeRunOf } from './like-run';

/** @param id of the run; undefined: none is asked for */
export function useLikeRun(id: string | undefined) {
  return useQuery({
    queryKey: ['like', id],
    queryFn: async ({ signal }) => {
      const { run } = await client.runs.find(id ?? '', { signal });
      const input = isCut(run.input) ? (await client.runs.payload(run.runId, { of: 'input' }, { signal })).value : run.input;
      return likeRunOf({ ...run, input });
    },
    enabled: id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
