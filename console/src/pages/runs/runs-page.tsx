// Runs.
import { Loading, Page } from '../../parts/page';

export default function RunsPage() {
  return (
    <Page title="Runs">
      <Loading />
    </Page>
  );
}
