// How long runs are kept, and how old they may get: the settings in force, what they would delete, and a sweep now.
import { client } from '../../../api/client';
import { useLiveQuery } from '../../../api/live-query';
import { Loaded } from '../../../parts/loaded';
import { Panel } from '../../../parts/page';
import { Facts } from '../../../parts/table';
import { Time } from '../../../parts/time';
import { ApplyPanel } from './apply-panel';
import { RetentionForm } from './retention-form';

export function RetentionSection() {
  const query = useLiveQuery(['retention'], {
    queryKey: ['retention'],
    queryFn: ({ signal }) => client.retention.get({ signal }),
  });
  return (
    <Loaded query={query} what="the retention settings">
      {(info) => (
        <>
          <Panel title="Settings">
            <RetentionForm stored={info} />
          </Panel>
          <Panel title="Sweeps">
            <Facts
              facts={[
                ['Last sweep began', <Time key="swept" at={info.sweptAt} none="never" />],
                ['Settings changed', <Time key="updated" at={info.updatedAt} />],
              ]}
            />
            <ApplyPanel />
          </Panel>
        </>
      )}
    </Loaded>
  );
}
