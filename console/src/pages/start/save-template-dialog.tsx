// Keeps the input of the form as the defaults of a template's next version, under its name or another.
import { useState } from 'react';
import { client } from '../../api/client';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { Field, TextArea, TextInput } from '../../parts/field';
import { useAction } from '../../parts/use-action';
import type { SavedTemplate } from './start-request';
import type { StartFormState } from './use-start-form';
import { findInexactAt, isObject } from './value-path';

export interface SaveTemplateDialogProps {
  state: StartFormState;
  onSaved(template: SavedTemplate): void;
  isOpen: boolean;
  onClose(): void;
}

export function SaveTemplateDialog({ isOpen, onClose, state, onSaved }: SaveTemplateDialogProps) {
  const { subject, value } = state;
  const { template, workflow } = subject;
  const [name, setName] = useState(template?.name ?? 'default');
  const [description, setDescription] = useState(template?.description ?? '');
  const save = useAction({
    run: (reason: string | undefined) =>
      client.templates.save(workflow, {
        name: name.trim(),
        // With its references to enums, not with the lists that they stand for.
        schema: template?.schema ?? subject.schema ?? {},
        defaults: isObject(value) ? value : {},
        ...(template?.ui && { ui: template.ui }),
        ...(description.trim() !== '' && { description: description.trim() }),
        ...(reason !== undefined && { reason }),
      }),
    changes: [['templates'], ['template']],
    toastsErrors: false,
    done: (saved) => `Saved ${saved.name}, version ${saved.version}`,
    onDone: (saved) => onSaved({ workflow, name: saved.name, version: saved.version }),
  });
  const why =
    name.trim() === ''
      ? 'It needs a name.'
      : findInexactAt(value) !== undefined
        ? 'It has a whole number that requests can not carry.'
        : undefined;
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onClose={onClose}
      title="Save as template version"
      action="Save version"
      why={why}
      onConfirm={(reason) => save.mutateAsync(reason)}
    >
      <p className="text-sm">The input of the form becomes the defaults of the next version; the schema stays as it is.</p>
      <Field label="Template name" isRequired>
        {(binding) => <TextInput {...binding} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Description">
        {(binding) => (
          <TextArea {...binding} rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />
        )}
      </Field>
    </ConfirmDialog>
  );
}
