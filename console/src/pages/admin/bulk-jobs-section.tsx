// Bulk jobs: one action on all runs that a filter matched, with how far each has come, and a way to let it end early. They are made on the runs page.
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { CursorPager, useCursor } from '../../parts/cursor-pager';
import { Field, SelectInput } from '../../parts/field';
import { Loaded } from '../../parts/loaded';
import { Empty, Panel } from '../../parts/page';
import { useAction } from '../../parts/use-action';
import type { BulkJob } from './bulk-job-action';
import { BulkJobCard } from './bulk-job-card';

type Status = BulkJob['status'];

const STATUSES: readonly Status[] = ['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED'];

export function BulkJobsSection() {
  const cursor = useCursor();
  const [search, setSearch] = useSearchParams();
  const status = STATUSES.find((each) => each === search.get('status'));
  const query = useLiveQuery(['jobs'], {
    queryKey: ['bulk-jobs', status, cursor],
    queryFn: ({ signal }) =>
      client.bulkJobs.list({ ...(status !== undefined && { status }), ...(cursor !== undefined && { cursor }) }, { signal }),
  });
  const [asked, setAsked] = useState<BulkJob>();
  return (
    <>
      <Field label="Status" className="max-w-48">
        {(field) => (
          <SelectInput
            {...field}
            value={status ?? ''}
            onChange={({ target }) => setSearch(target.value === '' ? {} : { status: target.value })}
          >
            <option value="">any</option>
            {STATUSES.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </SelectInput>
        )}
      </Field>
      <Loaded query={query} what="the bulk jobs">
        {({ jobs, nextCursor }) => (
          <Panel isFlush>
            {jobs.length === 0 ? (
              <Empty title="No bulk jobs.">
                <Link href="/runs" className="text-accent underline">
                  Filter the runs
                </Link>{' '}
                and do one thing to all of them.
              </Empty>
            ) : (
              <ul aria-label="Bulk jobs">
                {jobs.map((job) => (
                  <BulkJobCard key={job.jobId} job={job} onCancel={() => setAsked(job)} />
                ))}
              </ul>
            )}
            <CursorPager next={nextCursor} />
          </Panel>
        )}
      </Loaded>
      <CancelDialog job={asked} onClose={() => setAsked(undefined)} />
    </>
  );
}

function CancelDialog({ job, onClose }: { job: BulkJob | undefined; onClose(): void }) {
  const cancel = useAction({
    run: ({ jobId, reason }: { jobId: string; reason: string | undefined }) =>
      client.bulkJobs.cancel(jobId, reason === undefined ? {} : { reason }),
    changes: [['bulk-jobs']],
    done: ({ cancelled }) => (cancelled ? 'The job ends early.' : 'It was over already.'),
    toastsErrors: false,
  });
  return (
    <ConfirmDialog
      isOpen={job !== undefined}
      onClose={onClose}
      title="Let the job end early"
      action="End it"
      isDangerous
      onConfirm={(reason) => cancel.mutateAsync({ jobId: job?.jobId ?? '', reason })}
    >
      <p>What it has done stays done. Runs that it has not taken up yet are left alone.</p>
    </ConfirmDialog>
  );
}
