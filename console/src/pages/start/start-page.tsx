// Start.
import { Loading, Page } from '../../parts/page';

export default function StartPage() {
  return (
    <Page title="Start">
      <Loading />
    </Page>
  );
}
