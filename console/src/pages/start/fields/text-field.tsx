// A text: on one line or several, a date, a moment, an address. Emptied it is left out, where that is possible.
import { useState } from 'react';
import { Field, TextArea, TextInput } from '../../../parts/field';
import { isMultiLine, limitsText } from '../schema-fields';
import { getAt, pointerOf } from '../value-path';
import { FieldHint } from './field-hint';
import { hasDefault, type SchemaFieldProps, useForm } from './form-context';

const INPUT_TYPES: Record<string, string> = {
  date: 'date',
  'local-time': 'time',
  email: 'email',
  password: 'password',
};

export function TextField({ shape, path, isRequired }: SchemaFieldProps) {
  const form = useForm();
  const { schema, title, description, isNullable } = shape;
  const value = getAt(form.value, path);
  const text = typeof value === 'string' ? value : '';
  // Not while somebody types: the field would be another one.
  const [isLong] = useState(() => isMultiLine(schema, value));
  const format = typeof schema.format === 'string' ? schema.format : '';
  const isMoment = format === 'date-time' && (text === '' || !Number.isNaN(Date.parse(text)));

  function change(next: string): void {
    if (next !== '') form.set(path, next);
    else if (isNullable) form.set(path, null);
    else form.set(path, isRequired || hasDefault(form, path) ? '' : undefined);
  }

  const limits = isMoment && text !== '' ? `sent as ${text}` : limitsText(schema);
  return (
    <Field
      label={title}
      isRequired={isRequired}
      error={form.faultAt(pointerOf(path))}
      {...((description !== undefined || limits !== '' || isMoment) && {
        hint: <FieldHint description={description} limits={limits || (isMoment ? 'local time' : '')} />,
      })}
    >
      {(binding) => {
        const shared = { ...binding, readOnly: form.isReadOnly, 'aria-required': isRequired || undefined };
        if (isLong) return <TextArea {...shared} rows={4} value={text} onChange={(event) => change(event.target.value)} />;
        if (isMoment)
          return (
            <TextInput
              {...shared}
              type="datetime-local"
              step={1}
              value={localText(text)}
              onChange={(event) => change(isoText(event.target.value))}
            />
          );
        return (
          <TextInput
            {...shared}
            type={INPUT_TYPES[format] ?? 'text'}
            {...(format === 'local-time' && { step: 1 })}
            autoComplete="off"
            placeholder={value === null ? 'null' : undefined}
            value={text}
            onChange={(event) => change(event.target.value)}
          />
        );
      }}
    </Field>
  );
}

/** As `datetime-local` has it: in the zone of the browser, without saying so. */
function localText(iso: string): string {
  const date = new Date(iso);
  if (iso === '' || Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function isoText(local: string): string {
  const date = new Date(local);
  return local === '' || Number.isNaN(date.getTime()) ? '' : date.toISOString().replace('.000Z', 'Z');
}
