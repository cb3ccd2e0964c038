// A whole sweep now, by the settings that are saved: counted beforehand, and told afterwards.
import { useState } from 'react';
import { client } from '../../../api/client';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { ConfirmDialog } from '../../../parts/confirm-dialog';
import { useAction } from '../../../parts/use-action';
import { RetentionCounts, type RetentionResult } from './retention-counts';
import { RetentionPreview } from './retention-preview';

export function ApplyPanel() {
  const may = useMay('retention');
  const [isAsking, setAsking] = useState(false);
  const [result, setResult] = useState<RetentionResult>();
  const apply = useAction({
    // As long as it takes.
    run: (reason: string | undefined) => client.retention.apply(reason === undefined ? {} : { reason }, { timeoutMs: 0 }),
    changes: [['retention'], ['runs'], ['queues']],
    onDone: setResult,
    toastsErrors: false,
  });
  return (
    <div className="mt-4 flex flex-col items-start gap-3">
      <Button kind="danger" why={may ? undefined : forbidden('retention')} onClick={() => setAsking(true)}>
        Sweep now …
      </Button>
      {result !== undefined && (
        <section aria-label="Result of the sweep" className="w-full rounded-md border border-line p-3">
          <RetentionCounts result={result} />
        </section>
      )}
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title="Sweep now"
        action="Delete and end"
        isDangerous
        typed="delete"
        onConfirm={(reason) => apply.mutateAsync(reason)}
      >
        <p>By the settings that are saved. What is deleted can not be brought back.</p>
        <RetentionPreview limits={{}} />
      </ConfirmDialog>
    </div>
  );
}
