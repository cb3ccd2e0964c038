// Values of an enum to be edited: label, value with its type, and whether it may be chosen; moved and removed.
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import { Button, IconButton } from '../../../parts/button';
import { CheckBox, SelectInput, TextInput } from '../../../parts/field';
import { newValue, type ValueDraft, type ValueKind } from './enum-draft';

export interface EnumRowsProps {
  drafts: readonly ValueDraft[];
  faults: ReadonlyMap<number, string>;
  onChange(drafts: ValueDraft[]): void;
}

export function EnumRows({ drafts, faults, onChange }: EnumRowsProps) {
  const set = (key: number, part: Partial<ValueDraft>) =>
    onChange(drafts.map((draft) => (draft.key === key ? { ...draft, ...part } : draft)));
  const move = (from: number, to: number) => {
    const next = drafts.toSpliced(from, 1);
    next.splice(to, 0, drafts[from] as ValueDraft);
    onChange(next);
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 font-medium text-sm">Values</legend>
      {drafts.map((draft, index) => (
        <div key={draft.key} className="rounded-md bg-sunken p-2">
          <div className="flex flex-wrap items-center gap-2">
            <TextInput
              aria-label={`Label of value ${index + 1}`}
              placeholder="Label"
              className="w-auto! min-w-36! flex-1"
              value={draft.label}
              onChange={({ target }) => set(draft.key, { label: target.value })}
            />
            <TextInput
              aria-label={`Value ${index + 1}`}
              placeholder="Value"
              className="w-auto! min-w-36! flex-1 font-mono text-xs!"
              value={draft.value}
              onChange={({ target }) => set(draft.key, { value: target.value })}
            />
            <SelectInput
              aria-label={`Type of value ${index + 1}`}
              className="w-28!"
              value={draft.kind}
              onChange={({ target }) => set(draft.key, { kind: target.value as ValueKind })}
            >
              <option value="text">text</option>
              <option value="number">number</option>
              <option value="boolean">boolean</option>
            </SelectInput>
            <CheckBox
              label="disabled"
              aria-label={`Value ${index + 1} is disabled`}
              checked={draft.isDisabled}
              onChange={({ target }) => set(draft.key, { isDisabled: target.checked })}
            />
            <IconButton
              label={`Move value ${index + 1} up`}
              icon={<ArrowUp />}
              why={index === 0 ? 'It is the first.' : undefined}
              onClick={() => move(index, index - 1)}
            />
            <IconButton
              label={`Move value ${index + 1} down`}
              icon={<ArrowDown />}
              why={index === drafts.length - 1 ? 'It is the last.' : undefined}
              onClick={() => move(index, index + 1)}
            />
            <IconButton
              label={`Remove value ${index + 1}`}
              icon={<Trash2 />}
              onClick={() => onChange(drafts.filter(({ key }) => key !== draft.key))}
            />
          </div>
          {faults.has(draft.key) && !(draft.label === '' && draft.value === '') && (
            <p className="mt-1 text-bad text-xs">{faults.get(draft.key)}</p>
          )}
        </div>
      ))}
      <div>
        <Button icon={<Plus />} onClick={() => onChange([...drafts, newValue()])}>
          Add a value
        </Button>
      </div>
    </fieldset>
  );
}
