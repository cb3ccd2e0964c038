// A new template, or the next version of one: loads what it starts from, then the form has it.
import { useQuery } from '@tanstack/react-query';
import { client } from '../../../api/client';
import { Loaded } from '../../../parts/loaded';
import { TemplateForm } from './template-form';
import type { TemplatePlace } from './template-path';

export function TemplateEditor({ from }: { from: TemplatePlace | undefined }) {
  const { workflow = '', name = '', version } = from ?? {};
  const query = useQuery({
    queryKey: ['templates', 'version', workflow, name, version],
    queryFn: ({ signal }) => client.templates.find(workflow, name, version === undefined ? {} : { version }, { signal }),
    enabled: from !== undefined,
    // What is edited is not changed under the hands.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (from === undefined) return <TemplateForm base={undefined} />;
  return (
    <Loaded query={query} what="the template">
      {(base) => <TemplateForm base={base} />}
    </Loaded>
  );
}
