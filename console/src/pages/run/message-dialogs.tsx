// What a run's own code receives: a command of the workflow's own, or a message, with data that is typed as JSON.
import { useState } from 'react';
import type { RunWaitAnswer } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { ComboBox } from '../../parts/combo-box';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { Field, TextInput } from '../../parts/field';
import { JsonEditor } from '../../parts/json-editor';
import { faultText, type JsonReading, readJson } from '../../parts/json-text';
import { type OrderDialogProps, useOrder } from './use-order';
import { COMMAND_TOPIC } from './waits';

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

/** @param waits of the run: the topic that it waits for is suggested, and filled in if it is the only one */
export function MessageDialog({ waits, ...props }: OrderDialogProps & { waits: readonly RunWaitAnswer[] }) {
  const awaited = topicsOf(waits);
  const [topic, setTopic] = useState(awaited.length === 1 ? (awaited[0] ?? '') : '');
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
      <Field label="Topic" hint={topicHint(topic, awaited)} isRequired>
        {(field) => (
          <ComboBox
            {...field}
            value={topic}
            suggestions={awaited.map((value) => ({ value, note: 'awaited' }))}
            onChange={setTopic}
          />
        )}
      </Field>
      <JsonEditor label="Payload" hint="JSON, or empty." text={text} onChange={setText} rows={4} isOptional />
    </ConfirmDialog>
  );
}

/** Each once. Commands of the workflow's own are sent otherwise. */
function topicsOf(waits: readonly RunWaitAnswer[]): string[] {
  const topics = waits.filter(({ kind }) => kind === 'receive').map(({ sourceKey }) => sourceKey);
  return [...new Set(topics)].filter((topic) => topic !== null && topic !== COMMAND_TOPIC) as string[];
}

function topicHint(topic: string, awaited: readonly string[]): string | undefined {
  if (topic === '' || awaited.includes(topic))
    return awaited.length === 0 ? 'The run waits for no message now.' : `The run waits for ${awaited.join(', ')}.`;
  return 'The run does not wait for this topic now: the message lies in its mailbox until it asks for it.';
}

function readData(text: string): JsonReading {
  return text.trim() === '' ? { value: undefined } : readJson(text);
}

function typedValue(reading: JsonReading): unknown {
  return reading.fault === undefined ? reading.value : undefined;
}
