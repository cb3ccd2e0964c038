// Search from every page (`/`): an id, also a shortened one, opens that run; any other text looks for runs whose workflow's name has it.
import { useQueryClient } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { client } from '../api/client';
import { problemOf } from '../api/problem';
import { runPath } from '../parts/run-link';
import { toast } from '../parts/toast';
import { useKey } from './keys';
import { findByPartOfId, isPartOfId } from './short-id';

export function SearchBox() {
  const [text, setText] = useState('');
  const [, go] = useLocation();
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef('');
  useKey('/', 'Search', () => input.current?.focus());

  async function search(event: FormEvent): Promise<void> {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted === '') return;
    latest.current = wanted;
    // Whoever has looked for something else meanwhile is not taken elsewhere, and keeps what was typed.
    const goTo = (path: string) => {
      if (latest.current === wanted) go(path);
    };
    try {
      const found = await queries.fetchQuery({ queryKey: ['run', wanted], queryFn: () => client.runs.find(wanted) });
      goTo(runPath(found.run.runId));
    } catch (error) {
      const { isMissing, code, text: said } = problemOf(error);
      // Texts that are no id are refused as one, by the server or before they are sent.
      if (!isMissing && !['INVALID_ID', 'INVALID_REQUEST'].includes(code)) toast({ kind: 'bad', title: said, detail: code });
      else goTo(await elsewhere(wanted));
    }
    if (latest.current !== wanted) return;
    setText((now) => (now.trim() === wanted ? '' : now));
    if (input.current?.value.trim() === wanted) input.current.blur();
  }

  return (
    <search className="min-w-0">
      <form onSubmit={search} className="relative">
        <Search aria-hidden className="absolute top-2 left-2 size-4 text-muted" />
        <input
          ref={input}
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && input.current?.blur()}
          aria-label="Search a run by id, or runs by workflow"
          placeholder="Run id or workflow"
          className="h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface pr-2 pl-8 text-sm sm:w-52"
        />
      </form>
    </search>
  );
}

/** Where a text leads that is no id: to the run whose id it begins or shortens, else to runs of such a workflow, with a note. */
async function elsewhere(wanted: string): Promise<string> {
  // What goes wrong here is told by the page of runs, which asks again.
  const { runs } = await client.runs.list({ externalId: wanted, limit: 1 }).catch(() => ({ runs: [] }));
  const found =
    runs[0]?.runId ?? (isPartOfId(wanted) ? await findByPartOfId(client.runs, wanted).catch(() => undefined) : undefined);
  if (found !== undefined) return runPath(found);
  return `/runs?${new URLSearchParams({ nameContains: wanted, missed: wanted })}`;
}
