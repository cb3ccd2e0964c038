// The fields of the editor of templates as they are typed, and what they come to. Pure.
import type { TemplateAnswer } from '../../../../../lib/http-client/index.js';
import { faultText, readJson } from '../../../parts/json-text';

export interface TemplateTexts {
  workflow: string;
  name: string;
  description: string;
  schema: string;
  defaults: string;
  ui: string;
}

type Content = Pick<TemplateAnswer, 'schema' | 'defaults' | 'ui'> & { description: string };

const NAMES = { schema: 'The schema', defaults: 'The defaults', ui: 'The hints' } as const;

/** Undefined: something of it is no JSON object. */
export function contentOf(texts: TemplateTexts): Content | undefined {
  const [schema, defaults, ui] = [objectIn(texts.schema), objectIn(texts.defaults), objectIn(texts.ui)];
  if (schema === undefined || schema === null || defaults === undefined || ui === undefined) return undefined;
  return { schema, defaults: defaults ?? {}, ui, description: texts.description.trim() };
}

/** Why it can't be sent; undefined: it can. */
export function contentProblem(texts: TemplateTexts): string | undefined {
  if (texts.workflow.trim() === '') return 'A workflow is needed.';
  if (texts.name.trim() === '') return 'A name is needed.';
  for (const key of ['schema', 'defaults', 'ui'] as const) {
    const text = texts[key];
    if (text.trim() === '') {
      if (key === 'schema') return 'A schema is needed.';
      continue;
    }
    const fault = faultText(readJson(text));
    if (fault !== undefined) return `${NAMES[key]}: ${fault}`;
    if (objectIn(text) === undefined) return `${NAMES[key]}: a JSON object is needed.`;
  }
  return undefined;
}

/** Null: nothing is there. */
function objectIn(text: string): Content['schema'] | null | undefined {
  if (text.trim() === '') return null;
  const reading = readJson(text);
  if (reading.fault !== undefined) return undefined;
  const { value } = reading;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Content['schema']) : undefined;
}
