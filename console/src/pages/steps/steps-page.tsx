// The steps of one run.
import { Page } from '../../parts/page';

export default function StepsPage({ id }: { id: string }) {
  return <Page title={`Steps of ${id}`}>{null}</Page>;
}
