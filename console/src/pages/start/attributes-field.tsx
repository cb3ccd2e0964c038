// The attributes of the run: names and values, for filters.
import { Plus, X } from 'lucide-react';
import { useRef } from 'react';
import { Button, IconButton } from '../../parts/button';
import { TextInput } from '../../parts/field';
import type { AttributeText } from './start-options';
import type { StartFormState } from './use-start-form';

export interface AttributesFieldProps {
  state: StartFormState;
  onChange(attributes: AttributeText[]): void;
}

export function AttributesField({ state, onChange }: AttributesFieldProps) {
  const { attributes } = state.options;
  const { isReadOnly } = state.form;
  const isAdded = useRef(false);
  const change = (row: number, next: Partial<AttributeText>) =>
    onChange(attributes.map((each, index) => (index === row ? { ...each, ...next } : each)));
  return (
    <fieldset className="min-w-0">
      <legend className="font-medium text-sm">Attributes</legend>
      <p className="text-muted text-xs">
        Free labels for filters. Numbers, true, false and null are taken as such; "7" in quotes is a text.
      </p>
      {attributes.map(({ key, value }, row) => {
        const place = `attributes/${row}`;
        const fault = state.optionFault(place);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows are what they stand at
          <div key={row} data-place={`option ${place}`} className="mt-2">
            <div className="flex items-center gap-2">
              <TextInput
                ref={(input) => {
                  if (input === null || !isAdded.current || row !== attributes.length - 1) return;
                  isAdded.current = false;
                  input.focus();
                }}
                aria-label={`Name of attribute ${row + 1}`}
                aria-invalid={fault !== undefined || undefined}
                readOnly={isReadOnly}
                placeholder="name"
                value={key}
                onChange={({ target }) => change(row, { key: target.value })}
              />
              <TextInput
                aria-label={`Value of attribute ${row + 1}`}
                readOnly={isReadOnly}
                placeholder="value"
                value={value}
                onChange={({ target }) => change(row, { value: target.value })}
              />
              {!isReadOnly && (
                <IconButton
                  label={`Remove attribute ${row + 1}`}
                  icon={<X />}
                  onClick={() => onChange(attributes.filter((_, index) => index !== row))}
                />
              )}
            </div>
            {fault !== undefined && (
              <p role="alert" className="mt-1 text-bad text-xs">
                {fault}
              </p>
            )}
          </div>
        );
      })}
      {!isReadOnly && (
        <Button
          className="mt-2"
          icon={<Plus />}
          onClick={() => {
            isAdded.current = true;
            onChange([...attributes, { key: '', value: '' }]);
          }}
        >
          Add attribute
        </Button>
      )}
    </fieldset>
  );
}
