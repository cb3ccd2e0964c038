// Downloads a version as a document for the import elsewhere, with the enums that it refers to.
import type { TemplateAnswer } from '../../../../../lib/http-client/index.js';
import { client } from '../../../api/client';
import { jsonText } from '../../../api/lossless-json';
import { Button } from '../../../parts/button';
import { download } from '../../../parts/payload';
import { useAction } from '../../../parts/use-action';

export function ExportTemplate({ template: { workflow, name, version } }: { template: TemplateAnswer }) {
  const send = useAction({
    run: () => client.templates.export(workflow, name, { version }),
    changes: [],
    onDone: (document) => download(jsonText(document), `${workflow}-${name}-v${version}`),
  });
  return (
    <Button isBusy={send.isPending} onClick={() => send.mutate()}>
      Export
    </Button>
  );
}
