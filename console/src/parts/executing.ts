// Whether any process executes runs now: after a swap there may be none for a while. Used by pages that say what a run waits for.
import { client } from '../api/client';
import { useLiveQuery } from '../api/live-query';

/** Undefined: not known yet. */
export function useIsExecuting(): boolean | undefined {
  const { data } = useLiveQuery(['executors'], {
    queryKey: ['executors'],
    queryFn: ({ signal }) => client.executors({ signal }),
  });
  return data?.executors.some(({ alive, retiredAt, role }) => alive && retiredAt === null && role !== 'client');
}
