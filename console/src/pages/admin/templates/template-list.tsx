// All templates, by workflow, name and version.
import { useQuery } from '@tanstack/react-query';
import { Plus, Upload } from 'lucide-react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { client } from '../../../api/client';
import { useLiveQuery } from '../../../api/live-query';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { CursorPager, useCursor } from '../../../parts/cursor-pager';
import { Field, SelectInput } from '../../../parts/field';
import { Loaded } from '../../../parts/loaded';
import { Empty, Panel } from '../../../parts/page';
import { Table, Td, Th, Tr } from '../../../parts/table';
import { Time } from '../../../parts/time';
import { readVersionFilter, VersionFilter } from '../version-filter';
import { VersionStatus } from '../version-status';
import { templatePath } from './template-path';

export function TemplateList() {
  const [search] = useSearchParams();
  const [, go] = useLocation();
  const cursor = useCursor();
  const workflow = search.get('workflow') || undefined;
  const filter = { ...readVersionFilter(search), ...(workflow !== undefined && { workflow }) };
  const why = useMay('templates') ? undefined : forbidden('templates');
  const query = useLiveQuery(['templates'], {
    queryKey: ['templates', filter, cursor],
    queryFn: ({ signal }) => client.templates.list({ ...filter, ...(cursor !== undefined && { cursor }) }, { signal }),
  });
  return (
    <>
      <div className="flex flex-wrap items-end gap-4">
        <WorkflowFilter chosen={workflow} />
        <VersionFilter />
        <div className="ml-auto flex gap-2">
          <Button icon={<Upload />} why={why} onClick={() => go('/admin/templates?import=1')}>
            Import
          </Button>
          <Button kind="primary" icon={<Plus />} why={why} onClick={() => go('/admin/templates?edit=1')}>
            New template
          </Button>
        </div>
      </div>
      <Loaded query={query} what="the templates">
        {({ templates, nextCursor }) => (
          <Panel isFlush>
            {templates.length === 0 ? (
              <Empty title="No templates.">A template says which arguments a workflow can be started with.</Empty>
            ) : (
              <Table
                label="Templates"
                isStacked
                head={
                  <>
                    <Th>Workflow</Th>
                    <Th>Template</Th>
                    <Th>Version</Th>
                    <Th>Status</Th>
                    <Th>Description</Th>
                    <Th>By</Th>
                    <Th>Saved</Th>
                  </>
                }
              >
                {templates.map((each) => (
                  <Tr key={`${each.workflow} ${each.name} ${each.version}`}>
                    <Td name="Workflow" className="min-w-24 break-words">
                      {each.workflow}
                    </Td>
                    <Td name="Template" className="min-w-28">
                      <Link href={templatePath(each)} className="break-words font-medium text-accent hover:underline">
                        {each.name}
                      </Link>
                    </Td>
                    <Td name="Version" className="tabular-nums">
                      {each.version}
                    </Td>
                    <Td name="Status">
                      <VersionStatus status={each.status} />
                    </Td>
                    <Td name="Description" className="min-w-40 break-words">
                      {each.description}
                    </Td>
                    <Td name="By" className="min-w-24 break-words">
                      {each.createdBy}
                    </Td>
                    <Td name="Saved">
                      <Time at={each.createdAt} />
                    </Td>
                  </Tr>
                ))}
              </Table>
            )}
            <CursorPager next={nextCursor} first="First" more="Next" />
          </Panel>
        )}
      </Loaded>
    </>
  );
}

function WorkflowFilter({ chosen }: { chosen: string | undefined }) {
  const [, setSearch] = useSearchParams();
  const { data } = useQuery({ queryKey: ['workflows'], queryFn: ({ signal }) => client.workflows.list({ signal }) });
  const names = new Set([...(data?.workflows.map(({ name }) => name) ?? []), ...(chosen === undefined ? [] : [chosen])]);
  return (
    <Field label="Workflow" className="w-56">
      {(field) => (
        <SelectInput
          {...field}
          value={chosen ?? ''}
          onChange={({ target }) =>
            setSearch((before) => {
              const after = new URLSearchParams(before);
              after.delete('cursor');
              if (target.value === '') after.delete('workflow');
              else after.set('workflow', target.value);
              return after;
            })
          }
        >
          <option value="">any</option>
          {[...names].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </SelectInput>
      )}
    </Field>
  );
}
