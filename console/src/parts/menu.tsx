// A button with a menu of what is needed now and then. An item that can't be used now stays in the menu and says why. By keyboard: arrows, letters, Escape.
import { Menu as Base } from '@base-ui/react/menu';
import type { ReactNode } from 'react';

export interface MenuItem {
  label: string;
  /** Why it can't be used now. */
  why?: string | undefined;
  act(): void;
}

export function Menu({ label, icon, items }: { label: string; icon: ReactNode; items: readonly MenuItem[] }) {
  return (
    <Base.Root>
      <Base.Trigger
        aria-label={label}
        title={label}
        className="inline-flex size-8 items-center justify-center rounded-md border border-line-strong bg-surface text-ink hover:bg-sunken [&>svg]:size-4"
      >
        {icon}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" className="z-40">
          <Base.Popup className="min-w-56 max-w-80 rounded-lg border border-line bg-surface p-1 text-sm shadow-xl outline-none">
            {items.map(({ label: text, why, act }) => (
              <Base.Item
                key={text}
                disabled={why !== undefined}
                onClick={act}
                className="flex cursor-default select-none flex-col rounded-md px-3 py-1.5 outline-none data-highlighted:bg-sunken data-disabled:text-muted"
              >
                {text}
                {why !== undefined && <span className="text-muted text-xs">{why}</span>}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
