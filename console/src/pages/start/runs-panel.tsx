// What was started here since the page was loaded, and the latest runs of the workflow, as they are now.
import { Link } from 'wouter';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { Loaded } from '../../parts/loaded';
import { Panel } from '../../parts/page';
import { RunLink } from '../../parts/run-link';
import { RunStatusBadge } from '../../parts/run-status';
import { Time } from '../../parts/time';
import { useStartedRuns } from './started-runs';

const LATEST = 6;

export function RunsPanel({ workflow }: { workflow: string }) {
  const started = useStartedRuns();
  const query = { name: [workflow], limit: LATEST };
  const latest = useLiveQuery(['runs'], {
    queryKey: ['runs', 'latest', query],
    queryFn: ({ signal }) => client.runs.list(query, { signal }),
  });
  const isMine = (runId: string) => started.some((each) => each.runId === runId);
  const elsewhere = started.filter((each) => each.workflow !== workflow);
  return (
    <Panel
      title="Latest runs"
      isFlush
      actions={
        <Link href={`/runs?name=${encodeURIComponent(workflow)}`} className="text-accent text-sm hover:underline">
          All
        </Link>
      }
    >
      <Loaded query={latest} what="the latest runs">
        {({ runs }) =>
          runs.length === 0 ? (
            <p className="px-4 py-3 text-muted text-sm">None yet.</p>
          ) : (
            <ul aria-label="Latest runs">
              {runs.map(({ runId, externalId, status, createdAt }) => (
                <Row key={runId}>
                  <RunLink id={runId} {...(externalId !== null && { text: externalId })} />
                  {isMine(runId) && <span className="text-muted text-xs">started here</span>}
                  <span className="ml-auto flex items-center gap-2 text-muted text-xs">
                    <Time at={createdAt} />
                    <RunStatusBadge status={status} />
                  </span>
                </Row>
              ))}
            </ul>
          )
        }
      </Loaded>
      {elsewhere.length > 0 && (
        <>
          <h3 className="border-line border-t px-4 pt-2 text-muted text-xs">Started here, of other workflows</h3>
          <ul aria-label="Started here, of other workflows">
            {elsewhere.map(({ runId, workflow: name, at }) => (
              <Row key={runId}>
                <RunLink id={runId} />
                <span className="min-w-0 break-words text-sm">{name}</span>
                <span className="ml-auto text-muted text-xs">
                  <Time at={at} />
                </span>
              </Row>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function Row({ children }: { children: React.ReactNode }) {
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1 border-line border-b px-4 py-2 last:border-b-0">{children}</li>
  );
}
