// What can be done with the input as a whole: download it, bring one in, begin anew, keep it as a version of the template, copy the template.
// Loaded after the form: menus and dialogs are large.
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { jsonText } from '../../api/lossless-json';
import { forbidden, useMay } from '../../api/me';
import { Menu } from '../../parts/menu';
import type { MenuItem } from '../../parts/menu-item';
import { download } from '../../parts/payload';
import { CopyTemplateDialog } from './copy-template-dialog';
import { ImportDialog } from './import-dialog';
import { SaveTemplateDialog } from './save-template-dialog';
import type { SavedTemplate } from './start-request';
import { withDefaults } from './template-changes';
import type { StartFormState } from './use-start-form';
import { isObject } from './value-path';

export interface InputMenuProps {
  state: StartFormState;
  workflows: ReadonlyArray<{ name: string }>;
  onSaved(template: SavedTemplate): void;
}

export default function InputMenu({ state, workflows, onSaved }: InputMenuProps) {
  const { subject, value, form } = state;
  const { template, schema, workflow } = subject;
  const [open, setOpen] = useState<'import' | 'save' | 'copy'>();
  const mayTemplates = useMay('templates');
  const why = mayTemplates ? undefined : forbidden('templates');
  const readOnly = form.isReadOnly ? forbidden('start') : undefined;
  const isSavable = isObject(schema?.properties) && isObject(value);
  const notSavable = isSavable ? undefined : 'Templates have named parameters: this input has none.';
  const backToDefaults = (defaults: object) => {
    state.beginAnew();
    state.replace(defaults);
  };
  const close = () => setOpen(undefined);
  const items: Array<MenuItem | undefined> = [
    { label: 'Download as JSON', act: () => download(jsonText(value), `${workflow}-input`) },
    { label: 'Import JSON …', why: readOnly, act: () => setOpen('import') },
    template && { label: "Back to the template's defaults", act: () => backToDefaults(template.defaults) },
    schema && { label: 'Save as template version …', why: why ?? notSavable, act: () => setOpen('save') },
    template && { label: 'Copy template to another workflow …', why, act: () => setOpen('copy') },
  ];
  return (
    <>
      <Menu label="More for the input" icon={<Ellipsis />} items={items.filter((item) => item !== undefined)} />
      <ImportDialog
        isOpen={open === 'import'}
        onClose={close}
        onImport={(imported) => state.replace(withDefaults(template?.defaults, imported))}
      />
      {schema !== undefined && <SaveTemplateDialog isOpen={open === 'save'} onClose={close} state={state} onSaved={onSaved} />}
      {template !== undefined && (
        <CopyTemplateDialog
          isOpen={open === 'copy'}
          onClose={close}
          template={template}
          workflows={workflows}
          onSaved={onSaved}
        />
      )}
    </>
  );
}
