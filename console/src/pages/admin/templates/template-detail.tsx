// One version of a template: schema, defaults and hints, what it changed, and what can be done with it.
import { CopyPlus } from 'lucide-react';
import { Link, useLocation } from 'wouter';
import type { TemplateAnswer } from '../../../../../lib/http-client/index.js';
import { client } from '../../../api/client';
import { useLiveQuery } from '../../../api/live-query';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { JsonView } from '../../../parts/json-view';
import { Loaded } from '../../../parts/loaded';
import { Panel } from '../../../parts/page';
import { Facts } from '../../../parts/table';
import { Time } from '../../../parts/time';
import { VersionActions } from '../version-actions';
import { VersionLinks } from '../version-links';
import { VersionStatus } from '../version-status';
import { CopyTemplate } from './copy-template';
import { ExportTemplate } from './export-template';
import { TemplateChanges } from './template-changes';
import { type TemplatePlace, templatePath } from './template-path';

export function TemplateDetail({ place: { workflow, name, version } }: { place: TemplatePlace }) {
  const query = useLiveQuery(['templates'], {
    queryKey: ['templates', 'version', workflow, name, version],
    queryFn: ({ signal }) => client.templates.find(workflow, name, version === undefined ? {} : { version }, { signal }),
  });
  const versions = useLiveQuery(['templates'], {
    queryKey: ['templates', 'versions', workflow, name],
    queryFn: ({ signal }) => client.templates.list({ workflow, name, limit: 500 }, { signal }),
  });
  const known = versions.data?.templates ?? [];
  return (
    <>
      <Link href="/admin/templates" className="self-start text-accent text-sm hover:underline">
        All templates
      </Link>
      <VersionLinks
        versions={known}
        chosen={query.data?.version}
        pathOf={(each) => templatePath({ workflow, name, version: each })}
      />
      <Loaded query={query} what="the template">
        {(template) => (
          <>
            <Panel
              title={
                <span className="break-all">
                  {template.name}, version {template.version}
                </span>
              }
              actions={<Actions template={template} />}
            >
              <Facts
                facts={[
                  [
                    'Workflow',
                    <span key="workflow" className="break-all">
                      {template.workflow}
                    </span>,
                  ],
                  ['Status', <VersionStatus key="status" status={template.status} />],
                  ['Description', template.description ?? 'none'],
                  ['Saved by', template.createdBy],
                  ['Saved', <Time key="at" at={template.createdAt} />],
                ]}
              />
            </Panel>
            <TemplateChanges template={template} before={previousOf(template, known)} />
            <div className="grid gap-4 xl:grid-cols-2">
              <Panel title="Schema">
                <JsonView value={template.schema} what="schema" />
              </Panel>
              <div className="flex min-w-0 flex-col gap-4">
                <Panel title="Defaults">
                  <JsonView value={template.defaults} what="defaults" />
                </Panel>
                <Panel title="Hints for the form">
                  {template.ui === null ? (
                    <p className="text-muted text-sm">none</p>
                  ) : (
                    <JsonView value={template.ui} what="hints" />
                  )}
                </Panel>
              </div>
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}

function Actions({ template }: { template: TemplateAnswer }) {
  const { workflow, name, version, status } = template;
  const may = useMay('templates');
  const [, go] = useLocation();
  return (
    <>
      <Button
        icon={<CopyPlus />}
        why={may ? undefined : forbidden('templates')}
        onClick={() => go(templatePath(template, { edit: '1' }))}
      >
        New version
      </Button>
      <CopyTemplate template={template} />
      <ExportTemplate template={template} />
      <VersionActions
        what={`template ${name} of ${workflow}`}
        version={version}
        status={status}
        resource="templates"
        setStatus={(next, reason) =>
          client.templates.setStatus(workflow, name, version, next, reason === undefined ? {} : { reason })
        }
        remove={(reason) => client.templates.delete(workflow, name, { version, ...(reason !== undefined && { reason }) })}
        onRemoved={() => go('/admin/templates')}
      />
    </>
  );
}

/** The highest version below it that is still there. */
function previousOf({ version }: TemplateAnswer, known: ReadonlyArray<{ version: number }>): number | undefined {
  const below = known.map((each) => each.version).filter((each) => each < version);
  return below.length === 0 ? undefined : Math.max(...below);
}
