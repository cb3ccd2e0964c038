// Enums that templates refer to: the list, one version, or the editor of a new one, as the URL says.
import { useSearchParams } from 'wouter';
import { EnumDetail } from './enum-detail';
import { EnumEditor } from './enum-editor';
import { EnumList } from './enum-list';

export function EnumsSection() {
  const [search] = useSearchParams();
  const name = search.get('name') ?? undefined;
  const version = Number(search.get('version') ?? Number.NaN);
  const from = { name, version: Number.isInteger(version) ? version : undefined };
  if (search.has('edit')) return <EnumEditor key={`${name} ${version}`} from={from} />;
  return name === undefined ? <EnumList /> : <EnumDetail name={name} version={from.version} />;
}
