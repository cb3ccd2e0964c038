// One bulk job.
import type { BulkJobAnswer } from '../../../../lib/http-client/index.js';
import { forbidden, useMay } from '../../api/me';
import { Button } from '../../parts/button';
import { payloadText } from '../../parts/payload';
import { RunLink } from '../../parts/run-link';
import { Duration, Time } from '../../parts/time';
import { actionText, rightOf } from './bulk-draft';
import { countText } from './count-line';

const LOOKS: Record<BulkJobAnswer['status'], string> = {
  QUEUED: 'bg-calm-soft text-calm',
  RUNNING: 'bg-info-soft text-info',
  DONE: 'bg-good-soft text-good',
  FAILED: 'bg-bad-soft text-bad',
  CANCELLED: 'bg-calm-soft text-calm',
};

export function JobCard({ job, onEnd }: { job: BulkJobAnswer; onEnd(): void }) {
  const { jobId, action, status, expected, matched, done, refused, failed, refusals, actor, reason, error } = job;
  const right = rightOf(action);
  const may = useMay(right);
  const isOpen = status === 'QUEUED' || status === 'RUNNING';
  const number = (count: number) => count.toLocaleString('en');
  return (
    <li aria-label={actionText(action)} className="flex flex-col gap-2 rounded-lg border border-line p-3 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        <span className="min-w-0 break-words font-semibold">{actionText(action)}</span>
        <span className={`rounded-full px-2 py-0.5 font-medium text-xs ${LOOKS[status]}`}>{status}</span>
        <span className="ml-auto text-muted text-xs">
          <Time at={job.createdAt} />
        </span>
        {isOpen && (
          <Button kind="danger" className="h-7!" why={may ? undefined : forbidden(right)} onClick={onEnd}>
            End it
          </Button>
        )}
      </div>
      <p className="break-words font-mono text-muted text-xs">{filterText(job)}</p>
      {isOpen && (
        <progress
          aria-label="Runs taken up"
          className="h-2 w-full accent-accent"
          max={Math.max(expected.count, matched, 1)}
          value={matched}
        />
      )}
      <p className="text-muted tabular-nums">
        {number(done)} done, {number(refused)} refused, {number(failed)} failed, of {countText(expected)}
        {job.startedAt !== null && (
          <>
            {' in '}
            <Duration from={job.startedAt} to={job.completedAt} />
          </>
        )}
      </p>
      <p className="break-words">
        <span className="text-muted">by</span> {actor}
        {reason !== null && <span>: {reason}</span>}
      </p>
      {error !== null && (
        <p className="break-words text-bad">
          {error.code}: {payloadText(error.message)}
        </p>
      )}
      {refusals.length > 0 && (
        <details>
          <summary className="text-muted">
            {refusals.length === refused + failed ? 'Refused' : `The first ${refusals.length} that refused`}
          </summary>
          <ul className="mt-1 flex flex-col gap-0.5 pl-4">
            {refusals.map(({ runId, code }) => (
              <li key={runId}>
                <RunLink id={runId} /> <code className="text-xs">{code}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
      <span className="sr-only">Job {jobId}</span>
    </li>
  );
}

function filterText({ filter }: BulkJobAnswer): string {
  const parts = Object.entries(filter).map(
    ([key, value]) => `${key}: ${Array.isArray(value) ? value.join(', ') : payloadText(value)}`,
  );
  return parts.length === 0 ? 'all runs' : parts.join(' · ');
}
