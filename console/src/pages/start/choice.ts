// What is to be started: workflow, template and version as the URL has them, and what they are where it says nothing. Pure; used by the start page.
import type { TemplateSummary } from '../../../../lib/model/template.js';

export interface Choice {
  workflow: string;
  /** Empty: without a template; undefined: nothing is said. */
  template: string | undefined;
  version: number | undefined;
  /** The run that it is to be like. */
  like: string | undefined;
}

type Version = Pick<TemplateSummary, 'name' | 'version' | 'status'>;

export function readChoice(params: URLSearchParams): Choice {
  const version = Number(params.get('version'));
  return {
    workflow: params.get('workflow') ?? '',
    template: params.get('template') ?? undefined,
    version: Number.isSafeInteger(version) && version > 0 ? version : undefined,
    like: params.get('like') || undefined,
  };
}

export function choiceParams({ workflow, template, version, like }: Choice): URLSearchParams {
  const params = new URLSearchParams();
  if (like !== undefined) params.set('like', like);
  if (workflow !== '') params.set('workflow', workflow);
  if (template !== undefined) params.set('template', template);
  if (template && version !== undefined) params.set('version', String(version));
  return params;
}

/** With a template, if there is one: the one that is named "default", else the first. Of it the highest active version. */
export function completed(choice: Choice, versions: readonly Version[]): Choice {
  const names = [...new Set(versions.map(({ name }) => name))];
  const template = choice.template ?? (names.includes('default') ? 'default' : (names[0] ?? ''));
  if (template === '') return { ...choice, template, version: undefined };
  return { ...choice, template, version: choice.version ?? highest(versions.filter(({ name }) => name === template)) };
}

function highest(versions: readonly Version[]): number | undefined {
  const active = versions.filter(({ status }) => status === 'active');
  const numbers = (active.length > 0 ? active : versions).map(({ version }) => version);
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}
