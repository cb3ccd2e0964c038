// This run beside another one: what differs of input, output and steps. The other one stands in the URL (`?compare=<id>`).
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'wouter';
import { isCut, isHidden, type RunAnswer, type RunStepAnswer } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { Button } from '../../parts/button';
import { Field, TextInput } from '../../parts/field';
import { JsonDiff } from '../../parts/json-diff';
import { Loaded } from '../../parts/loaded';
import { Panel } from '../../parts/page';
import { HiddenNote } from '../../parts/payload';
import { RunLink } from '../../parts/run-link';
import { RunStatusBadge } from '../../parts/run-status';
import { runKey } from './use-run';

const MOST_STEPS = 500;

export function CompareTab({ answer: { run } }: { answer: RunAnswer }) {
  const [search, setSearch] = useSearchParams();
  const other = search.get('compare') ?? '';
  const [text, setText] = useState(other);
  const choose = (event: FormEvent) => {
    event.preventDefault();
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (text.trim() === '') after.delete('compare');
        else after.set('compare', text.trim());
        after.set('tab', 'compare');
        return after;
      },
      { replace: true },
    );
  };
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <form onSubmit={choose} className="flex flex-wrap items-end gap-2">
        <Field label="With run" className="w-full max-w-96">
          {(field) => (
            <TextInput {...field} value={text} placeholder="Run id" onChange={(event) => setText(event.target.value)} />
          )}
        </Field>
        <Button type="submit">Compare</Button>
      </form>
      {other !== '' && <Comparison run={run} other={other} />}
    </div>
  );
}

function Comparison({ run, other }: { run: RunAnswer['run']; other: string }) {
  const found = useQuery({ queryKey: runKey(other), queryFn: ({ signal }) => client.runs.find(other, { signal }) });
  const steps = useQuery({
    queryKey: ['compared-steps', run.runId, other],
    queryFn: async ({ signal }) => {
      const pages = [run.runId, other].map((id) => client.runs.steps(id, { limit: MOST_STEPS }, { signal }));
      return (await Promise.all(pages)).map((page) => page.steps.map(stepText));
    },
  });
  return (
    <Loaded query={found} what="the other run">
      {({ run: its }) => (
        <>
          <p className="flex flex-wrap items-center gap-2 text-sm">
            From this run to <RunLink id={its.runId} /> <span className="break-all">{its.workflowName}</span>
            <RunStatusBadge status={its.status} />
          </p>
          <Differences title="Input" from={run.input} to={its.input} />
          <Differences title="Output" from={run.output} to={its.output} />
          <Panel title={`Steps, the first ${MOST_STEPS}`}>
            <Loaded query={steps} what="the steps">
              {([mine = [], theirs = []]) => (
                <JsonDiff from={mine} to={theirs} label="Steps that differ" none="They recorded the same operations." />
              )}
            </Loaded>
          </Panel>
        </>
      )}
    </Loaded>
  );
}

function Differences({ title, from, to }: { title: string; from: unknown; to: unknown }) {
  return (
    <Panel title={title}>
      {isHidden(from) || isHidden(to) ? (
        <HiddenNote />
      ) : isCut(from) || isCut(to) ? (
        <span className="text-muted">Too large to be compared here.</span>
      ) : (
        // As the values of one key: they need not be objects.
        <JsonDiff
          from={{ value: from }}
          to={{ value: to }}
          label={`What differs of the ${title.toLowerCase()}`}
          none="They are equal."
        />
      )}
    </Panel>
  );
}

function stepText({ kind, name, error, attempts }: RunStepAnswer): string {
  const outcome = error === null ? 'succeeded' : `failed: ${error && 'name' in error ? error.name : 'error'}`;
  return `${kind} ${name}, ${outcome}${attempts > 1 ? `, attempt ${attempts}` : ''}`;
}
