// Copies the chosen version of a template to another workflow, or under another name.
import { useState } from 'react';
import type { ExpandedTemplateAnswer } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { ComboBox } from '../../parts/combo-box';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { Field, TextInput } from '../../parts/field';
import { useAction } from '../../parts/use-action';
import type { SavedTemplate } from './start-request';

export interface CopyTemplateDialogProps {
  workflows: ReadonlyArray<{ name: string }>;
  onSaved(template: SavedTemplate): void;
  isOpen: boolean;
  onClose(): void;
  template: ExpandedTemplateAnswer;
}

export function CopyTemplateDialog({ isOpen, onClose, template, workflows, onSaved }: CopyTemplateDialogProps) {
  const [target, setTarget] = useState('');
  const [name, setName] = useState(template.name);
  const copy = useAction({
    run: (reason: string | undefined) =>
      client.templates.copy(template.workflow, template.name, {
        version: template.version,
        toWorkflow: target.trim(),
        newName: name.trim(),
        ...(reason !== undefined && { reason }),
      }),
    changes: [['templates'], ['template']],
    toastsErrors: false,
    done: (saved) => `Copied to ${saved.workflow} as ${saved.name}, version ${saved.version}`,
    onDone: (saved) => onSaved(saved),
  });
  const why = target.trim() === '' ? 'Say to which workflow.' : name.trim() === '' ? 'It needs a name.' : undefined;
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onClose={onClose}
      title="Copy template"
      action="Copy"
      why={why}
      onConfirm={(reason) => copy.mutateAsync(reason)}
    >
      <p className="text-sm">
        Version {template.version} of {template.name} is copied as it is saved, without what was changed in the form.
      </p>
      <Field label="To workflow" isRequired hint="It need not be registered here.">
        {(binding) => (
          <ComboBox
            {...binding}
            value={target}
            suggestions={workflows.map((each) => ({ value: each.name }))}
            onChange={setTarget}
          />
        )}
      </Field>
      <Field label="Template name" isRequired>
        {(binding) => <TextInput {...binding} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
    </ConfirmDialog>
  );
}
