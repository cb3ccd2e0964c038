// `/runs/:id/steps`: what a run did, over time or as a table, live. Loads it; steps-view.tsx shows it.
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { RunAnswer, SentCommandAnswer } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { problemOf } from '../../api/problem';
import { Loaded } from '../../parts/loaded';
import { Empty, Page } from '../../parts/page';
import { RunIds } from '../../parts/run-ids';
import { runPath, shortId } from '../../parts/run-link';
import { RunStatusBadge } from '../../parts/run-status';
import { StepsView } from './steps-view';
import { useSteps } from './use-steps';

const MOST_COMMANDS = 200;
const NONE: readonly SentCommandAnswer[] = [];

export default function StepsPage({ id }: { id: string }) {
  const queryKey = ['run', id];
  // Changes are told under its own id, which may not be the one in the address.
  const runId = useQueryClient().getQueryData<RunAnswer>(queryKey)?.run.runId;
  const run = useLiveQuery(runId === undefined ? [] : [`run:${runId}`], {
    queryKey,
    queryFn: ({ signal }) => client.runs.find(id, { signal }),
  });
  const { isMissing, code } = problemOf(run.error);
  if (run.data === undefined && run.error !== null && (isMissing || code === 'INVALID_ID')) return <NoSuchRun id={id} />;
  return (
    <Page
      name={`Steps of ${shortId(id)}`}
      title={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          Steps of
          <Link href={runPath(id)} className="break-all text-accent hover:underline">
            {run.data?.run.workflowName ?? shortId(id)}
          </Link>
          {run.data !== undefined && <RunStatusBadge status={run.data.run.status} />}
        </span>
      }
      intro={run.data !== undefined && <RunIds run={run.data.run} isShort />}
    >
      <Loaded query={run} what="run">
        {(answer) => <Steps answer={answer} />}
      </Loaded>
    </Page>
  );
}

function NoSuchRun({ id }: { id: string }) {
  return (
    <Page title="No such run" name={`No run ${id}`}>
      <Empty title="There is no such run.">
        <p className="break-all font-mono">{id}</p>
        <p>It may have been deleted by retention.</p>
        <Link href="/runs" className="text-accent underline">
          Go to the runs
        </Link>
      </Empty>
    </Page>
  );
}

function Steps({ answer }: { answer: RunAnswer }) {
  const { runId } = answer.run;
  const query = useLiveQuery([`run:${runId}`], {
    queryKey: ['commands', runId, 'timeline'],
    queryFn: ({ signal }) => client.runs.commands(runId, { limit: MOST_COMMANDS }, { signal }),
    placeholderData: keepPreviousData,
  });
  const commands = query.data?.commands ?? NONE;
  const steps = useSteps(answer.run, commands);
  return (
    <Loaded query={steps} what="steps">
      {(loaded) => <StepsView answer={answer} loaded={loaded} commands={commands} />}
    </Loaded>
  );
}
