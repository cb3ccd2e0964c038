// Which versions of templates or enums are listed: active ones, the latest of each. In the URL.
import { useSearchParams } from 'wouter';
import { CheckBox, Field, SelectInput } from '../../parts/field';

export interface VersionFilterValue {
  status?: 'active' | 'obsolete';
  latestOnly?: boolean;
}

export function readVersionFilter(search: URLSearchParams): VersionFilterValue {
  const status = search.get('status');
  return {
    ...((status === 'active' || status === 'obsolete') && { status }),
    ...(search.get('latest') !== null && { latestOnly: true }),
  };
}

export function VersionFilter() {
  const [search, setSearch] = useSearchParams();
  const { status = '', latestOnly = false } = readVersionFilter(search);
  const set = (key: string, value: string) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      after.delete('cursor');
      if (value === '') after.delete(key);
      else after.set(key, value);
      return after;
    });
  return (
    <>
      <Field label="Status" className="w-32">
        {(field) => (
          <SelectInput {...field} value={status} onChange={({ target }) => set('status', target.value)}>
            <option value="">any</option>
            <option>active</option>
            <option>obsolete</option>
          </SelectInput>
        )}
      </Field>
      <CheckBox
        label="Latest only"
        className="h-8"
        checked={latestOnly}
        onChange={({ target }) => set('latest', target.checked ? '1' : '')}
      />
    </>
  );
}
