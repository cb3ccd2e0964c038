// Changes the limits of a queue, or makes a queue. Checked while it is typed as the server checks it; only what was changed is sent.
import { useState } from 'react';
import { client } from '../../api/client';
import { Dialog } from '../../parts/dialog';
import { useAction } from '../../parts/use-action';
import { changesOf, formOf, limitsOf, NEW_QUEUE } from './limit-rules';
import { LimitsForm, type LimitsFormProps } from './limits-form';
import type { QueueView } from './queue-figures';
import { QUEUE_CHANGES } from './use-queues';

export interface LimitsDialogProps {
  isOpen: boolean;
  onClose(): void;
  queue: QueueView;
}

type Change = Parameters<typeof changesOf>;

export function LimitsDialog({ isOpen, onClose, queue }: LimitsDialogProps) {
  const action = useAction({
    run: ({ change, reason }: { change: Change; reason: string | undefined }) =>
      client.queues.update(queue.name, { ...changesOf(...change), reason }),
    changes: QUEUE_CHANGES,
    done: () => `The limits of ${queue.name} are changed.`,
    onDone: onClose,
    toastsErrors: false,
  });
  function close(): void {
    action.reset();
    onClose();
  }
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={`Limits of ${queue.name}`}
      description="They count from the next start on, in all processes. An empty field is no limit."
      isBusy={action.isPending}
    >
      <LimitsEditor
        queue={queue}
        error={action.error}
        isBusy={action.isPending}
        onChange={(change, reason) => action.mutate({ change, reason })}
        onCancel={close}
      />
    </Dialog>
  );
}

interface LimitsEditorProps extends Pick<LimitsFormProps, 'error' | 'isBusy' | 'onCancel'> {
  queue: QueueView;
  onChange(change: Change, reason: string | undefined): void;
}

/** As it was when the dialog opened: what comes in meanwhile must not change what is being typed. */
function LimitsEditor({ queue, onChange, ...rest }: LimitsEditorProps) {
  const [before] = useState(() => formOf(queue));
  return (
    <LimitsForm
      {...rest}
      before={before}
      permits={queue.permits}
      verb="Change"
      onSubmit={(form, reason) => onChange([before, form], reason)}
    />
  );
}

export interface NewQueueDialogProps {
  isOpen: boolean;
  onClose(): void;
  onMade(name: string): void;
}

export function NewQueueDialog({ isOpen, onClose, onMade }: NewQueueDialogProps) {
  const action = useAction({
    run: ({ form, reason }: { form: typeof NEW_QUEUE; reason: string | undefined }) =>
      client.queues.create({ name: form.name, ...limitsOf(form), reason }),
    changes: QUEUE_CHANGES,
    done: (_result, { form }) => `There is a queue ${form.name} now.`,
    onDone: (_result, { form }) => onMade(form.name),
    toastsErrors: false,
  });
  function close(): void {
    action.reset();
    onClose();
  }
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title="New queue"
      description="All processes that serve every queue take runs from it at once. An empty field is no limit."
      isBusy={action.isPending}
    >
      <LimitsForm
        before={NEW_QUEUE}
        isNew
        verb="Make the queue"
        error={action.error}
        isBusy={action.isPending}
        onSubmit={(form, reason) => action.mutate({ form, reason })}
        onCancel={close}
      />
    </Dialog>
  );
}
