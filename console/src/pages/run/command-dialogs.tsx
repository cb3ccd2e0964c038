// Asks before HOLD, RESUME, STOP, RESET or cancel: each says what will happen to the run.
import { type ReactNode, useState } from 'react';
import type { EngineCommand } from '../../../../lib/model/command-rules.js';
import { client } from '../../api/client';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { durationFault } from '../../parts/duration-input';
import { CheckBox, Field, SelectInput, TextInput } from '../../parts/field';
import { type OrderDialogProps, useOrder } from './use-order';

const MEANINGS: Record<EngineCommand, ReactNode> = {
  HOLD: 'A step that runs is finished and recorded; then the run leaves memory and waits for RESUME. Its timeout stands still meanwhile. It keeps its place in its queue and partition, unless the queue says otherwise.',
  RESUME: 'It goes back to its queue, ahead of runs that have not begun, and goes on where it was.',
  STOP: 'What it waits for fails at once, and the code cleans up; then it is STOPPED. A run that has not begun is STOPPED at once.',
  RESET: 'It goes back to its queue under the same id, with its arguments and its whole timeout anew.',
};
const DANGEROUS: readonly EngineCommand[] = ['STOP', 'RESET'];

export function EngineCommandDialog({ command, ...props }: OrderDialogProps & { command: EngineCommand }) {
  const [timeout, setTimeout] = useState('');
  const [from, setFrom] = useState<'checkpoints' | 'start'>('checkpoints');
  const wrong = timeout === '' ? undefined : durationFault(timeout, 'The limit', { min: 1 });
  const confirm = useOrder(
    props,
    (reason) =>
      client.runs.command(props.run.runId, command, {
        ...reason,
        ...(command === 'STOP' && timeout !== '' && { timeout: timeout.trim() as `${number}s` }),
        ...(command === 'RESET' && { from }),
      }),
    ({ outcome }) => (outcome === 'APPLIED' ? `${command} is done` : `${command} is sent`),
  );
  return (
    <ConfirmDialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={`${command} this run?`}
      action={`Send ${command}`}
      isDangerous={DANGEROUS.includes(command)}
      why={command === 'STOP' ? wrong : undefined}
      onConfirm={confirm}
    >
      <p>{MEANINGS[command]}</p>
      {command === 'STOP' && (
        <Field
          label="Limit for cleaning up"
          hint="Such as 30s or 5m; then it is CANCELLED. Empty: what the workflow says."
          error={wrong}
        >
          {(field) => <TextInput {...field} value={timeout} onChange={(event) => setTimeout(event.target.value)} />}
        </Field>
      )}
      {command === 'RESET' && (
        <Field
          label="From"
          hint={
            from === 'start'
              ? 'Every operation is done anew, the steps too. Events keep their values until they are set again.'
              : 'What succeeded is not repeated; the failure and what came of it is taken out of its record. What it did to others stays.'
          }
        >
          {(field) => (
            <SelectInput {...field} value={from} onChange={(event) => setFrom(event.target.value as typeof from)}>
              <option value="checkpoints">its checkpoints</option>
              <option value="start">the start</option>
            </SelectInput>
          )}
        </Field>
      )}
    </ConfirmDialog>
  );
}

export function CancelDialog(props: OrderDialogProps) {
  const [withChildren, setWithChildren] = useState(false);
  const confirm = useOrder(
    props,
    (reason) => client.runs.cancel(props.run.runId, { ...reason, children: withChildren }),
    ({ cancelled }) => (cancelled ? 'It is cancelled' : 'It was over already'),
  );
  return (
    <ConfirmDialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title="Cancel this run?"
      action="Cancel the run"
      isDangerous
      onConfirm={confirm}
    >
      <p>
        It ends at once, and nothing is cleaned up: <code>finally</code> blocks do not run. To let it clean up, use STOP.
      </p>
      <CheckBox
        label="Its children and theirs too, but for detached ones"
        checked={withChildren}
        onChange={(event) => setWithChildren(event.target.checked)}
      />
    </ConfirmDialog>
  );
}
