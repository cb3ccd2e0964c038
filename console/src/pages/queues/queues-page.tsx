// All queues: how much waits in each and since when, how fast runs end, and what keeps them from going on; with pause, limits and making new ones.
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { forbidden, useMay } from '../../api/me';
import { Button } from '../../parts/button';
import { Loaded } from '../../parts/loaded';
import { Empty, Page } from '../../parts/page';
import { useKey } from '../../shell/keys';
import { NewQueueDialog } from './limits-dialog';
import { QueueFilters } from './queue-filters';
import { queuePath } from './queue-links';
import { QueueList } from './queue-list';
import { useQueues } from './use-queues';

export default function QueuesPage() {
  const queues = useQueues();
  const may = useMay('queues');
  const [, go] = useLocation();
  const [search] = useSearchParams();
  const [isMaking, setMaking] = useState(false);
  useKey('n', 'Make a queue', () => may && setMaking(true));
  return (
    <Page
      title="Queues"
      actions={
        <Button icon={<Plus />} why={may ? undefined : forbidden('queues')} onClick={() => setMaking(true)}>
          New queue
        </Button>
      }
    >
      <QueueFilters />
      <Loaded query={queues} what="queues">
        {({ queues: all }) =>
          all.length === 0 ? (
            <Empty title="There are no queues yet.">Make one here, or declare one in the application: registerQueue().</Empty>
          ) : (
            <QueueList queues={all} find={search.get('find') ?? ''} workflow={search.get('workflow') ?? undefined} />
          )
        }
      </Loaded>
      <NewQueueDialog isOpen={isMaking} onClose={() => setMaking(false)} onMade={(name) => go(queuePath(name))} />
    </Page>
  );
}
