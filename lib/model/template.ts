// Templates of start arguments and the enums they refer to, as stored and as callers see them. Pure vocabulary: everybody may import it.

export const TEMPLATE_STATUSES = ['active', 'obsolete'] as const;

/** `obsolete`: kept and readable, but nothing is started with it any more. */
export type TemplateStatus = (typeof TEMPLATE_STATUSES)[number];

/** What JSON can say. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** A version without its schema, as lists show it. */
export interface TemplateSummary {
  workflow: string;
  name: string;
  version: number;
  status: TemplateStatus;
  description: string | null;
  createdBy: string;
  createdAt: Date;
}

/** One version of a template. All but its status never changes. */
export interface Template extends TemplateSummary {
  /** JSON Schema of an object; its properties are the parameters. */
  schema: JsonObject;
  defaults: JsonObject;
  /** Hints for whoever draws the form; not read by the library. */
  ui: JsonObject | null;
}

export interface EnumValue {
  label: string;
  value: string | number | boolean;
  /** Shown, but not accepted. */
  disabled?: true;
}

/** One version of an enum. All but its status never changes. */
export interface ParamEnum {
  name: string;
  version: number;
  status: TemplateStatus;
  values: EnumValue[];
  description: string | null;
  createdBy: string;
  createdAt: Date;
}

/** What a run was started with by startWithTemplate; kept with the run. */
export interface RunProvenance {
  /** Whose template it is. */
  workflow: string;
  /** Null: started without one. */
  template: string | null;
  version: number | null;
  /** The version of each enum that was used, by name. */
  enums: Record<string, number>;
  /** Names of the parameters that the starter gave, sorted. */
  overrides: string[];
  actor: string;
}
