// What is set of a run: its priority while it has not begun, and the legal hold that keeps retention away from it.
import { useState } from 'react';
import { client } from '../../api/client';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { Field, TextInput } from '../../parts/field';
import { type OrderDialogProps, useOrder } from './use-order';

const LARGEST = 2 ** 31 - 1;

export function PriorityDialog(props: OrderDialogProps) {
  const [text, setText] = useState(String(props.run.priority));
  const isRight = /^-?\d+$/.test(text.trim()) && Math.abs(Number(text)) <= LARGEST;
  const wrong = isRight ? undefined : 'A whole number, such as 0 or -10.';
  const confirm = useOrder(
    props,
    (reason) => client.runs.setPriority(props.run.runId, Number(text), reason),
    ({ changed }) => (changed ? `Its priority is ${Number(text)}` : 'Nothing was changed: it has begun, or is over'),
  );
  return (
    <ConfirmDialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title="Set the priority"
      action="Set"
      why={wrong}
      onConfirm={confirm}
    >
      <p>Of runs that wait in a queue, the one with the lowest number begins first.</p>
      <Field label="Priority" error={wrong} isRequired>
        {(field) => <TextInput {...field} inputMode="numeric" value={text} onChange={(event) => setText(event.target.value)} />}
      </Field>
    </ConfirmDialog>
  );
}

export function LegalHoldDialog(props: OrderDialogProps) {
  const isOn = !props.run.legalHold;
  const confirm = useOrder(
    props,
    (reason) => client.runs.setLegalHold(props.run.runId, isOn, reason),
    ({ changed }) => (changed ? `The legal hold is ${isOn ? 'on' : 'off'}` : 'Nothing was changed: it was so already'),
  );
  return (
    <ConfirmDialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={isOn ? 'Put under legal hold?' : 'End the legal hold?'}
      action={isOn ? 'Put under legal hold' : 'End the legal hold'}
      isDangerous={!isOn}
      onConfirm={confirm}
    >
      <p>
        {isOn
          ? 'Retention does not delete it any more, until somebody ends this.'
          : 'Retention may delete it as any other run, once it is old enough.'}
      </p>
    </ConfirmDialog>
  );
}
