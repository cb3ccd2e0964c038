// One run: what it is and does, its orders, and all that it was given, gave back, said and was told. Live. The tab stands in the URL.
import { Columns3, RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { RunAnswer } from '../../../../lib/http-client/index.js';
import { problemOf } from '../../api/problem';
import { Loaded } from '../../parts/loaded';
import { Empty, Page } from '../../parts/page';
import { RunIds } from '../../parts/run-ids';
import { runPath } from '../../parts/run-link';
import { RunStatusBadge } from '../../parts/run-status';
import { type Tab, Tabs } from '../../parts/tabs';
import { AuditTab } from './audit-tab';
import { ChildrenTab } from './children-tab';
import { CommandLines } from './command-lines';
import { CommandsTab } from './commands-tab';
import { CompareTab } from './compare-tab';
import { EventsTab } from './events-tab';
import { MessagesTab } from './messages-tab';
import { OverviewTab } from './overview-tab';
import { RunFacts } from './run-facts';
import { RunOrders } from './run-orders';
import { StreamsTab } from './streams-tab';
import { useRun } from './use-run';

export default function RunPage({ id }: { id: string }) {
  const query = useRun(id);
  const { isMissing, code, text } = problemOf(query.error);
  if (query.data === undefined && query.error !== null && (isMissing || code === 'INVALID_ID'))
    return <NoSuchRun id={id} text={isMissing ? 'Retention may have deleted it.' : text} isSaid={!isMissing} />;
  const name = query.data?.run.workflowName;
  return (
    <Page
      title={name === undefined ? 'Run' : <RunTitle answer={query.data as RunAnswer} />}
      name={name === undefined ? `Run ${id}` : `${name} ${id}`}
      actions={
        <>
          <PageLink href={`${runPath(id)}/steps`} icon={<Columns3 />} text="Steps" />
          <PageLink href={`/?like=${encodeURIComponent(id)}`} icon={<RotateCcw />} text="Start like this" />
        </>
      }
      intro={query.data !== undefined && <RunIds run={query.data.run} />}
    >
      <Loaded query={query} what="the run">
        {(answer) => (
          <>
            <RunOrders answer={answer} id={id} />
            <CommandLines runId={answer.run.runId} />
            <RunFacts answer={answer} />
            <RunTabs answer={answer} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function RunTitle({ answer: { run, commandState } }: { answer: RunAnswer }) {
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span className="min-w-0 break-all">{run.workflowName}</span>
      <RunStatusBadge status={run.status} />
      {commandState.isStopping && run.status !== 'STOPPING' && run.completedAt === null && <RunStatusBadge status="STOPPING" />}
    </span>
  );
}

function RunTabs({ answer }: { answer: RunAnswer }) {
  const [search, setSearch] = useSearchParams();
  const { runId } = answer.run;
  const tabs: Tab[] = [
    { id: 'overview', label: 'Overview', content: <OverviewTab answer={answer} /> },
    { id: 'events', label: 'Events', content: <EventsTab runId={runId} /> },
    { id: 'streams', label: 'Streams', content: <StreamsTab runId={runId} /> },
    { id: 'children', label: 'Children', content: <ChildrenTab runId={runId} /> },
    { id: 'messages', label: 'Messages', content: <MessagesTab runId={runId} /> },
    { id: 'commands', label: 'Commands', content: <CommandsTab runId={runId} /> },
    { id: 'audit', label: 'Audit', content: <AuditTab runId={runId} /> },
    { id: 'compare', label: 'Compare', content: <CompareTab answer={answer} /> },
  ];
  const wanted = search.get('tab') ?? (search.has('compare') ? 'compare' : 'overview');
  const chosen = tabs.some(({ id }) => id === wanted) ? wanted : 'overview';
  const choose = (tab: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.set('tab', tab);
        return after;
      },
      { replace: true },
    );
  return <Tabs label="About this run" tabs={tabs} chosen={chosen} onChoose={choose} />;
}

function PageLink({ href, icon, text }: { href: string; icon: ReactNode; text: string }) {
  return (
    <Link
      href={href}
      className="inline-flex h-8 items-center gap-1.5 rounded-md border border-line-strong bg-surface px-3 font-medium text-sm hover:bg-sunken [&>svg]:size-4"
    >
      {icon}
      {text}
    </Link>
  );
}

/** @param isSaid the text has the id in it */
function NoSuchRun({ id, text, isSaid }: { id: string; text: string; isSaid: boolean }) {
  return (
    <Page title="No such run" name={`No run ${id}`}>
      <Empty title="There is no run of this id.">
        {!isSaid && <p className="break-all font-mono">{id}</p>}
        <p className="break-words">{text}</p>
        <Link href="/runs" className="text-accent underline">
          Go to the runs
        </Link>
      </Empty>
    </Page>
  );
}
