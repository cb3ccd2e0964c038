// The editor of a version: schema, defaults and hints as JSON, what differs from where it started, and the server's objections at their place.
import { type FormEvent, useDeferredValue, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { TemplateAnswer } from '../../../../../lib/http-client/index.js';
import { client } from '../../../api/client';
import { jsonText } from '../../../api/lossless-json';
import { forbidden, useMay } from '../../../api/me';
import { problemOf } from '../../../api/problem';
import { Button } from '../../../parts/button';
import { ErrorNote } from '../../../parts/error-note';
import { Field, TextInput } from '../../../parts/field';
import { JsonEditor } from '../../../parts/json-editor';
import { Panel } from '../../../parts/page';
import { useAction } from '../../../parts/use-action';
import { TemplateDiff } from './template-changes';
import { templateFaultOf } from './template-fault';
import { templatePath } from './template-path';
import { contentOf, contentProblem, type TemplateTexts } from './template-texts';
import { WorkflowField } from './workflow-field';

const NEW_SCHEMA = { type: 'object', properties: {}, required: [] };

export function TemplateForm({ base }: { base: TemplateAnswer | undefined }) {
  const may = useMay('templates');
  const [, go] = useLocation();
  const [texts, setTexts] = useState<TemplateTexts>(() => ({
    workflow: base?.workflow ?? '',
    name: base?.name ?? '',
    description: base?.description ?? '',
    schema: jsonText(base?.schema ?? NEW_SCHEMA),
    defaults: jsonText(base?.defaults ?? {}),
    ui: base?.ui == null ? '' : jsonText(base.ui),
  }));
  const [reason, setReason] = useState('');
  const deferred = useDeferredValue(texts);
  const content = contentOf(deferred);
  const save = useAction({
    run: async () => {
      const now = contentOf(texts);
      // The button is off then.
      if (now === undefined) throw new Error('It is no JSON.');
      const { description, ui, ...rest } = now;
      return client.templates.save(texts.workflow.trim(), {
        ...rest,
        name: texts.name.trim(),
        ...(ui !== null && { ui }),
        ...(description !== '' && { description }),
        ...(reason.trim() !== '' && { reason: reason.trim() }),
      });
    },
    changes: [['templates']],
    done: (saved) => `Version ${saved.version} is saved.`,
    onDone: (saved) => go(templatePath(saved)),
    toastsErrors: false,
  });
  const fault = save.error === null ? undefined : templateFaultOf(save.error);
  const faultOf = (field: keyof TemplateTexts) => (fault?.field === field ? fault.text : undefined);
  const why = may ? contentProblem(texts) : forbidden('templates');
  const set = (field: keyof TemplateTexts) => (text: string) => {
    if (fault?.field === field) save.reset();
    setTexts((before) => ({ ...before, [field]: text }));
  };

  function send(event: FormEvent): void {
    event.preventDefault();
    if (why === undefined && !save.isPending) save.mutate();
  }

  return (
    <Panel title={base === undefined ? 'New template' : `Next version of ${base.name}, from version ${base.version}`}>
      <form onSubmit={send} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-3">
          <WorkflowField
            label="Workflow"
            value={texts.workflow}
            isFixed={base !== undefined}
            error={faultOf('workflow')}
            onChange={set('workflow')}
          />
          <Field label="Template" isRequired error={faultOf('name')}>
            {(field) => (
              <TextInput
                {...field}
                required
                value={texts.name}
                readOnly={base !== undefined}
                onChange={({ target }) => set('name')(target.value)}
              />
            )}
          </Field>
          <Field label="Description" error={faultOf('description')}>
            {(field) => (
              <TextInput {...field} value={texts.description} onChange={({ target }) => set('description')(target.value)} />
            )}
          </Field>
        </div>
        <div className="grid gap-4 xl:grid-cols-2">
          <JsonEditor
            label="Schema"
            hint='JSON Schema of an object; its properties are the parameters. "enum": "@enum:Name" refers to an enum.'
            rows={20}
            isRequired
            text={texts.schema}
            error={faultOf('schema')}
            onChange={set('schema')}
          />
          <div className="flex min-w-0 flex-col gap-4">
            <JsonEditor label="Defaults" rows={8} text={texts.defaults} error={faultOf('defaults')} onChange={set('defaults')} />
            <JsonEditor
              label="Hints for the form"
              hint='Such as { "order": ["lot", "phase"] }. May stay empty.'
              rows={6}
              isOptional
              text={texts.ui}
              error={faultOf('ui')}
              onChange={set('ui')}
            />
          </div>
        </div>
        {base !== undefined && content !== undefined && (
          <section aria-label="Changes" className="flex flex-col gap-1">
            <h3 className="font-medium text-sm">Against version {base.version}</h3>
            <TemplateDiff from={base} to={content} />
          </section>
        )}
        <Field label="Reason" hint="Kept in the audit log.">
          {(field) => <TextInput {...field} value={reason} onChange={({ target }) => setReason(target.value)} />}
        </Field>
        {fault !== undefined && fault.field === undefined && <ErrorNote problem={problemOf(save.error)} />}
        <div className="flex items-center gap-3">
          <Button type="submit" kind="primary" why={why} isBusy={save.isPending}>
            Save version
          </Button>
          <Link
            href={base === undefined ? '/admin/templates' : templatePath(base)}
            className="text-accent text-sm hover:underline"
          >
            Back without saving
          </Link>
        </div>
      </form>
    </Panel>
  );
}
