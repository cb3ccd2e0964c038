// What is started, by which request. The form's value is the argument of the workflow with a template or an input schema, else the list of arguments.
import type { ExpandedTemplateAnswer } from '../../../../lib/http-client/index.js';
import type { Schema } from './schema-fields.js';
import { overridesOf } from './template-changes.js';
import { isObject } from './value-path.js';

export interface StartSubject {
  workflow: string;
  /** Of the value; undefined: anything. */
  schema: Schema | undefined;
  template: ExpandedTemplateAnswer | undefined;
  /** `arguments`: the value is the list of them. */
  value: 'argument' | 'arguments';
  /** Arguments after the first that a run was given which is started again. */
  more: readonly unknown[];
}

/** A version that was made here, to go on with. */
export interface SavedTemplate {
  workflow: string;
  name: string;
  version: number;
}

export type StartRequest =
  | { kind: 'template'; workflow: string; inputs: { template: string; version: number; overrides: Record<string, unknown> } }
  | { kind: 'plain'; workflow: string; args: readonly unknown[] };

export function requestOf({ workflow, template, value: kind, more }: StartSubject, value: unknown): StartRequest {
  if (template !== undefined) {
    const { overrides } = overridesOf(template.defaults, value);
    return { kind: 'template', workflow, inputs: { template: template.name, version: template.version, overrides } };
  }
  if (kind === 'arguments') return { kind: 'plain', workflow, args: Array.isArray(value) ? value : [] };
  return { kind: 'plain', workflow, args: [value, ...more] };
}

/** What the server can be asked to check without a start; undefined: nothing. */
export function checkOf(subject: StartSubject, value: unknown) {
  const request = requestOf(subject, value);
  if (request.kind === 'template') return request.inputs;
  return subject.schema !== undefined && isObject(value) ? { template: null, overrides: value } : undefined;
}

/**
 * Ids of starts: one for each state of the form, so that a start that is sent again is the same run, until it is known to be there. A uuid is the
 * run's own id.
 */
export class StartIds {
  #last: { state: string; id: string } | undefined;

  idFor(state: string): string {
    if (this.#last?.state !== state) this.#last = { state, id: newRunId() };
    return this.#last.id;
  }

  /** It is there: the same form starts another run now. */
  done(): void {
    this.#last = undefined;
  }
}

/** Version 7: ordered by time, as the server makes them. Works on plain http, where `crypto.randomUUID` does not. */
function newRunId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const time = Date.now().toString(16).padStart(12, '0');
  const variant = '89ab'[(bytes[8] ?? 0) & 3];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(13, 16)}-${variant}${random.slice(17, 20)}-${random.slice(20)}`;
}
