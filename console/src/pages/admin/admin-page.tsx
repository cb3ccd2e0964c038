// Operations on the whole.
import { Page } from '../../parts/page';

export default function AdminPage({ section = 'maintenance' }: { section?: string | undefined }) {
  return <Page title={`Admin ${section}`}>{null}</Page>;
}
