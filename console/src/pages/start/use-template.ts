// The chosen version of a template, as a form shows it. Used by what begins with it, and by what names it.
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import type { Choice } from './choice';

export function useTemplate({ workflow, template = '', version }: Choice) {
  return useLiveQuery(['templates'], {
    queryKey: ['template', workflow, template, version],
    queryFn: ({ signal }) => client.templates.find(workflow, template, { version, expand: true }, { signal }),
    enabled: template !== '',
  });
}
