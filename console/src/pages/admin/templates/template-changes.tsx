// What a version changed against the one before it.
import { useQuery } from '@tanstack/react-query';
import type { TemplateAnswer } from '../../../../../lib/http-client/index.js';
import { client } from '../../../api/client';
import { JsonDiff } from '../../../parts/json-diff';
import { Loaded } from '../../../parts/loaded';
import { Panel } from '../../../parts/page';

type Content = Pick<TemplateAnswer, 'schema' | 'defaults' | 'ui' | 'description'>;

/** @param before undefined: it is the first that there is */
export function TemplateChanges({ template, before }: { template: TemplateAnswer; before: number | undefined }) {
  const { workflow, name } = template;
  const query = useQuery({
    queryKey: ['templates', 'version', workflow, name, before],
    queryFn: ({ signal }) => client.templates.find(workflow, name, { version: before as number }, { signal }),
    enabled: before !== undefined,
  });
  if (before === undefined) return null;
  return (
    <Panel title={`Changes against version ${before}`}>
      <Loaded query={query} what="the version before">
        {(base) => <TemplateDiff from={base} to={template} />}
      </Loaded>
    </Panel>
  );
}

export function TemplateDiff({ from, to }: { from: Content; to: Content }) {
  return <JsonDiff from={contentOf(from)} to={contentOf(to)} label="Changes" none="Nothing differs." />;
}

function contentOf({ schema, defaults, ui, description }: Content): object {
  return { schema, defaults, ui: ui ?? {}, description: description ?? '' };
}
