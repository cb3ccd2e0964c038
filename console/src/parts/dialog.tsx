// A dialog over the page: it takes the focus to its first field, gives it back, and ends by Escape; not while something is sent from it, so that a
// refusal is always seen. Used by everything that asks before it acts.
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactNode, useRef } from 'react';

export interface DialogProps {
  isOpen: boolean;
  onClose(): void;
  title: string;
  description?: ReactNode;
  /** For what needs room, such as a document. */
  isWide?: boolean;
  /** Something is sent from it: it stays until that is answered. */
  isBusy?: boolean;
  children: ReactNode;
}

const FIRST_FIELD = 'form :is(input, select, textarea):not(:disabled)';

export function Dialog({ isOpen, onClose, title, description, isWide = false, isBusy = false, children }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && !isBusy && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/50" />
        <Base.Popup
          ref={popup}
          // By touch a field would bring up the keyboard, over what is to be read.
          initialFocus={(by) => (by !== 'touch' && popup.current?.querySelector<HTMLElement>(FIRST_FIELD)) || popup.current}
          className={`fixed inset-x-2 top-[6vh] z-40 mx-auto flex max-h-[88vh] flex-col rounded-xl border border-line bg-surface shadow-2xl outline-none ${isWide ? 'max-w-4xl' : 'max-w-lg'}`}
        >
          <div className="flex items-start gap-4 border-line border-b px-5 py-3">
            <div className="min-w-0 flex-1">
              <Base.Title className="font-semibold text-base">{title}</Base.Title>
              {description !== undefined && (
                <Base.Description className="mt-0.5 text-muted text-sm">{description}</Base.Description>
              )}
            </div>
            <Base.Close
              aria-label="Close"
              disabled={isBusy}
              className="-mr-1 rounded p-1 text-muted hover:bg-sunken hover:text-ink disabled:opacity-40"
            >
              <X aria-hidden className="size-4" />
            </Base.Close>
          </div>
          <div className="overflow-y-auto px-5 py-4">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
