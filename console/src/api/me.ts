// Who is looking, and what they may do: buttons that the server would refuse are not offered. Used by everything that changes something.
import { useQuery } from '@tanstack/react-query';
import type { Me } from '../../../lib/http-client/index.js';
import { client } from './client';

export type AdminAction = Me['access']['actions'][number];

export function useMe() {
  return useQuery({ queryKey: ['me'], queryFn: ({ signal }) => client.me({ signal }), staleTime: 60_000 });
}

/** False also while it is not known. */
export function useMay(action: AdminAction): boolean {
  return useMe().data?.access.actions.includes(action) === true;
}

/** Sentence for whoever may not. */
export function forbidden(action: AdminAction): string {
  return `You may not do this here: it needs the right "${action}".`;
}
