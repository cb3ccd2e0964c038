// One bulk job: what it does to which runs, how far it is, whom it was refused by, and why it was made.
import { Link } from 'wouter';
import { forbidden, useMe } from '../../api/me';
import { Button } from '../../parts/button';
import { JsonView } from '../../parts/json-view';
import { payloadText } from '../../parts/payload';
import { RunLink } from '../../parts/run-link';
import { Duration, Time } from '../../parts/time';
import { actionText, type BulkJob, isOpen, rightOf } from './bulk-job-action';

const LOOKS: Record<BulkJob['status'], string> = {
  QUEUED: 'bg-calm-soft text-calm',
  RUNNING: 'bg-info-soft text-info',
  DONE: 'bg-good-soft text-good',
  FAILED: 'bg-bad-soft text-bad',
  CANCELLED: 'bg-calm-soft text-calm',
};

export function BulkJobCard({ job, onCancel }: { job: BulkJob; onCancel(): void }) {
  const right = rightOf(job.action);
  const may = useMe().data?.access.actions.includes(right) === true;
  const { expected, matched, done, refused, failed } = job;
  return (
    <li className="flex flex-col gap-2 border-line border-b p-4 text-sm last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className={`rounded-full px-2 py-0.5 font-medium text-xs ${LOOKS[job.status]}`}>{job.status}</span>
        <strong className="min-w-0 break-words">{actionText(job.action)}</strong>
        <span className="min-w-0 break-words text-muted">
          by {job.actor}, <Time at={job.createdAt} />
          {job.startedAt !== null && (
            <>
              , took <Duration from={job.startedAt} to={job.completedAt} />
            </>
          )}
        </span>
        {isOpen(job) && (
          <Button kind="danger" className="ml-auto" why={may ? undefined : forbidden(right)} onClick={onCancel}>
            End it …<span className="sr-only"> Job {job.jobId}</span>
          </Button>
        )}
      </div>
      <Progress job={job} />
      <p className="flex flex-wrap gap-x-4 text-xs">
        <span>
          {matched.toLocaleString('en')} of {expected.count.toLocaleString('en')}
          {expected.capped ? '+' : ''} taken up
        </span>
        <span className="text-good">{done.toLocaleString('en')} done</span>
        <span className={refused > 0 ? 'text-warn' : ''}>{refused.toLocaleString('en')} refused</span>
        <span className={failed > 0 ? 'text-bad' : ''}>{failed.toLocaleString('en')} failed</span>
      </p>
      {job.reason !== null && <p className="break-words">{job.reason}</p>}
      {job.error !== null && (
        <p className="break-words text-bad">
          {job.error.code}: {payloadText(job.error.message)}
        </p>
      )}
      <Details job={job} />
    </li>
  );
}

function Progress({ job: { jobId, expected, matched, status } }: { job: BulkJob }) {
  const share = status === 'DONE' ? 1 : expected.count === 0 ? 0 : Math.min(1, matched / expected.count);
  return (
    <div
      role="progressbar"
      aria-label={`Progress of job ${jobId}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      className="h-1.5 overflow-hidden rounded-full bg-sunken"
    >
      <div className="h-full bg-accent" style={{ width: `${share * 100}%` }} />
    </div>
  );
}

function Details({ job }: { job: BulkJob }) {
  return (
    <details>
      <summary className="text-accent text-xs">Filter, refusals, ids</summary>
      <div className="mt-2 flex flex-col gap-2">
        <JsonView value={job.filter} what="filter" />
        {job.refusals.length > 0 && (
          <ul aria-label="Refusals" className="text-xs">
            {job.refusals.map(({ runId, code }) => (
              <li key={runId} className="flex flex-wrap gap-x-2">
                <RunLink id={runId} /> <code>{code}</code>
              </li>
            ))}
          </ul>
        )}
        <p className="break-all font-mono text-muted text-xs">
          {job.jobId} ·{' '}
          <Link href={`/admin/audit?requestId=${encodeURIComponent(`bulk:${job.jobId}`)}`} className="text-accent underline">
            audit log of its runs
          </Link>
        </p>
      </div>
    </details>
  );
}
