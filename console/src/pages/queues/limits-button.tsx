// Opens the dialog of a queue's limits.
import { SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { forbidden, useMay } from '../../api/me';
import { Button } from '../../parts/button';
import { LimitsDialog } from './limits-dialog';
import type { QueueView } from './queue-figures';

export function LimitsButton({ queue, text = 'Limits' }: { queue: QueueView; text?: string }) {
  const may = useMay('queues');
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        kind="quiet"
        icon={<SlidersHorizontal />}
        why={may ? undefined : forbidden('queues')}
        aria-label={`${text}${text === 'Limits' ? '' : ' the limits'} of ${queue.name}`}
        onClick={() => setOpen(true)}
      >
        {text}
      </Button>
      <LimitsDialog isOpen={isOpen} onClose={() => setOpen(false)} queue={queue} />
    </>
  );
}
