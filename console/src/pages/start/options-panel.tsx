// Where, when and under which rules the run goes; what is left empty is as the workflow has it.
import { useQuery } from '@tanstack/react-query';
import { client } from '../../api/client';
import { ComboBox } from '../../parts/combo-box';
import { CheckBox, Field, SelectInput, TextArea, TextInput } from '../../parts/field';
import { Panel } from '../../parts/page';
import { durationText } from '../../parts/time-text';
import { AttributesField } from './attributes-field';
import { durationMs, type OptionTexts } from './start-options';
import type { StartFormState } from './use-start-form';

type TextName = 'partitionKey' | 'priority' | 'timeout' | 'delay' | 'deduplicationId' | 'id';

export function OptionsPanel({ state }: { state: StartFormState }) {
  const { options, form } = state;
  const queues = useQuery({ queryKey: ['queues'], queryFn: ({ signal }) => client.queues.list({ signal }), staleTime: 30_000 });
  const set = (change: Partial<OptionTexts>) => state.setOptions({ ...options, ...change });
  const field = (name: TextName, label: string, hint: string, placeholder?: string) => (
    <OptionField name={name} label={label} hint={hint} placeholder={placeholder} state={state} />
  );
  return (
    <Panel title="Options">
      <div className="flex flex-col gap-4">
        <div data-place="option queue">
          <Field label="Queue" hint="Empty: the workflow's." error={state.optionFault('queue')}>
            {(binding) => (
              <ComboBox
                {...binding}
                readOnly={form.isReadOnly}
                value={options.queue}
                suggestions={(queues.data?.queues ?? []).map(({ name, isPaused }) => ({
                  value: name,
                  ...(isPaused && { note: 'paused' }),
                }))}
                onChange={(queue) => set({ queue })}
              />
            )}
          </Field>
        </div>
        {field('partitionKey', 'Partition key', 'Runs of one partition of a queue take turns.', 'line-1/reactor-a')}
        <div className="grid grid-cols-2 gap-4">
          {field('timeout', 'Timeout', durationHint(options.timeout, "Empty: the workflow's."), '180s')}
          {field('priority', 'Priority', 'Lower first; empty: 0.', '0')}
        </div>
        <details open={hasMore(options)} className="group">
          <summary className="font-medium text-accent text-sm">More options</summary>
          <div className="mt-3 flex flex-col gap-4">
            {field('delay', 'Delay', durationHint(options.delay, 'It begins not before this long from now.'), '10m')}
            {field(
              'deduplicationId',
              'Deduplication id',
              'While a run of the queue that has it is not over, no other is started.',
            )}
            <Field label="If there is such a run">
              {(binding) => (
                <SelectInput
                  {...binding}
                  disabled={form.isReadOnly || options.deduplicationId === ''}
                  value={options.deduplicationPolicy}
                  onChange={({ target }) => set({ deduplicationPolicy: target.value as OptionTexts['deduplicationPolicy'] })}
                >
                  <option value="reject">Refuse this start</option>
                  <option value="return-existing">Give that run</option>
                </SelectInput>
              )}
            </Field>
            {field(
              'id',
              'Run id',
              'Your own. The same id again gives the same run, whatever is asked. Empty: a new one for each start.',
            )}
            <AttributesField state={state} onChange={(attributes) => set({ attributes })} />
            <div data-place="option allowDuringMaintenance">
              <CheckBox
                label="Start during maintenance: enqueue it all the same"
                checked={options.allowDuringMaintenance}
                disabled={form.isReadOnly}
                onChange={({ target }) => set({ allowDuringMaintenance: target.checked })}
              />
            </div>
            <Field label="Reason" hint="Kept in the audit log.">
              {(binding) => (
                <TextArea
                  {...binding}
                  rows={2}
                  readOnly={form.isReadOnly}
                  value={options.reason}
                  onChange={({ target }) => set({ reason: target.value })}
                />
              )}
            </Field>
          </div>
        </details>
      </div>
    </Panel>
  );
}

interface OptionFieldProps {
  name: TextName;
  label: string;
  hint: string;
  placeholder: string | undefined;
  state: StartFormState;
}

function OptionField({ name, label, hint, placeholder, state }: OptionFieldProps) {
  return (
    <div data-place={`option ${name}`} className="min-w-0">
      <Field label={label} hint={hint} error={state.optionFault(name)}>
        {(binding) => (
          <TextInput
            {...binding}
            readOnly={state.form.isReadOnly}
            autoComplete="off"
            placeholder={placeholder}
            value={state.options[name]}
            onChange={({ target }) => state.setOptions({ ...state.options, [name]: target.value })}
          />
        )}
      </Field>
    </div>
  );
}

function durationHint(text: string, otherwise: string): string {
  const ms = durationMs(text);
  return text.trim() === '' || ms === undefined ? otherwise : `That is ${durationText(ms)}.`;
}

/** Of another run: it is to be seen what was taken over. */
function hasMore({ delay, deduplicationId, id, attributes }: OptionTexts): boolean {
  return delay !== '' || deduplicationId !== '' || id !== '' || attributes.length > 0;
}
