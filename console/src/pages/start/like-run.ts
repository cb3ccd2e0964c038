// "Start like this run": what a run was started with, as the form takes it, and what of it can't be taken over. Pure; loaded by use-like-run.ts.
import { isCut, isHidden, type RunDetailsAnswer } from '../../../../lib/http-client/index.js';
import { durationInput } from '../../parts/duration-input.js';
import { attributeText, NO_OPTIONS, type OptionTexts } from './start-options.js';
import { isObject } from './value-path.js';

export interface LikeRun {
  runId: string;
  workflow: string;
  template: { name: string; version: number } | undefined;
  /** Its arguments; undefined: they can't be shown. */
  args: readonly unknown[] | undefined;
  options: OptionTexts;
  /** What is not taken over, or may be another, in sentences. */
  notes: string[];
}

export function likeRunOf(run: RunDetailsAnswer): LikeRun {
  const notes: string[] = [];
  const { provenance, input, attributes } = run;
  if (isHidden(input)) notes.push('Its input is hidden from you: the form begins with the defaults.');
  else if (!Array.isArray(input)) notes.push('Its input can not be read: the form begins with the defaults.');
  else if (hasBigint(input))
    notes.push('It has numbers such as "123n", which only code can start a run with: here they are texts.');
  if (isHidden(attributes)) notes.push('Its attributes are hidden from you.');
  if (isCut(attributes)) notes.push('Its attributes are too large to be taken over.');
  const plain = isObject(attributes) && !isHidden(attributes) && !isCut(attributes);
  return {
    runId: run.runId,
    workflow: run.workflowName,
    template:
      provenance?.template != null && provenance.version !== null
        ? { name: provenance.template, version: provenance.version }
        : undefined,
    args: Array.isArray(input) ? input : undefined,
    options: {
      ...NO_OPTIONS,
      queue: run.queue,
      partitionKey: run.partitionKey ?? '',
      priority: run.priority === 0 ? '' : String(run.priority),
      timeout: run.timeoutMs === null ? '' : durationInput(run.timeoutMs),
      attributes: plain ? Object.entries(attributes).map(([key, value]) => ({ key, value: attributeText(value) })) : [],
    },
    notes,
  };
}

/** As answers show those of workflows. */
function hasBigint(value: unknown): boolean {
  if (typeof value === 'string') return /^-?\d+n$/.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasBigint);
}
