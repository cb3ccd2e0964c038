// How many runs would be deleted and ended now, by these limits in place of those in force. It changes nothing.
import { useQuery } from '@tanstack/react-query';
import { client } from '../../../api/client';
import { Loaded } from '../../../parts/loaded';
import { RetentionCounts } from './retention-counts';
import type { RetentionChange } from './retention-draft';

export function RetentionPreview({ limits }: { limits: Omit<RetentionChange, 'interval' | 'reason'> }) {
  const query = useQuery({
    queryKey: ['retention', 'preview', limits],
    // A rule that is null is taken away, as by an update.
    queryFn: ({ signal }) =>
      client.retention.preview(limits as Parameters<typeof client.retention.preview>[0], { signal, timeoutMs: 0 }),
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <section aria-label="Preview" className="rounded-md border border-line p-3">
      <Loaded query={query} what="the preview">
        {(result) => <RetentionCounts result={result} />}
      </Loaded>
    </section>
  );
}
