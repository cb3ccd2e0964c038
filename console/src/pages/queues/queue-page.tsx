// One queue.
import { Page } from '../../parts/page';

export default function QueuePage({ queue }: { queue: string }) {
  return <Page title={`Queue ${queue}`}>{null}</Page>;
}
