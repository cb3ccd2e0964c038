// When runs were created or completed: one of the last hours, all, or from and before a moment of one's own, in local time or UTC as all times are shown.
import { useState } from 'react';
import { Field, SelectInput, TextInput } from '../../parts/field';
import { useTimeMode } from '../../parts/time';
import { changed, type RunFilters } from './run-filters';
import { fieldTextOf, isLastSpan, LAST_NAMES, momentOf } from './time-range';

export interface TimeRangeProps {
  of: 'created' | 'completed';
  filters: RunFilters;
  onChange(filters: RunFilters): void;
}

const NAMES = { created: 'Created', completed: 'Completed' };

export function TimeRange({ of, filters, onChange }: TimeRangeProps) {
  const [mode] = useTimeMode();
  const isUtc = mode === 'utc';
  const [from, before] = [`${of}From`, `${of}Before`] as const;
  const span = filters[of];
  const hasOwn = filters[from] !== undefined || filters[before] !== undefined;
  const [isOwn, setOwn] = useState(hasOwn);
  const chosen = span !== undefined && isLastSpan(span) ? span : hasOwn || isOwn ? 'own' : 'all';

  function choose(value: string): void {
    setOwn(value === 'own');
    if (value !== 'own')
      onChange(changed(filters, { [of]: isLastSpan(value) ? value : undefined, [from]: undefined, [before]: undefined }));
    else if (span !== undefined) onChange(changed(filters, { [of]: undefined }));
  }

  return (
    <div className="flex flex-wrap items-start gap-2">
      <SelectInput aria-label={NAMES[of]} className="w-52!" value={chosen} onChange={(event) => choose(event.target.value)}>
        <option value="all">{NAMES[of]}: any time</option>
        {Object.entries(LAST_NAMES).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
        <option value="own">From … to …</option>
      </SelectInput>
      {chosen === 'own' &&
        ([from, before] as const).map((key) => (
          <Field
            key={`${key} ${filters[key]}`}
            label={
              <span className="sr-only">{`${NAMES[of]} ${key === from ? 'from' : 'before'} (${isUtc ? 'UTC' : 'local time'})`}</span>
            }
          >
            {(field) => (
              <TextInput
                {...field}
                type="datetime-local"
                step={1}
                title={`${key === from ? 'From' : 'Before'}, ${isUtc ? 'UTC' : 'local time'}`}
                className="-mt-1 w-52!"
                defaultValue={fieldTextOf(filters[key], isUtc)}
                // While a date is typed it is not whole yet: taken over when one leaves it.
                onBlur={(event) => {
                  const moment = momentOf(event.target.value, isUtc);
                  if (event.target.value !== fieldTextOf(filters[key], isUtc))
                    onChange(changed(filters, { [key]: moment, [of]: undefined }));
                }}
                onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
              />
            )}
          </Field>
        ))}
    </div>
  );
}
