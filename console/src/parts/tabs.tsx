// Tabs of which the chosen one stands in the URL by whoever uses them. By keyboard: arrows.
import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

export interface Tab {
  id: string;
  label: ReactNode;
  content: ReactNode;
}

export function Tabs({
  tabs,
  chosen,
  onChoose,
  label,
}: {
  tabs: readonly Tab[];
  chosen: string;
  onChoose(id: string): void;
  label: string;
}) {
  return (
    <Base.Root value={chosen} onValueChange={(value) => onChoose(String(value))} className="flex min-w-0 flex-col gap-4">
      <Base.List aria-label={label} className="flex gap-1 overflow-x-auto overflow-y-hidden border-line border-b">
        {tabs.map(({ id, label: text }) => (
          <Base.Tab
            key={id}
            value={id}
            className="-mb-px whitespace-nowrap border-transparent border-b-2 px-3 py-2 font-medium text-muted text-sm hover:text-ink data-active:border-accent data-active:text-ink"
          >
            {text}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map(({ id, content }) => (
        <Base.Panel key={id} value={id} className="min-w-0">
          {content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
