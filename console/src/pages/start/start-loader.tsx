// Loads the chosen template, and gives the form what it begins with: the template's defaults, or what the run was given that it is to be like.
import { useMemo } from 'react';
import { Link } from 'wouter';
import type { ExpandedTemplateAnswer } from '../../../../lib/http-client/index.js';
import { Loaded } from '../../parts/loaded';
import { RunLink } from '../../parts/run-link';
import { type Choice, choiceParams } from './choice';
import type { LikeRun } from './like-run';
import { firstValue, type Schema } from './schema-fields';
import { StartForm } from './start-form';
import type { StartSubject } from './start-request';
import { useTemplate } from './use-template';
import { isObject } from './value-path';

export interface StartLoaderProps {
  choice: Choice;
  workflow: { name: string; inputSchema?: Schema };
  workflows: ReadonlyArray<{ name: string }>;
  like: LikeRun | undefined;
  hasTemplates: boolean;
  onChoose(choice: Choice): void;
}

export function StartLoader(props: StartLoaderProps) {
  const { choice, like, hasTemplates } = props;
  const { template = '' } = choice;
  const found = useTemplate(choice);
  const note = (
    <>
      {like !== undefined && <LikeNote like={like} />}
      {template === '' && !hasTemplates && (
        <p className="text-muted text-sm">
          This workflow has no template that could be chosen here. It can be started without one, or{' '}
          <Link href="/admin/templates" className="text-accent underline">
            save one
          </Link>
          .
        </p>
      )}
    </>
  );
  if (template === '')
    return (
      <>
        {note}
        <Ready {...props} template={undefined} />
      </>
    );
  return (
    <Loaded query={found} what="the template">
      {(loaded) => (
        <>
          {note}
          <Ready {...props} template={loaded} />
        </>
      )}
    </Loaded>
  );
}

function Ready({
  choice,
  workflow,
  workflows,
  like,
  template,
  onChoose,
}: StartLoaderProps & { template: ExpandedTemplateAnswer | undefined }) {
  const args = like?.args;
  const schema: Schema | undefined = template?.expanded ?? workflow.inputSchema;
  const subject = useMemo<StartSubject>(
    () => ({
      workflow: workflow.name,
      schema,
      template,
      value: schema === undefined ? 'arguments' : 'argument',
      more: template === undefined ? (args ?? []).slice(1) : [],
    }),
    [workflow.name, schema, template, args],
  );
  const first = useMemo(() => {
    if (template !== undefined) return args !== undefined && isObject(args[0]) ? args[0] : template.defaults;
    if (schema === undefined) return args ?? [];
    return args !== undefined ? (args[0] ?? null) : (firstValue(schema, schema) ?? {});
  }, [template, schema, args]);
  return (
    <StartForm
      subject={subject}
      choice={choiceParams(choice).toString()}
      first={{ value: first, ...(like !== undefined && { options: like.options }) }}
      workflows={workflows}
      onSaved={({ workflow: name, name: saved, version }) =>
        onChoose({ workflow: name, template: saved, version, like: undefined })
      }
    />
  );
}

function LikeNote({ like }: { like: LikeRun }) {
  return (
    <div role="status" className="rounded-md border border-line bg-info-soft px-3 py-2 text-info text-sm">
      <p>
        As run <RunLink id={like.runId} /> was started. It is another run: its own id and deduplication id are not taken over.
      </p>
      {like.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </div>
  );
}
