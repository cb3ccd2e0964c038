// All enums, by name and version.
import { Plus } from 'lucide-react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { client } from '../../../api/client';
import { useLiveQuery } from '../../../api/live-query';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { CursorPager, useCursor } from '../../../parts/cursor-pager';
import { Loaded } from '../../../parts/loaded';
import { Empty, Panel } from '../../../parts/page';
import { Table, Td, Th, Tr } from '../../../parts/table';
import { Time } from '../../../parts/time';
import { readVersionFilter, VersionFilter } from '../version-filter';
import { VersionStatus } from '../version-status';
import { enumPath } from './enum-path';

export function EnumList() {
  const [search] = useSearchParams();
  const [, go] = useLocation();
  const cursor = useCursor();
  const filter = readVersionFilter(search);
  const may = useMay('templates');
  const query = useLiveQuery(['templates'], {
    queryKey: ['enums', filter, cursor],
    queryFn: ({ signal }) => client.enums.list({ ...filter, ...(cursor !== undefined && { cursor }) }, { signal }),
  });
  return (
    <>
      <div className="flex flex-wrap items-end gap-4">
        <VersionFilter />
        <Button
          kind="primary"
          icon={<Plus />}
          className="ml-auto"
          why={may ? undefined : forbidden('templates')}
          onClick={() => go('/admin/enums?edit=1')}
        >
          New enum
        </Button>
      </div>
      <Loaded query={query} what="the enums">
        {({ enums, nextCursor }) => (
          <Panel isFlush>
            {enums.length === 0 ? (
              <Empty title="No enums.">
                Values that several templates share are kept as an enum, and referred to as "@enum:Name".
              </Empty>
            ) : (
              <Table
                label="Enums"
                isStacked
                head={
                  <>
                    <Th>Name</Th>
                    <Th>Version</Th>
                    <Th>Status</Th>
                    <Th>Description</Th>
                    <Th>By</Th>
                    <Th>Saved</Th>
                  </>
                }
              >
                {enums.map((each) => (
                  <Tr key={`${each.name} ${each.version}`}>
                    <Td name="Name" className="min-w-28">
                      <Link
                        href={enumPath(each.name, each.version)}
                        className="break-words font-medium text-accent hover:underline"
                      >
                        {each.name}
                      </Link>
                    </Td>
                    <Td name="Version" className="tabular-nums">
                      {each.version}
                    </Td>
                    <Td name="Status">
                      <VersionStatus status={each.status} />
                    </Td>
                    <Td name="Description" className="min-w-24 break-words">
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
