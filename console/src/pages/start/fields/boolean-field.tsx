// Yes or no: a check box where there is a default, else a choice that can be left open. And a value that can be no other.

import { CheckBox, Field, SelectInput } from '../../../parts/field';
import { payloadText } from '../../../parts/payload';
import { getAt, pointerOf } from '../value-path';
import { hasDefault, type SchemaFieldProps, useForm } from './form-context';

export function BooleanField({ shape, path, isRequired }: SchemaFieldProps) {
  const form = useForm();
  const { schema, title, description } = shape;
  const value = getAt(form.value, path);
  const fault = form.faultAt(pointerOf(path));
  if (typeof value === 'boolean' && (hasDefault(form, path) || typeof schema.default === 'boolean'))
    return (
      <div className="flex flex-col gap-1">
        <CheckBox
          label={<span className="font-medium">{title}</span>}
          checked={value}
          disabled={form.isReadOnly}
          onChange={(event) => form.set(path, event.target.checked)}
        />
        {description !== undefined && <p className="text-muted text-xs">{description}</p>}
        {fault !== undefined && (
          <p role="alert" className="text-bad text-xs">
            {fault}
          </p>
        )}
      </div>
    );
  return (
    <Field label={title} isRequired={isRequired} error={fault} {...(description !== undefined && { hint: description })}>
      {(binding) => (
        <SelectInput
          {...binding}
          disabled={form.isReadOnly}
          value={value === undefined ? '' : String(value)}
          onChange={({ target }) => form.set(path, target.value === '' ? undefined : target.value === 'true')}
        >
          <option value="">—</option>
          <option value="true">Yes</option>
          <option value="false">No</option>
        </SelectInput>
      )}
    </Field>
  );
}

export function ConstantField({ shape, path, isRequired }: SchemaFieldProps) {
  const form = useForm();
  const { schema, title, description } = shape;
  const only = 'const' in schema ? schema.const : null;
  const fault = form.faultAt(pointerOf(path));
  return (
    <div className="flex flex-col gap-1">
      <CheckBox
        label={
          <span className="font-medium">
            {title}: <code className="font-mono text-xs">{payloadText(only)}</code>
            {isRequired && <span className="text-bad"> *</span>}
          </span>
        }
        checked={getAt(form.value, path) !== undefined}
        disabled={form.isReadOnly}
        onChange={(event) => form.set(path, event.target.checked ? only : undefined)}
      />
      {description !== undefined && <p className="text-muted text-xs">{description}</p>}
      {fault !== undefined && (
        <p role="alert" className="text-bad text-xs">
          {fault}
        </p>
      )}
    </div>
  );
}
