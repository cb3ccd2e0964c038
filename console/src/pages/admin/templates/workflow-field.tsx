// A workflow by name: those that are known are offered, any other can be typed, for it need not be registered here.
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { client } from '../../../api/client';
import { Field, TextInput } from '../../../parts/field';

export interface WorkflowFieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
  error?: string | undefined;
  isFixed?: boolean;
}

export function WorkflowField({ label, value, onChange, error, isFixed = false }: WorkflowFieldProps) {
  const listId = useId();
  const { data } = useQuery({ queryKey: ['workflows'], queryFn: ({ signal }) => client.workflows.list({ signal }) });
  return (
    <Field label={label} isRequired error={error}>
      {(field) => (
        <>
          <TextInput
            {...field}
            required
            list={listId}
            value={value}
            readOnly={isFixed}
            onChange={({ target }) => onChange(target.value)}
          />
          <datalist id={listId}>
            {data?.workflows.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
