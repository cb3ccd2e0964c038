// What a run's own code receives: a command of the workflow's own, or a message, with data that is typed as JSON.
import { useState } from 'react';
import { client } from '../../api/client';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { Field, TextInput } from '../../parts/field';
import { JsonEditor } from '../../parts/json-editor';
import { faultText, type JsonReading, readJson } from '../../parts/json-text';
import { type OrderDialogProps, useOrder } from './use-order';

/** As the server has it. */
const COMMAND_NAME = /^[a-z][a-z0-9_.:-]{0,63}$/i;

export function CustomCommandDialog(props: OrderDialogProps) {
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const data = readData(text);
  const wrong = COMMAND_NAME.test(name.trim()) ? faultText(data) : 'It needs a name of letters, digits and _ . : -';
  const confirm = useOrder(
    props,
    (reason) => client.runs.command(props.run.runId, name.trim(), { ...reason, data: typedValue(data) }),
    ({ command, outcome }) => (outcome === 'APPLIED' ? `${command} is done` : `${command} is sent`),
  );
  return (
    <ConfirmDialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title="Send a command"
      action="Send"
      why={wrong}
      onConfirm={confirm}
    >
      <p>
        It lies in the run’s mailbox until the workflow’s code receives it. Code that knows no such command leaves it there, or
        rejects it.
      </p>
      <Field label="Command" hint="Such as CLEAN." isRequired>
        {(field) => <TextInput {...field} value={name} autoComplete="off" onChange={(event) => setName(event.target.value)} />}
      </Field>
      <JsonEditor label="Data" hint="JSON, or empty." text={text} onChange={setText} rows={4} isOptional />
    </ConfirmDialog>
  );
}

export function MessageDialog(props: OrderDialogProps) {
  const [topic, setTopic] = useState('');
  const [text, setText] = useState('');
  const payload = readData(text);
  const wrong = topic === '' ? 'It needs a topic.' : faultText(payload);
  const confirm = useOrder(
    props,
    (reason) => client.runs.send(props.run.runId, topic, typedValue(payload), reason),
    () => 'The message is in its mailbox',
  );
  return (
    <ConfirmDialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title="Send a message"
      action="Send"
      why={wrong}
      onConfirm={confirm}
    >
      <p>It lies in the run’s mailbox until its code receives that topic, once.</p>
      <Field label="Topic" isRequired>
        {(field) => <TextInput {...field} value={topic} autoComplete="off" onChange={(event) => setTopic(event.target.value)} />}
      </Field>
      <JsonEditor label="Payload" hint="JSON, or empty." text={text} onChange={setText} rows={4} isOptional />
    </ConfirmDialog>
  );
}

function readData(text: string): JsonReading {
  return text.trim() === '' ? { value: undefined } : readJson(text);
}

function typedValue(reading: JsonReading): unknown {
  return reading.fault === undefined ? reading.value : undefined;
}
