// Templates of start arguments: the list, one version, the editor of a new one, or the import, as the URL says.
import { useSearchParams } from 'wouter';
import { TemplateDetail } from './template-detail';
import { TemplateEditor } from './template-editor';
import { TemplateImport } from './template-import';
import { TemplateList } from './template-list';
import { readTemplatePlace } from './template-path';

export function TemplatesSection() {
  const [search] = useSearchParams();
  const place = readTemplatePlace(search);
  const key = JSON.stringify(place ?? null);
  if (search.has('import')) return <TemplateImport />;
  if (search.has('edit')) return <TemplateEditor key={key} from={place} />;
  return place === undefined ? <TemplateList /> : <TemplateDetail key={key} place={place} />;
}
