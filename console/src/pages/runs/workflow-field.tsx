// The workflow that is looked for: a name that runs have, with completion, or a part of names.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { client } from '../../api/client';
import { ComboBox } from '../../parts/combo-box';
import { changed, type RunFilters } from './run-filters';

/** ms without another letter after which it is looked for. */
const SETTLE_MS = 350;

export function WorkflowField({ filters, onChange }: { filters: RunFilters; onChange(filters: RunFilters): void }) {
  const { data } = useQuery({
    queryKey: ['run-names'],
    queryFn: ({ signal }) => client.runs.names({ signal }),
    staleTime: 30_000,
  });
  const names = data?.names ?? [];
  const inUrl = (filters.name?.length === 1 ? filters.name[0] : filters.nameContains) ?? '';
  const [text, setText] = useState(inUrl);
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(onChange);
  const asked = useRef(inUrl);
  useEffect(() => {
    latest.current = onChange;
  });
  // Another link, Back, or Clear: what they say counts, not what was typed before.
  useEffect(() => {
    if (inUrl === asked.current) return;
    asked.current = inUrl;
    clearTimeout(settling.current);
    setText(inUrl);
  }, [inUrl]);
  useEffect(() => () => clearTimeout(settling.current), []);

  function look(value: string): void {
    clearTimeout(settling.current);
    const wanted = value.trim();
    if (wanted === asked.current) return;
    asked.current = wanted;
    const isName = names.includes(wanted);
    latest.current(
      changed(filters, { name: isName ? [wanted] : undefined, nameContains: isName || wanted === '' ? undefined : wanted }),
    );
  }

  return (
    <div className="min-w-0 flex-1 basis-32 sm:max-w-80 sm:basis-48">
      <ComboBox
        aria-label="Workflow"
        placeholder="Workflow, or a part of its name"
        maxLength={255}
        value={text}
        suggestions={names.map((value) => ({ value }))}
        onChange={(value, isChosen) => {
          setText(value);
          clearTimeout(settling.current);
          if (isChosen) look(value);
          else settling.current = setTimeout(() => look(value), SETTLE_MS);
        }}
        onBlur={(event) => look(event.target.value)}
      />
    </div>
  );
}
