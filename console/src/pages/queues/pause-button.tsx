// Pauses a queue, or ends its pause: asks first, with a reason for the audit log.
import { useQueryClient } from '@tanstack/react-query';
import { Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { client } from '../../api/client';
import { forbidden, useMay } from '../../api/me';
import { Button } from '../../parts/button';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { toast } from '../../parts/toast';
import type { QueueView } from './queue-figures';
import { QUEUE_CHANGES } from './use-queues';

export interface PauseButtonProps {
  queue: Pick<QueueView, 'name' | 'isPaused' | 'waiting'>;
  isQuiet?: boolean;
}

export function PauseButton({ queue: { name, isPaused, waiting }, isQuiet = false }: PauseButtonProps) {
  const may = useMay('queues');
  const queries = useQueryClient();
  const [asked, setAsked] = useState<'pause' | 'resume'>();
  const verb = isPaused ? 'Resume' : 'Pause';

  async function act(order: 'pause' | 'resume', reason: string | undefined): Promise<void> {
    try {
      await client.queues[order](name, { reason });
      toast({ kind: 'good', title: order === 'pause' ? `${name} is paused.` : `${name} goes on.` });
    } finally {
      await Promise.all(QUEUE_CHANGES.map((queryKey) => queries.invalidateQueries({ queryKey })));
    }
  }

  return (
    <>
      <Button
        kind={isQuiet ? 'quiet' : 'plain'}
        icon={isPaused ? <Play /> : <Pause />}
        why={may ? undefined : forbidden('queues')}
        aria-label={`${verb} ${name}`}
        onClick={() => setAsked(isPaused ? 'resume' : 'pause')}
      >
        {verb}
      </Button>
      <ConfirmDialog
        isOpen={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={`${asked === 'resume' ? 'Resume' : 'Pause'} the queue ${name}?`}
        action={asked === 'resume' ? 'Resume' : 'Pause'}
        onConfirm={(reason) => act(asked ?? 'pause', reason)}
      >
        <p className="text-sm">
          {asked === 'resume'
            ? `Its runs begin again, in all processes; ${waiting.toLocaleString('en')} wait.`
            : 'Nothing of it begins any more, in any process. What has begun goes on, and new runs can still be put into it.'}
        </p>
      </ConfirmDialog>
    </>
  );
}
