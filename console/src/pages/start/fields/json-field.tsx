// A value as JSON, for what no other field fits. What is no JSON is told, and keeps the start off.
import { Field } from '../../../parts/field';
import { getAt, pointerOf } from '../value-path';
import { type SchemaFieldProps, useForm } from './form-context';
import { JsonText } from './json-text';

export function JsonField({ shape, path, isRequired }: SchemaFieldProps) {
  const form = useForm();
  const pointer = pointerOf(path);
  const { title, description } = shape;
  return (
    <Field
      label={title}
      isRequired={isRequired}
      error={form.faultAt(pointer, true)}
      hint={description === undefined ? 'JSON' : `${description} · JSON`}
    >
      {(binding) => (
        <JsonText
          {...binding}
          rows={3}
          readOnly={form.isReadOnly}
          value={getAt(form.value, path)}
          canBeEmpty
          onValue={(value) => form.set(path, value)}
          onBroken={(message) => form.setBroken(pointer, message)}
        />
      )}
    </Field>
  );
}
