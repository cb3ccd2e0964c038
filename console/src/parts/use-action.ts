// One write: sent once, told when it is done or refused, and what it changed is loaded anew. Used by every button that changes something.
import { type QueryKey, type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { problemOf } from '../api/problem';
import { toast } from './toast';

export interface ActionOptions<Input, Result> {
  run(input: Input): Promise<Result>;
  /** What is to be loaded anew, also after a failure: it may have been done all the same. Default: everything. */
  changes?: readonly QueryKey[];
  /** Said when it is done; undefined: nothing. */
  done?(result: Result, input: Input): string | undefined;
  onDone?(result: Result, input: Input): void;
  /** Whoever shows the error itself, in a form, says false. Default true. */
  toastsErrors?: boolean;
}

export function useAction<Input = void, Result = unknown>({
  run,
  changes,
  done,
  onDone,
  toastsErrors = true,
}: ActionOptions<Input, Result>): UseMutationResult<Result, Error, Input> {
  const queries = useQueryClient();
  return useMutation<Result, Error, Input>({
    mutationFn: run,
    onSuccess: (result, input) => {
      const text = done?.(result, input);
      if (text !== undefined) toast({ kind: 'good', title: text });
      onDone?.(result, input);
    },
    onError: (error) => {
      if (!toastsErrors) return;
      const { text, code } = problemOf(error);
      toast({ kind: 'bad', title: text, detail: code });
    },
    onSettled: () =>
      changes === undefined
        ? queries.invalidateQueries()
        : Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
}
