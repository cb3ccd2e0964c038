// A text field that suggests what is known: typing filters, arrows choose, Enter or a click takes over, Escape closes. Any text may stand in it; whoever
// uses it says if that will do. Used for workflows and queues.
import { ChevronDown } from 'lucide-react';
import { type ComponentProps, type KeyboardEvent, useId, useState } from 'react';
import { TextInput } from './field';

export interface Suggestion {
  value: string;
  /** Beside it. */
  note?: string;
}

export interface ComboBoxProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'list'> {
  value: string;
  suggestions: readonly Suggestion[];
  /** Enter takes the only one that is left, for fields where nothing but one of the list will do. */
  takesLast?: boolean;
  /** `isChosen`: from the list. */
  onChange(value: string, isChosen: boolean): void;
}

const MOST_SHOWN = 100;

export function ComboBox({ value, suggestions, takesLast = false, onChange, onBlur, ...rest }: ComboBoxProps) {
  const listId = useId();
  const [isOpen, setOpen] = useState(false);
  // Of what was chosen before all others are shown: only what is typed now filters.
  const [isTyped, setTyped] = useState(false);
  const [active, setActive] = useState(-1);
  const wanted = value.trim().toLowerCase();
  const found = isTyped ? suggestions.filter((each) => each.value.toLowerCase().includes(wanted)) : suggestions;
  const shown = found.slice(0, MOST_SHOWN);
  // That it is all there, is seen in the field.
  const isWhole = isTyped && shown.length === 1 && shown[0]?.value === value;
  const isShown = isOpen && shown.length > 0 && !isWhole;

  function open(): void {
    if (isOpen || rest.readOnly) return;
    setOpen(true);
    setTyped(false);
    setActive(suggestions.findIndex((each) => each.value === value));
  }

  function close(): void {
    setOpen(false);
    setActive(-1);
  }

  function choose(chosen: Suggestion | undefined): void {
    if (chosen !== undefined) onChange(chosen.value, true);
    close();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      if (isOpen) setActive((active + step + shown.length) % Math.max(1, shown.length));
      else open();
    } else if (event.key === 'Enter' && isShown) {
      event.preventDefault();
      choose(shown[active] ?? (takesLast && isTyped && shown.length === 1 ? shown[0] : undefined));
    } else if (event.key === 'Escape' && isShown) {
      event.preventDefault();
      // The dialog around it listens too, and stays.
      event.stopPropagation();
      close();
    }
  }

  return (
    <div className="relative min-w-0">
      <TextInput
        autoComplete="off"
        {...rest}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={listId}
        aria-activedescendant={isShown && active >= 0 ? `${listId}-${active}` : undefined}
        value={value}
        className="pr-8"
        onClick={open}
        onChange={(event) => {
          onChange(event.target.value, false);
          setOpen(true);
          setTyped(true);
          setActive(-1);
        }}
        onKeyDown={onKeyDown}
        onBlur={(event) => {
          close();
          onBlur?.(event);
        }}
      />
      <ChevronDown aria-hidden className="pointer-events-none absolute top-2 right-2.5 size-4 text-muted" />
      <div
        id={listId}
        role="listbox"
        aria-label="Suggestions"
        hidden={!isShown}
        // The field keeps the focus.
        onMouseDown={(event) => event.preventDefault()}
        className="absolute inset-x-0 top-full z-20 mt-1 max-h-72 overflow-y-auto rounded-md border border-line-strong bg-surface py-1 shadow-lg"
      >
        {isShown &&
          shown.map((each, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
            <div
              key={each.value}
              id={`${listId}-${index}`}
              ref={index === active ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
              role="option"
              tabIndex={-1}
              aria-selected={each.value === value}
              onClick={() => choose(each)}
              className={`flex items-baseline gap-2 px-2.5 py-1.5 text-sm ${index === active ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
            >
              <span className="min-w-0 break-words">{each.value}</span>
              {each.note !== undefined && <span className="ml-auto shrink-0 text-muted text-xs">{each.note}</span>}
            </div>
          ))}
        {isShown && found.length > shown.length && (
          <div className="px-2.5 py-1.5 text-muted text-xs">{found.length - shown.length} more: type to find them</div>
        )}
      </div>
    </div>
  );
}
