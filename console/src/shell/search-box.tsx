// Search from every page (`/`): an id opens that run, any other text looks for runs whose workflow's name has it.
import { useQueryClient } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { client } from '../api/client';
import { problemOf } from '../api/problem';
import { runPath } from '../parts/run-link';
import { toast } from '../parts/toast';
import { useKey } from './keys';

export function SearchBox() {
  const [text, setText] = useState('');
  const [, go] = useLocation();
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  useKey('/', 'Search', () => input.current?.focus());

  async function search(event: FormEvent): Promise<void> {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted === '') return;
    try {
      const found = await queries.fetchQuery({ queryKey: ['run', wanted], queryFn: () => client.runs.find(wanted) });
      go(runPath(found.run.runId));
    } catch (error) {
      const { isMissing, code, text: said } = problemOf(error);
      // Texts that are no id are refused as one, by the server or before they are sent.
      if (!isMissing && !['INVALID_ID', 'INVALID_REQUEST'].includes(code)) toast({ kind: 'bad', title: said, detail: code });
      else go(`/runs?nameContains=${encodeURIComponent(wanted)}`);
    }
    setText('');
    input.current?.blur();
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
