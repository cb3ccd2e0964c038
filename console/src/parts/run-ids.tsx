// Which run it is: its own id and the one of its starter, to be copied. Under the heading of the pages of a run.
import type { RunAnswer } from '../../../lib/http-client/index.js';
import { CopyButton } from './copy-button';
import { shortId } from './run-link';

export interface RunIdsProps {
  run: Pick<RunAnswer['run'], 'runId' | 'externalId'>;
  /** The id shortened. */
  isShort?: boolean;
}

export function RunIds({ run: { runId, externalId }, isShort = false }: RunIdsProps) {
  return (
    <div className="-mt-2 flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1 text-muted text-xs">
      <span className="flex min-w-0 items-center gap-1">
        <span className="break-all font-mono" title={runId}>
          {isShort ? shortId(runId) : runId}
        </span>
        <CopyButton text={runId} what="the run id" />
      </span>
      {externalId !== null && (
        <span className="flex min-w-0 items-center gap-1">
          <span className="break-all">
            started as <span className="font-mono text-ink">{externalId}</span>
          </span>
          <CopyButton text={externalId} what="the id of its starter" />
        </span>
      )}
    </div>
  );
}
