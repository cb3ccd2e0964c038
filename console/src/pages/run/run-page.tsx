// One run.
import { Page } from '../../parts/page';

export default function RunPage({ id }: { id: string }) {
  return <Page title={`Run ${id}`}>{null}</Page>;
}
