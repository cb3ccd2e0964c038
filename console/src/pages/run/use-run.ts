// One run, live: the digest that comes with each change says which parts of the page have to be loaded anew, and only those are. Used by the run's page;
// its parts ask by the keys below.
import { type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { FeedChange } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { liveFeed } from '../../api/live-feed';
import { loadAnew, paced, usePollInterval } from '../../api/live-query';

type Digest = Extract<FeedChange, { topic: `run:${string}` }>['data'];
export type RunPart = 'events' | 'streams' | 'messages' | 'commands' | 'audit';

/** By part, what of the digest tells that it has changed. */
const TELLS: Record<RunPart, (digest: Digest) => unknown[]> = {
  events: ({ events, resets }) => [events.last, resets],
  streams: ({ streams, completedAt }) => [streams.count, streams.chunks, completedAt],
  messages: ({ messages, resets }) => [messages.last, messages.open, resets],
  commands: ({ commands, status }) => [commands.last, commands.open, status],
  audit: ({ commands, messages, status, priority, legalHold }) => [commands.last, messages.last, status, priority, legalHold],
};
const PARTS = Object.keys(TELLS) as RunPart[];

/** @param runId its own id, not the starter's */
export function partKey(part: RunPart, runId: string): QueryKey {
  return [part, runId];
}

export function runKey(id: string): QueryKey {
  return ['run', id];
}

/** @param id the run's own, or the starter's */
export function useRun(id: string) {
  const refetchInterval = usePollInterval();
  const query = useQuery({
    queryKey: runKey(id),
    queryFn: ({ signal }) => client.runs.find(id, { signal }),
    refetchInterval,
  });
  useRunChanges(id, query.data?.run.runId);
  return query;
}

/** Which parts are another than they were; all of them when that can't be told. */
export function changedParts(before: Digest | undefined, now: Digest | undefined): RunPart[] {
  if (before === undefined || now === undefined) return PARTS;
  const changed = PARTS.filter((part) => JSON.stringify(TELLS[part](before)) !== JSON.stringify(TELLS[part](now)));
  // Something has changed that the numbers do not show.
  return JSON.stringify(before) === JSON.stringify(now) ? PARTS : changed;
}

function useRunChanges(id: string, runId: string | undefined): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (runId === undefined) return;
    let last: Digest | undefined;
    const due = new Set<RunPart>();
    const pace = paced(() => {
      // What came just before a pause was to be shown a second later. Going on loads everything.
      if (liveFeed.isPaused) return;
      void loadAnew(queries, runKey(id));
      for (const part of due) void loadAnew(queries, partKey(part, runId));
      due.clear();
    });
    const unsubscribe = liveFeed.subscribe({
      topics: [`run:${runId}`],
      onChange(change) {
        const now = change?.data as Digest | undefined;
        for (const part of changedParts(last, now)) due.add(part);
        last = now;
        pace.call();
      },
    });
    return () => {
      unsubscribe();
      pace.stop();
    };
  }, [queries, id, runId]);
}
