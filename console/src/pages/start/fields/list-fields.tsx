// The items of a list: added, removed, and moved to another place.
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import { useRef } from 'react';
import { Button, IconButton } from '../../../parts/button';
import { fieldOf, firstValue } from '../schema-fields';
import { getAt, moved, pointerOf } from '../value-path';
import { type SchemaFieldProps, useForm } from './form-context';
import { Group } from './object-fields';

export function ListFields({ shape, path, isRequired }: SchemaFieldProps) {
  const form = useForm();
  const { schema, title, description } = shape;
  const value = getAt(form.value, path);
  const list = Array.isArray(value) ? value : [];
  const keys = useItemKeys(list.length);
  const most = typeof schema.maxItems === 'number' ? schema.maxItems : Number.POSITIVE_INFINITY;
  const full = list.length >= most ? `There are ${most} already: more are not allowed.` : undefined;

  function move(from: number, to: number): void {
    keys.current = moved(keys.current, from, to);
    form.set(path, moved(list, from, to));
  }

  function remove(index: number): void {
    keys.current = keys.current.filter((_, i) => i !== index);
    form.set(
      path,
      list.filter((_, i) => i !== index),
    );
  }

  return (
    <Group title={title} description={description} isRequired={isRequired} fault={form.faultAt(pointerOf(path))}>
      <ol className="flex flex-col gap-3">
        {list.map((_, index) => (
          <li key={keys.current[index]} className="flex min-w-0 flex-wrap items-end gap-2 sm:flex-nowrap">
            <div className="min-w-0 flex-1 basis-48">
              <form.Field
                shape={fieldOf(schema.items, form.root, `${title} ${index + 1}`, path.length + 1)}
                path={[...path, index]}
                isRequired
              />
            </div>
            {!form.isReadOnly && (
              <div className="flex shrink-0">
                <IconButton
                  label={`Move ${title} ${index + 1} up`}
                  icon={<ArrowUp />}
                  why={index === 0 ? 'It is the first.' : undefined}
                  onClick={() => move(index, index - 1)}
                />
                <IconButton
                  label={`Move ${title} ${index + 1} down`}
                  icon={<ArrowDown />}
                  why={index === list.length - 1 ? 'It is the last.' : undefined}
                  onClick={() => move(index, index + 1)}
                />
                <IconButton label={`Remove ${title} ${index + 1}`} icon={<Trash2 />} onClick={() => remove(index)} />
              </div>
            )}
          </li>
        ))}
      </ol>
      {list.length === 0 && <p className="text-muted text-sm">Empty.</p>}
      {!form.isReadOnly && (
        <Button
          className="mt-3"
          icon={<Plus />}
          why={full}
          onClick={() => form.set([...path, list.length], firstValue(schema.items, form.root) ?? null)}
        >
          Add to {title}
        </Button>
      )}
    </Group>
  );
}

/** Items keep what is being typed in them when they are moved. */
function useItemKeys(length: number) {
  const keys = useRef<number[]>([]);
  const next = useRef(0);
  while (keys.current.length < length) keys.current.push(next.current++);
  if (keys.current.length > length) keys.current.length = length;
  return keys;
}
