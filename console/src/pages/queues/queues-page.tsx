// Queues.
import { Loading, Page } from '../../parts/page';

export default function QueuesPage() {
  return (
    <Page title="Queues">
      <Loading />
    </Page>
  );
}
