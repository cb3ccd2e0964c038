// The input of the run: as a form or as JSON, the same value in both; taken out, brought in, and kept as a template.
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Button } from '../../parts/button';
import { Field } from '../../parts/field';
import { Panel } from '../../parts/page';
import { isOneOf, usePreference } from '../../parts/preference';
import { FormProvider } from './fields/form-context';
import { JsonText } from './fields/json-text';
import { SchemaField } from './fields/schema-field';
import type { InputMenuProps } from './input-menu';
import { fieldOf } from './schema-fields';
import { withDefaults } from './template-changes';
import type { StartFormState } from './use-start-form';
import { isObject } from './value-path';

const InputMenu = lazy(() => import('./input-menu'));
const isEditor = isOneOf('form', 'json');
const JSON_PLACE = '';
/** ms without another letter after which it is said that it is no JSON. */
const PAUSE_MS = 800;

export function InputPanel({ state, workflows, onSaved }: InputMenuProps) {
  const { schema } = state.subject;
  const [editor, setEditor] = usePreference<'form' | 'json'>('start-editor', 'form', isEditor);
  const isForm = schema !== undefined && editor === 'form';
  return (
    <Panel
      title="Input"
      actions={
        <>
          {schema !== undefined && (
            <fieldset aria-label="Edit as" className="flex rounded-md border border-line-strong p-0.5">
              {(['form', 'json'] as const).map((each) => (
                <Button
                  key={each}
                  kind="quiet"
                  aria-pressed={editor === each}
                  // What is no JSON would be lost.
                  why={
                    each === 'form' && state.blocking.some(isBroken)
                      ? 'The text is no JSON yet: the form could not show it.'
                      : undefined
                  }
                  onClick={() => setEditor(each)}
                  className="h-6! px-2! text-xs! aria-pressed:bg-accent-soft aria-pressed:text-accent"
                >
                  {each === 'form' ? 'Form' : 'JSON'}
                </Button>
              ))}
            </fieldset>
          )}
          <Suspense fallback={<span className="size-8" />}>
            <InputMenu state={state} workflows={workflows} onSaved={onSaved} />
          </Suspense>
        </>
      }
    >
      <FormProvider value={{ ...state.form, Field: SchemaField }}>
        {isForm ? (
          <SchemaField key={state.round} shape={fieldOf(schema, schema, 'Input')} path={[]} isRequired />
        ) : (
          <JsonEditor key={state.round} state={state} />
        )}
      </FormProvider>
    </Panel>
  );
}

function isBroken({ message }: { message: string }): boolean {
  return message.startsWith('is no JSON');
}

function JsonEditor({ state }: { state: StartFormState }) {
  const { subject, form, value } = state;
  const isList = subject.value === 'arguments';
  const [lines] = useState(() => Math.min(24, Math.max(8, JSON.stringify(value, jsonSafe, 2).split('\n').length + 1)));
  const [leaving, setLeaving] = useState<{ value: unknown; keys: readonly string[] }>();
  const left = leaving?.value === value ? (leaving?.keys ?? []) : [];
  const broken = state.blocking.find((fault) => fault.path === JSON_PLACE && isBroken(fault))?.message;
  const { touch } = state;
  const latest = useRef(touch);
  useEffect(() => {
    latest.current = touch;
  });
  useEffect(() => {
    if (broken === undefined) return;
    const timer = setTimeout(() => latest.current(JSON_PLACE), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [broken]);

  /** The server takes the template's defaults for what is not there; the form and the list of changes show the same. */
  function meant(typed: unknown): unknown {
    const whole = withDefaults(subject.template?.defaults, typed);
    const keys = isObject(whole) && isObject(typed) ? Object.keys(whole).filter((key) => !Object.hasOwn(typed, key)) : [];
    setLeaving({ value: whole, keys });
    return whole;
  }

  return (
    <div data-place={JSON_PLACE}>
      <Field
        label={isList ? 'Arguments, as a JSON list' : 'Input, as JSON'}
        hint={
          isList
            ? 'One item for each argument of the workflow; nothing is said of them by a schema. [] is none.'
            : left.length > 0
              ? `Not in the text: ${left.join(', ')}. There the defaults of the template are taken.`
              : subject.more.length > 0
                ? `The first argument. ${subject.more.length} more of the run are given as they were.`
                : undefined
        }
        error={form.faultAt(JSON_PLACE, true)}
      >
        {(binding) => (
          <JsonText
            {...binding}
            rows={lines}
            readOnly={form.isReadOnly}
            value={value}
            meant={meant}
            onValue={state.replace}
            onBroken={(message) => form.setBroken(JSON_PLACE, message)}
          />
        )}
      </Field>
    </div>
  );
}

function jsonSafe(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
