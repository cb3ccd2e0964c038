// Bulk jobs, the newest first: what was ordered for which runs, by whom and why, how far it has come, what refused it. One that goes on can be ended.
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import type { BulkJobAnswer } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { Button } from '../../parts/button';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { Dialog } from '../../parts/dialog';
import { Loaded } from '../../parts/loaded';
import { Empty } from '../../parts/page';
import { useAction } from '../../parts/use-action';
import { actionText } from './bulk-draft';
import { JobCard } from './job-card';

const PAGE = 20;

export function JobsDialog({ onClose }: { onClose(): void }) {
  const [limit, setLimit] = useState(PAGE);
  const [ending, setEnding] = useState<BulkJobAnswer>();
  const jobs = useLiveQuery(['jobs'], {
    queryKey: ['bulk-jobs', limit],
    queryFn: ({ signal }) => client.bulkJobs.list({ limit }, { signal }),
    placeholderData: keepPreviousData,
  });
  const cancel = useAction({
    run: ({ jobId, reason }: { jobId: string; reason: string | undefined }) =>
      client.bulkJobs.cancel(jobId, reason === undefined ? {} : { reason }),
    changes: [['bulk-jobs']],
    done: ({ cancelled }) => (cancelled ? 'The job ends after the runs that it has taken up.' : 'The job was over already.'),
    toastsErrors: false,
  });
  return (
    <Dialog isOpen onClose={onClose} title="Bulk jobs" isWide>
      <Loaded query={jobs} what="bulk jobs">
        {({ jobs: found, nextCursor }) =>
          found.length === 0 ? (
            <Empty title="No bulk job yet.">Filter the runs, and act on all that match.</Empty>
          ) : (
            <>
              <ul aria-label="Bulk jobs" className="flex flex-col gap-3">
                {found.map((job) => (
                  <JobCard key={job.jobId} job={job} onEnd={() => setEnding(job)} />
                ))}
              </ul>
              {nextCursor !== undefined && limit < 500 && (
                <Button kind="quiet" className="mt-3" onClick={() => setLimit(Math.min(500, limit + 2 * PAGE))}>
                  Show older jobs
                </Button>
              )}
            </>
          )
        }
      </Loaded>
      {ending !== undefined && (
        <ConfirmDialog
          isOpen
          onClose={() => setEnding(undefined)}
          title="End this job early?"
          action="End the job"
          isDangerous
          onConfirm={(reason) => cancel.mutateAsync({ jobId: ending.jobId, reason })}
        >
          <p className="text-sm">
            {actionText(ending.action)} is done to no more runs. What it has done stays done: {ending.done.toLocaleString('en')}{' '}
            runs so far.
          </p>
        </ConfirmDialog>
      )}
    </Dialog>
  );
}
