// What the server has against a template, at the field that it is about. Pure.
import { WorkflowsHttpError } from '../../../../../lib/http-client/index.js';
import { problemOf } from '../../../api/problem';

export type TemplateField = 'workflow' | 'name' | 'description' | 'schema' | 'defaults' | 'ui';

export interface TemplateFault {
  /** Undefined: it is about none of the fields. */
  field: TemplateField | undefined;
  text: string;
}

const FIELDS: readonly TemplateField[] = ['workflow', 'name', 'description', 'schema', 'defaults', 'ui'];

export function templateFaultOf(error: unknown): TemplateFault {
  const { text, fields } = problemOf(error);
  const listed = fields.map(({ path, message }) => `${path || 'the whole'} ${message}`).join('; ');
  return { field: fieldOf(error), text: listed === '' ? text : `${text} (${listed})` };
}

function fieldOf(error: unknown): TemplateField | undefined {
  if (!WorkflowsHttpError.is(error)) return undefined;
  if (error.code === 'TEMPLATE_SCHEMA_INVALID' || error.code.startsWith('TEMPLATE_ENUM_')) return 'schema';
  if (error.code === 'TEMPLATE_KEY_UNKNOWN' || error.code === 'TEMPLATE_INPUT_INVALID') return 'defaults';
  const { option, label } = (error.details ?? {}) as { option?: unknown; label?: unknown };
  // A path as `ui/order/0`; of names what they name, as `template name`.
  if (typeof option === 'string') return FIELDS.find((each) => option === each || option.startsWith(`${each}/`));
  return label === 'template name' ? 'name' : label === 'workflow name' ? 'workflow' : undefined;
}
