// The fields of an object. What is not required, and not there, is one button; what the schema does not name, but the value has, is JSON.
import { Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, IconButton } from '../../../parts/button';
import { fieldOf, firstValue, isRequired as isRequiredIn, propertiesOf } from '../schema-fields';
import { getAt, isObject, pointerOf } from '../value-path';
import { hasDefault, type SchemaFieldProps, useForm } from './form-context';

export function ObjectFields({ shape, path, isRequired }: SchemaFieldProps) {
  const form = useForm();
  const { schema, title, description } = shape;
  const value = getAt(form.value, path);
  const isWhole = path.length === 0;
  if (value === undefined && !isRequired && !isWhole)
    return (
      <Button
        icon={<Plus />}
        why={form.isReadOnly ? 'You may not start runs.' : undefined}
        onClick={() => form.set(path, firstValue(schema, form.root) ?? {})}
      >
        Add {title}
      </Button>
    );
  const known = propertiesOf(schema, isWhole ? form.order : undefined);
  const others = isObject(value) ? Object.keys(value).filter((name) => !known.some(([each]) => each === name)) : [];
  const fields = (
    <div className="grid grid-cols-1 items-start gap-4 sm:grid-cols-2">
      {known.map(([name, each]) => (
        <form.Field
          key={name}
          shape={fieldOf(each, form.root, name, path.length + 1)}
          path={[...path, name]}
          isRequired={isRequiredIn(schema, name)}
        />
      ))}
      {others.map((name) => (
        <form.Field key={name} shape={fieldOf({}, form.root, name, path.length + 1)} path={[...path, name]} isRequired={false} />
      ))}
    </div>
  );
  if (isWhole) return fields;
  const canGo = !isRequired && !hasDefault(form, path) && !form.isReadOnly && typeof path.at(-1) === 'string';
  return (
    <Group
      title={title}
      description={description}
      isRequired={isRequired}
      fault={form.faultAt(pointerOf(path))}
      actions={canGo && <IconButton label={`Remove ${title}`} icon={<X />} onClick={() => form.set(path, undefined)} />}
    >
      {fields}
    </Group>
  );
}

export interface GroupProps {
  title: string;
  description: string | undefined;
  isRequired: boolean;
  fault: string | undefined;
  actions?: ReactNode;
  children: ReactNode;
}

/** Fields that belong together. */
export function Group({ title, description, isRequired, fault, actions, children }: GroupProps) {
  return (
    <fieldset className="relative min-w-0 rounded-md border border-line px-3 pt-1 pb-3">
      <legend className="px-1 font-medium text-sm">
        {title}
        {isRequired && <span className="text-bad"> *</span>}
      </legend>
      {actions && <div className="absolute -top-3 right-1">{actions}</div>}
      {description !== undefined && <p className="mb-2 pr-8 text-muted text-xs">{description}</p>}
      {fault !== undefined && (
        <p role="alert" className="mb-2 text-bad text-xs">
          {fault}
        </p>
      )}
      {children}
    </fieldset>
  );
}
