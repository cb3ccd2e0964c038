// A new enum, or the next version of one: values as rows.

import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { client } from '../../../api/client';
import { forbidden, useMay } from '../../../api/me';
import { problemOf } from '../../../api/problem';
import { Button } from '../../../parts/button';
import { ErrorNote } from '../../../parts/error-note';
import { Field, TextInput } from '../../../parts/field';
import { JsonDiff } from '../../../parts/json-diff';
import { Loaded } from '../../../parts/loaded';
import { Panel } from '../../../parts/page';
import { useAction } from '../../../parts/use-action';
import { draftsOf, type EnumVersion, newValue, valueFaults, valuesOf } from './enum-draft';
import { enumPath } from './enum-path';
import { EnumRows } from './enum-rows';

export function EnumEditor({ from }: { from: { name: string | undefined; version: number | undefined } }) {
  const { name, version } = from;
  const query = useQuery({
    queryKey: ['enums', 'version', name, version],
    queryFn: ({ signal }) => client.enums.find(name ?? '', version === undefined ? {} : { version }, { signal }),
    enabled: name !== undefined,
    // What is edited is not changed under the hands.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (name === undefined) return <EnumForm base={undefined} />;
  return (
    <Loaded query={query} what="the enum">
      {(base) => <EnumForm base={base} />}
    </Loaded>
  );
}

function EnumForm({ base }: { base: EnumVersion | undefined }) {
  const may = useMay('templates');
  const [, go] = useLocation();
  const [name, setName] = useState(base?.name ?? '');
  const [description, setDescription] = useState(base?.description ?? '');
  const [reason, setReason] = useState('');
  const [drafts, setDrafts] = useState(() => (base === undefined ? [newValue()] : draftsOf(base.values)));
  const faults = valueFaults(drafts);
  const save = useAction({
    run: () =>
      client.enums.save({
        name: name.trim(),
        values: valuesOf(drafts),
        ...(description.trim() !== '' && { description: description.trim() }),
        ...(reason.trim() !== '' && { reason: reason.trim() }),
      }),
    changes: [['enums'], ['templates']],
    done: (saved) => `Version ${saved.version} is saved.`,
    onDone: (saved) => go(enumPath(saved.name, saved.version)),
    toastsErrors: false,
  });
  const why = may
    ? name.trim() === ''
      ? 'A name is needed.'
      : faults.size > 0 || drafts.length === 0
        ? 'Each value needs a label and a value of its own.'
        : undefined
    : forbidden('templates');

  function send(event: FormEvent): void {
    event.preventDefault();
    if (why === undefined && !save.isPending) save.mutate();
  }

  return (
    <Panel title={base === undefined ? 'New enum' : `Next version of ${base.name}`}>
      <form onSubmit={send} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Name" isRequired hint="Without a colon.">
            {(field) => (
              <TextInput
                {...field}
                required
                value={name}
                readOnly={base !== undefined}
                onChange={({ target }) => setName(target.value)}
              />
            )}
          </Field>
          <Field label="Description">
            {(field) => <TextInput {...field} value={description} onChange={({ target }) => setDescription(target.value)} />}
          </Field>
        </div>
        <EnumRows drafts={drafts} faults={faults} onChange={setDrafts} />
        {base !== undefined && faults.size === 0 && (
          <section aria-label="Changes" className="flex flex-col gap-1">
            <h3 className="font-medium text-sm">Against version {base.version}</h3>
            <JsonDiff from={base.values} to={valuesOf(drafts)} label="Changes of the values" none="The values are the same." />
          </section>
        )}
        <Field label="Reason" hint="Kept in the audit log.">
          {(field) => <TextInput {...field} value={reason} onChange={({ target }) => setReason(target.value)} />}
        </Field>
        {save.error !== null && <ErrorNote problem={problemOf(save.error)} />}
        <div className="flex items-center gap-3">
          <Button type="submit" kind="primary" why={why} isBusy={save.isPending}>
            Save version
          </Button>
          <Link
            href={base === undefined ? '/admin/enums' : enumPath(base.name, base.version)}
            className="text-accent text-sm hover:underline"
          >
            Back without saving
          </Link>
        </div>
      </form>
    </Panel>
  );
}
