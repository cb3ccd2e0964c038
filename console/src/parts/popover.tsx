// What a button opens beside itself: choices that need more than a menu. Escape or a click elsewhere closes it.
import { Popover as Base } from '@base-ui/react/popover';
import type { ReactElement, ReactNode } from 'react';

export interface PopoverProps {
  title: string;
  /** A button. */
  trigger: ReactElement<Record<string, unknown>>;
  isOpen?: boolean;
  onOpenChange?(isOpen: boolean): void;
  children: ReactNode;
}

export function Popover({ title, trigger, isOpen, onOpenChange, children }: PopoverProps) {
  return (
    <Base.Root {...(isOpen !== undefined && { open: isOpen })} onOpenChange={(open) => onOpenChange?.(open)}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} align="end" className="z-40">
          <Base.Popup className="flex max-h-[70vh] w-80 max-w-[calc(100vw-1rem)] flex-col rounded-lg border border-line bg-surface shadow-xl">
            <Base.Title className="border-line border-b px-4 py-2 font-semibold text-sm">{title}</Base.Title>
            <div className="overflow-y-auto p-3">{children}</div>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
