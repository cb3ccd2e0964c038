// Starts a run: which workflow, by which template, with which input and options. What is chosen stands in the URL; `?like=<runId>` begins like that run.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useSearchParams } from 'wouter';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { Loaded } from '../../parts/loaded';
import { Empty, Page, Panel } from '../../parts/page';
import { isOneOf, usePreference } from '../../parts/preference';
import { type Choice, choiceParams, completed, readChoice } from './choice';
import { ChoicePanel, type TemplateFilter } from './choice-panel';
import { latestDraft } from './drafts';
import type { LikeRun } from './like-run';
import { StartLoader } from './start-loader';
import { useLikeRun } from './use-like-run';

const MOST_TEMPLATES = 500;
const isFilter = isOneOf('active latest', 'active', 'latest', 'all');

export default function StartPage() {
  const [params, setParams] = useSearchParams();
  const choice = readChoice(params);
  const workflows = useQuery({
    queryKey: ['workflows'],
    queryFn: ({ signal }) => client.workflows.list({ signal }),
    staleTime: 30_000,
  });
  const like = useLikeRun(choice.like);
  // By a link that says nothing: to what was typed last, if it was not started.
  const isFirst = useRef(true);
  useEffect(() => {
    const draft = isFirst.current && params.size === 0 ? latestDraft() : undefined;
    isFirst.current = false;
    if (draft !== undefined) setParams(new URLSearchParams(draft), { replace: true });
  });
  const choose = (next: Choice, replace = false) => setParams(choiceParams(next), { replace });
  return (
    <Page title="Start">
      <Loaded query={workflows} what="the workflows">
        {({ workflows: known }) =>
          known.length === 0 ? (
            <Panel>
              <Empty title="No workflow is registered.">
                The process that answers here has none. Mark a method with <code className="font-mono">@Workflow</code>, and give
                its class to the module's providers.
              </Empty>
            </Panel>
          ) : choice.like !== undefined && like.data === undefined ? (
            <Loaded query={like} what="the run that this one is to be like">
              {() => null}
            </Loaded>
          ) : (
            <Chosen choice={likened(choice, like.data)} like={like.data} workflows={known} onChoose={choose} />
          )
        }
      </Loaded>
    </Page>
  );
}

/** Of a run that this one is to be like, what the URL does not say. */
function likened(choice: Choice, like: LikeRun | undefined): Choice {
  if (like === undefined || choice.workflow !== '') return choice;
  return { ...choice, workflow: like.workflow, template: like.template?.name ?? '', version: like.template?.version };
}

interface ChosenProps {
  choice: Choice;
  like: LikeRun | undefined;
  workflows: Awaited<ReturnType<typeof client.workflows.list>>['workflows'];
  onChoose(choice: Choice, replace?: boolean): void;
}

function Chosen({ choice, like, workflows, onChoose }: ChosenProps) {
  const [kept, setKept] = usePreference('start-templates', 'active latest', isFilter);
  const filter: TemplateFilter = { isActiveOnly: kept.includes('active'), isLatestOnly: kept.includes('latest') };
  const workflow = workflows.find(({ name }) => name === choice.workflow);
  const query = {
    workflow: workflow?.name ?? '',
    latestOnly: filter.isLatestOnly,
    limit: MOST_TEMPLATES,
    ...(filter.isActiveOnly && { status: 'active' as const }),
  };
  const templates = useLiveQuery(workflow === undefined ? [] : ['templates'], {
    queryKey: ['templates', query],
    queryFn: ({ signal }) => client.templates.list(query, { signal }),
    enabled: workflow !== undefined,
  });
  const versions = templates.data?.templates;
  const whole = versions === undefined ? undefined : completed(choice, versions);
  const isSaid = whole === undefined || choiceParams(whole).toString() === new URLSearchParams(location.search).toString();
  useEffect(() => {
    if (whole !== undefined && workflow !== undefined && !isSaid) onChoose(whole, true);
  });
  return (
    <>
      <ChoicePanel
        choice={whole ?? choice}
        workflows={workflows}
        versions={versions ?? []}
        filter={filter}
        onFilter={({ isActiveOnly, isLatestOnly }) =>
          setKept(isActiveOnly ? (isLatestOnly ? 'active latest' : 'active') : isLatestOnly ? 'latest' : 'all')
        }
        // Another one is not like the run any more.
        onChoose={(next) => onChoose({ ...next, like: undefined })}
      />
      {workflow !== undefined && (
        <Loaded query={templates} what="the templates">
          {() =>
            whole !== undefined && (
              <StartLoader
                key={JSON.stringify([whole.workflow, whole.template, whole.version, whole.like])}
                choice={whole}
                workflow={workflow}
                workflows={workflows}
                like={like}
                hasTemplates={(versions ?? []).length > 0}
                onChoose={onChoose}
              />
            )
          }
        </Loaded>
      )}
      {workflow === undefined && choice.workflow === '' && (
        <Panel>
          <Empty title="Choose a workflow.">Its templates, and the form of its input, come then.</Empty>
        </Panel>
      )}
    </>
  );
}
