// Filters that this operator has given a name: kept on this machine, 20 at most.
import { Bookmark, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button, IconButton } from '../../parts/button';
import { Field, TextInput } from '../../parts/field';
import { Popover } from '../../parts/popover';
import { usePreference } from '../../parts/preference';
import { filtersKey, type RunFilters, readFilters } from './run-filters';

interface SavedFilter {
  name: string;
  /** As in the URL. */
  search: string;
}

const MOST_SAVED = 20;
const NONE: readonly SavedFilter[] = [];

function areSaved(value: unknown): value is readonly SavedFilter[] {
  return Array.isArray(value) && value.every((each) => typeof each?.name === 'string' && typeof each.search === 'string');
}

export function SavedFilters({ filters, onChange }: { filters: RunFilters; onChange(filters: RunFilters): void }) {
  const [saved, save] = usePreference('runs.saved', NONE, areSaved);
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const search = filtersKey(filters);
  const wanted = name.trim();
  const isFull = saved.length >= MOST_SAVED && !saved.some((each) => each.name === wanted);
  const why =
    search === ''
      ? 'No filter is set.'
      : isFull
        ? `${MOST_SAVED} are kept at most: delete one first.`
        : wanted === ''
          ? 'Give it a name.'
          : undefined;

  function add(event: FormEvent): void {
    event.preventDefault();
    if (why !== undefined) return;
    save([...saved.filter((each) => each.name !== wanted), { name: wanted, search }]);
    setName('');
  }

  return (
    <Popover
      title="Saved filters"
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button icon={<Bookmark />} aria-label="Saved filters">
          <span className="hidden sm:inline">Saved</span>
        </Button>
      }
    >
      {saved.length === 0 ? (
        <p className="pb-3 text-muted text-sm">None yet. Set filters, and give them a name here.</p>
      ) : (
        <ul aria-label="Saved filters" className="flex flex-col pb-3">
          {saved.map((each) => (
            <li key={each.name} className="flex items-center gap-1">
              <button
                type="button"
                aria-current={each.search === search ? 'true' : undefined}
                className="min-w-0 flex-1 truncate rounded px-2 py-1.5 text-left text-sm hover:bg-sunken aria-current:font-semibold aria-current:text-accent"
                title={each.name}
                onClick={() => {
                  onChange(readFilters(new URLSearchParams(each.search)));
                  setOpen(false);
                }}
              >
                {each.name}
              </button>
              <IconButton
                label={`Delete ${each.name}`}
                icon={<Trash2 />}
                className="size-7!"
                onClick={() => save(saved.filter(({ name: other }) => other !== each.name))}
              />
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={add} className="flex items-end gap-2 border-line border-t pt-3">
        <Field label="Name for these filters" className="flex-1">
          {(field) => <TextInput {...field} maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Button type="submit" why={why}>
          Save
        </Button>
      </form>
    </Popover>
  );
}
