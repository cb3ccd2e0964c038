// The audit log: who did what, when, why and by which request. The filter stands in the URL, so that it can be sent to somebody.
import { useSearchParams } from 'wouter';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { CursorPager, useCursor } from '../../parts/cursor-pager';
import { Loaded } from '../../parts/loaded';
import { Empty, Panel } from '../../parts/page';
import { filterOf } from './audit-filter';
import { AuditFilterForm } from './audit-filter-form';
import { AuditTable } from './audit-table';

export function AuditSection() {
  const [search, setSearch] = useSearchParams();
  const filter = filterOf(search);
  const cursor = useCursor();
  const query = useLiveQuery(['audit'], {
    queryKey: ['audit', filter, cursor],
    queryFn: ({ signal }) => client.audit.list({ ...filter, ...(cursor !== undefined && { cursor }) }, { signal }),
  });
  return (
    <>
      <AuditFilterForm key={JSON.stringify(filter)} filter={filter} onFilter={(next) => setSearch({ ...next })} />
      <Loaded query={query} what="the audit log">
        {({ entries, nextCursor }) => (
          <Panel isFlush>
            {entries.length === 0 ? (
              <Empty title="Nothing that matches.">
                {nextCursor === undefined ? 'Nobody did such a thing.' : 'Not in what was looked at so far: look at older lines.'}
              </Empty>
            ) : (
              <AuditTable entries={entries} />
            )}
            <CursorPager next={nextCursor} />
          </Panel>
        )}
      </Loaded>
    </>
  );
}
