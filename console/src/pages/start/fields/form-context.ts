// What the fields of the form share: the whole value, what is wrong with it, and how to change a part of it.
import { type ComponentType, createContext, use } from 'react';
import type { FieldShape, Schema } from '../schema-fields';
import type { Path } from '../value-path';

export interface FormApi {
  /** Draws a value within another: fields know each other by this alone. */
  Field: ComponentType<SchemaFieldProps>;
  root: Schema;
  /** Names of parameters as the template wants them shown. */
  order: unknown;
  value: unknown;
  /** Parameters that the template has defaults for: these can't be left out. */
  defaults: object;
  /** `undefined` takes the value away. */
  set(path: Path, value: unknown): void;
  /** What is to be said at the field. */
  faultAt(pointer: string, isWithin?: boolean): string | undefined;
  /** What is typed there is no value. */
  setBroken(pointer: string, message: string | undefined): void;
  isReadOnly: boolean;
}

export interface SchemaFieldProps {
  shape: FieldShape;
  path: Path;
  isRequired: boolean;
}

const FormContext = createContext<FormApi | undefined>(undefined);

export const FormProvider = FormContext.Provider;

export function useForm(): FormApi {
  const form = use(FormContext);
  if (form === undefined) throw new Error('A field stands outside of a form.');
  return form;
}

/** A default of the template comes back when a parameter is left out. */
export function hasDefault({ defaults }: Pick<FormApi, 'defaults'>, path: Path): boolean {
  return path.length === 1 && Object.hasOwn(defaults, String(path[0]));
}
