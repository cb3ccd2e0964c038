// Copies a version to another workflow, or under another name.
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { TemplateAnswer } from '../../../../../lib/http-client/index.js';
import { client } from '../../../api/client';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { ConfirmDialog } from '../../../parts/confirm-dialog';
import { Field, TextInput } from '../../../parts/field';
import { useAction } from '../../../parts/use-action';
import { templatePath } from './template-path';
import { WorkflowField } from './workflow-field';

export function CopyTemplate({ template: { workflow, name, version } }: { template: TemplateAnswer }) {
  const may = useMay('templates');
  const [, go] = useLocation();
  const [isOpen, setOpen] = useState(false);
  const [toWorkflow, setToWorkflow] = useState(workflow);
  const [newName, setNewName] = useState(name);
  const copy = useAction({
    run: (reason: string | undefined) =>
      client.templates.copy(workflow, name, {
        version,
        toWorkflow: toWorkflow.trim(),
        newName: newName.trim(),
        ...(reason !== undefined && { reason }),
      }),
    changes: [['templates']],
    done: (saved) => `Saved as version ${saved.version} of ${saved.name}.`,
    onDone: (saved) => go(templatePath(saved)),
    toastsErrors: false,
  });
  return (
    <>
      <Button why={may ? undefined : forbidden('templates')} onClick={() => setOpen(true)}>
        Copy …
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={`Copy ${name}, version ${version}`}
        action="Copy"
        why={toWorkflow.trim() === '' || newName.trim() === '' ? 'A workflow and a name are needed.' : undefined}
        onConfirm={(reason) => copy.mutateAsync(reason)}
      >
        <WorkflowField label="To the workflow" value={toWorkflow} onChange={setToWorkflow} />
        <Field label="Under the name" isRequired>
          {(field) => <TextInput {...field} value={newName} onChange={({ target }) => setNewName(target.value)} />}
        </Field>
      </ConfirmDialog>
    </>
  );
}
