// What is other than in the template, value by value, each with the way back; and what of it is sent.
import { ArrowRight, Undo2 } from 'lucide-react';
import { Button } from '../../parts/button';
import { Panel } from '../../parts/page';
import { payloadText } from '../../parts/payload';
import { titleAt } from './schema-fields';
import { overridesOf, type TemplateChange } from './template-changes';
import type { StartFormState } from './use-start-form';
import { keysOf } from './value-path';

const LONGEST = 200;

export function ChangesPanel({ changes, state }: { changes: readonly TemplateChange[]; state: StartFormState }) {
  const { template } = state.subject;
  const { form } = state;
  if (template === undefined) return null;
  const sent = Object.keys(overridesOf(template.defaults, state.value).overrides);
  return (
    <Panel
      title={`Changed against the template (${changes.length})`}
      isFlush
      actions={
        <Button kind="quiet" icon={<Undo2 />} onClick={() => state.replace(template.defaults)}>
          Revert all
        </Button>
      }
    >
      <ul aria-label="Changes against the template">
        {changes.map(({ path, pointer, before, after }) => (
          <li key={pointer} className="flex items-start gap-3 border-line border-b px-4 py-2 last:border-b-0">
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-baseline gap-x-2 break-words">
                <span className="font-medium text-sm">{titleAt(keysOf(pointer), form.root)}</span>
                <code className="min-w-0 break-words font-mono text-muted text-xs">{pointer.slice(1)}</code>
              </p>
              <p className="flex flex-wrap items-center gap-x-2 text-sm">
                <Value value={before} none="no default" className="text-muted line-through" />
                <ArrowRight aria-label="becomes" className="size-3.5 shrink-0 text-muted" />
                <Value value={after} none="left out" className="font-medium" />
              </p>
            </div>
            <Button
              kind="quiet"
              icon={<Undo2 />}
              why={form.isReadOnly ? 'You may not start runs.' : undefined}
              onClick={() => form.set(path, before)}
            >
              Revert <span className="sr-only">{titleAt(keysOf(pointer), form.root)}</span>
            </Button>
          </li>
        ))}
      </ul>
      <p className="border-line border-t px-4 py-2 text-muted text-xs">
        Sent as overrides: {sent.length === 0 ? 'nothing' : sent.join(', ')}. Of an object or a list the whole is sent.
      </p>
    </Panel>
  );
}

function Value({ value, none, className }: { value: unknown; none: string; className: string }) {
  if (value === undefined) return <span className="text-muted italic">{none}</span>;
  const text = value === '' ? '""' : payloadText(value);
  return (
    <span className={`min-w-0 break-words ${className}`}>{text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}</span>
  );
}
