// A number, as it is typed: what is none yet stays a text, which the schema refuses; whole numbers stay exact.
import { useState } from 'react';
import { Field, TextInput } from '../../../parts/field';
import { limitsText } from '../schema-fields';
import { getAt, pointerOf } from '../value-path';
import { FieldHint } from './field-hint';
import { type SchemaFieldProps, useForm } from './form-context';
import { numberOf } from './number-text';

export function NumberField({ shape, path, isRequired }: SchemaFieldProps) {
  const form = useForm();
  const { schema, title, description, isNullable } = shape;
  const value = getAt(form.value, path);
  const [draft, setDraft] = useState('');
  // `1.` and `1` are the same number: what is typed is shown for as long as it means the value.
  const text = numberOf(draft) === value && draft !== '' ? draft : value === undefined || value === null ? '' : String(value);
  const limits = limitsText(schema);

  function change(next: string): void {
    setDraft(next);
    const number = numberOf(next);
    form.set(path, number === undefined && isNullable ? null : number);
  }

  return (
    <Field
      label={title}
      isRequired={isRequired}
      error={form.faultAt(pointerOf(path))}
      {...((description !== undefined || limits !== '') && { hint: <FieldHint description={description} limits={limits} /> })}
    >
      {(binding) => (
        <TextInput
          {...binding}
          aria-required={isRequired || undefined}
          readOnly={form.isReadOnly}
          inputMode={schema.type === 'integer' ? 'numeric' : 'decimal'}
          autoComplete="off"
          placeholder={value === null ? 'null' : undefined}
          value={text}
          onChange={(event) => change(event.target.value)}
          className="tabular-nums"
        />
      )}
    </Field>
  );
}
