// Rules of single workflows, a row each.
import { useQuery } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useId } from 'react';
import { client } from '../../../api/client';
import { Button, IconButton } from '../../../parts/button';
import { Field, TextInput } from '../../../parts/field';
import type { RetentionFaults, RuleDraft } from './retention-draft';

export interface RetentionRulesProps {
  rules: readonly RuleDraft[];
  faults: RetentionFaults;
  isOff: boolean;
  onChange(rules: RuleDraft[]): void;
}

const COLUMNS = [
  ['name', 'Workflow'],
  ['after', 'Deleted after'],
  ['globalTimeout', 'Global timeout'],
] as const;

export function RetentionRules({ rules, faults, isOff, onChange }: RetentionRulesProps) {
  const listId = useId();
  const names = useQuery({ queryKey: ['workflows'], queryFn: ({ signal }) => client.workflows.list({ signal }) });
  const set = (index: number, part: Partial<RuleDraft>) =>
    onChange(rules.map((rule, at) => (at === index ? { ...rule, ...part } : rule)));
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 font-medium text-sm">Per workflow</legend>
      <p className="text-muted text-xs">Empty: as above. never: switched off for this workflow.</p>
      {rules.map((rule, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place while its name is typed
        <div key={index} className="flex flex-wrap items-start gap-2 rounded-md bg-sunken p-3 sm:flex-nowrap">
          {COLUMNS.map(([key, label]) => (
            <Field key={key} label={label} error={faults[`rules.${index}.${key}`]} className="w-full">
              {(field) => (
                <TextInput
                  {...field}
                  {...(key === 'name' && { list: listId })}
                  disabled={isOff}
                  value={rule[key]}
                  onChange={({ target }) => set(index, { [key]: target.value })}
                />
              )}
            </Field>
          ))}
          <IconButton
            label={`Remove the rule of ${rule.name === '' ? 'no workflow' : rule.name}`}
            icon={<Trash2 />}
            disabled={isOff}
            className="sm:mt-6"
            onClick={() => onChange(rules.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div>
        <Button icon={<Plus />} disabled={isOff} onClick={() => onChange([...rules, { name: '', after: '', globalTimeout: '' }])}>
          Add a rule
        </Button>
      </div>
      <datalist id={listId}>
        {names.data?.workflows.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </fieldset>
  );
}
