// The choice of workflow, template and version.
import { useEffect, useState } from 'react';
import type { TemplateSummary } from '../../../../lib/model/template.js';
import { ComboBox } from '../../parts/combo-box';
import { CheckBox, Field, SelectInput } from '../../parts/field';
import { Panel } from '../../parts/page';
import type { Choice } from './choice';
import { useTemplate } from './use-template';

export interface TemplateFilter {
  isActiveOnly: boolean;
  isLatestOnly: boolean;
}

type Version = Pick<TemplateSummary, 'name' | 'version' | 'status' | 'description'>;

export interface ChoicePanelProps {
  choice: Choice;
  workflows: ReadonlyArray<{ name: string; served: boolean }>;
  versions: readonly Version[];
  filter: TemplateFilter;
  onFilter(filter: TemplateFilter): void;
  onChoose(choice: Choice): void;
}

export function ChoicePanel({ choice, workflows, versions, filter, onFilter, onChoose }: ChoicePanelProps) {
  const { workflow, template = '', version } = choice;
  const isKnown = workflows.some(({ name }) => name === workflow);
  const names = [...new Set([...versions.map(({ name }) => name), ...(template === '' ? [] : [template])])];
  const ofTemplate = versions.filter(({ name }) => name === template);
  // The list may be of active ones alone: one that a link names is known by itself.
  const isObsolete = useTemplate(choice).data?.status === 'obsolete';
  const numbers = [...new Set([...ofTemplate.map((each) => each.version), ...(version === undefined ? [] : [version])])];
  return (
    <Panel>
      <div className="grid grid-cols-1 gap-x-4 gap-y-3 sm:grid-cols-2 lg:grid-cols-[minmax(0,2fr)_minmax(0,2fr)_minmax(0,1fr)]">
        <WorkflowField workflow={workflow} workflows={workflows} onChoose={(name) => onChoose(ofWorkflow(choice, name))} />
        <Field label="Template" hint={ofTemplate.find((each) => each.version === version)?.description ?? undefined}>
          {(binding) => (
            <SelectInput
              {...binding}
              disabled={!isKnown}
              value={template}
              onChange={({ target }) => onChoose({ ...choice, template: target.value, version: undefined })}
            >
              {names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
              <option value="">without a template</option>
            </SelectInput>
          )}
        </Field>
        <Field label="Version">
          {(binding) => (
            <SelectInput
              {...binding}
              disabled={template === ''}
              value={version ?? ''}
              onChange={({ target }) => onChoose({ ...choice, version: Number(target.value) })}
            >
              {version === undefined && <option value="">—</option>}
              {numbers
                .sort((a, b) => b - a)
                .map((each) => (
                  <option key={each} value={each}>
                    {each}
                    {(each === version && isObsolete) ||
                    ofTemplate.some(({ version: number, status }) => number === each && status === 'obsolete')
                      ? ' (obsolete)'
                      : ''}
                  </option>
                ))}
            </SelectInput>
          )}
        </Field>
      </div>
      <div className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-muted">
        <CheckBox
          label="Active only"
          checked={filter.isActiveOnly}
          onChange={({ target }) => onFilter({ ...filter, isActiveOnly: target.checked })}
        />
        <CheckBox
          label="Latest only"
          checked={filter.isLatestOnly}
          onChange={({ target }) => onFilter({ ...filter, isLatestOnly: target.checked })}
        />
      </div>
    </Panel>
  );
}

interface WorkflowFieldProps {
  workflow: string;
  workflows: ChoicePanelProps['workflows'];
  onChoose(name: string): void;
}

/** What is typed is chosen once it is the name of one. */
function WorkflowField({ workflow, workflows, onChoose }: WorkflowFieldProps) {
  const [text, setText] = useState(workflow);
  const [isLeft, setLeft] = useState(false);
  useEffect(() => setText(workflow), [workflow]);
  const found = workflows.find(({ name }) => name === text.trim());
  const missing =
    found !== undefined || text.trim() === '' || (!isLeft && text !== workflow)
      ? undefined
      : `The process that answers here has no workflow of this name. It has ${workflows.length} ${workflows.length === 1 ? 'workflow' : 'workflows'}.`;
  return (
    <Field
      label="Workflow"
      error={missing}
      {...(found?.served === false && { hint: 'The process that answers here does not execute it: another one has to.' })}
    >
      {(binding) => (
        <ComboBox
          {...binding}
          takesLast
          placeholder="Type to find one"
          value={text}
          suggestions={workflows.map(({ name, served }) => ({ value: name, ...(!served && { note: 'not served here' }) }))}
          onFocus={() => setLeft(false)}
          onBlur={() => setLeft(true)}
          onChange={(next) => {
            setText(next);
            if (next.trim() !== workflow && workflows.some(({ name }) => name === next.trim())) onChoose(next.trim());
          }}
        />
      )}
    </Field>
  );
}

function ofWorkflow(choice: Choice, workflow: string): Choice {
  return { ...choice, workflow, template: undefined, version: undefined };
}
