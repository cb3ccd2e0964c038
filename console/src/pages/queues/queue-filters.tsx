// Which queues are shown, by a part of their names, and of which workflow's runs are counted. Both stand in the URL.
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { client } from '../../api/client';
import { SelectInput, TextInput } from '../../parts/field';

export function QueueFilters() {
  const [search, setSearch] = useSearchParams();
  const names = useQuery({
    queryKey: ['runs', 'names'],
    queryFn: ({ signal }) => client.runs.names({ signal }),
    staleTime: 60_000,
  });
  const workflow = search.get('workflow') ?? '';
  const known = names.data?.names ?? [];
  const all = workflow === '' || known.includes(workflow) ? known : [workflow, ...known];
  const set = (key: string, value: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === '') after.delete(key);
        else after.set(key, value);
        return after;
      },
      { replace: true },
    );
  return (
    <div className="flex flex-wrap gap-2">
      <TextInput
        aria-label="Part of a queue's name"
        placeholder="Find a queue"
        className="w-full! sm:w-64!"
        type="search"
        value={search.get('find') ?? ''}
        onChange={(event) => set('find', event.target.value)}
      />
      <SelectInput
        aria-label="Count the runs of"
        className="w-full! sm:w-64!"
        value={workflow}
        onChange={(event) => set('workflow', event.target.value)}
      >
        <option value="">Runs of all workflows</option>
        {all.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </SelectInput>
    </div>
  );
}
