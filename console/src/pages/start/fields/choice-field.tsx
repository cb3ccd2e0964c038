// One of the values that the schema lists, with their labels; those that are not accepted any more are shown, but can't be chosen.
import { jsonText } from '../../../api/lossless-json';
import { Field, SelectInput } from '../../../parts/field';
import { payloadText } from '../../../parts/payload';
import { getAt, pointerOf } from '../value-path';
import { hasDefault, type SchemaFieldProps, useForm } from './form-context';

const ANOTHER = 'another';

export function ChoiceField({ shape, path, isRequired }: SchemaFieldProps) {
  const form = useForm();
  const { title, description, options } = shape;
  const value = getAt(form.value, path);
  const chosen = options.findIndex((option) => jsonText(option.value) === jsonText(value));
  const shown = value === undefined ? '' : chosen === -1 ? ANOTHER : String(chosen);
  const canBeOpen = value === undefined || !(isRequired || hasDefault(form, path));
  return (
    <Field
      label={title}
      isRequired={isRequired}
      error={form.faultAt(pointerOf(path))}
      {...(description !== undefined && { hint: description })}
    >
      {(binding) => (
        <SelectInput
          {...binding}
          aria-required={isRequired || undefined}
          disabled={form.isReadOnly}
          value={shown}
          onChange={({ target }) => form.set(path, target.value === '' ? undefined : options[Number(target.value)]?.value)}
        >
          {canBeOpen && <option value="">—</option>}
          {shown === ANOTHER && (
            <option value={ANOTHER} disabled>
              {payloadText(value).slice(0, 100)} (not allowed)
            </option>
          )}
          {options.map(({ label, isDisabled }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the index is the value
            <option key={index} value={index} disabled={isDisabled}>
              {label}
            </option>
          ))}
        </SelectInput>
      )}
    </Field>
  );
}
