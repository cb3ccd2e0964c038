// One value of the form, drawn as its schema says; as JSON where the schema says too little, or the value is another than it says.
import { isMultiLine } from '../schema-fields';
import { getAt, isObject, pointerOf } from '../value-path';
import { BooleanField, ConstantField } from './boolean-field';
import { ChoiceField } from './choice-field';
import { type SchemaFieldProps, useForm } from './form-context';
import { JsonField } from './json-field';
import { ListFields } from './list-fields';
import { NumberField } from './number-field';
import { ObjectFields } from './object-fields';
import { TextField } from './text-field';

const FIELDS = {
  object: ObjectFields,
  list: ListFields,
  text: TextField,
  number: NumberField,
  boolean: BooleanField,
  choice: ChoiceField,
  constant: ConstantField,
  json: JsonField,
};

export function SchemaField(props: SchemaFieldProps) {
  const { shape, path } = props;
  const form = useForm();
  const Shown = fits(shape.kind, getAt(form.value, path)) ? FIELDS[shape.kind] : JsonField;
  const pointer = pointerOf(path);
  return (
    <div data-place={pointer} className={`min-w-0 ${isWide(shape, Shown === JsonField) ? 'col-span-full' : ''}`}>
      <Shown {...props} />
    </div>
  );
}

/** The others stand two in a row, where there is room. */
function isWide({ kind, schema }: SchemaFieldProps['shape'], isJson: boolean): boolean {
  return isJson || kind === 'object' || kind === 'list' || (kind === 'text' && isMultiLine(schema, ''));
}

function fits(kind: SchemaFieldProps['shape']['kind'], value: unknown): boolean {
  if (value === undefined) return true;
  switch (kind) {
    case 'object':
      return isObject(value);
    case 'list':
      return Array.isArray(value);
    case 'text':
      return typeof value === 'string' || value === null;
    case 'number':
      // What is being typed may be no number yet.
      return ['number', 'bigint', 'string'].includes(typeof value) || value === null;
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return true;
  }
}
