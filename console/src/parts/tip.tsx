// A tip for one element: shown on hover and focus, over everything, and said by screen readers as its description. Escape puts it away.
import { cloneElement, type ReactElement, useEffect, useId, useRef } from 'react';

interface TipProps {
  text: string;
  /** Takes `aria-describedby` and the usual events. */
  children: ReactElement<Record<string, unknown>>;
}

const DELAY_MS = 300;
/** To the element, and to the edges of the window. */
const GAP_PX = 6;

export function Tip({ text, children }: TipProps) {
  const id = useId();
  const tip = useRef<HTMLSpanElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function show(element: Element): void {
    const popup = tip.current;
    if (popup === null || !element.isConnected) return;
    popup.showPopover();
    place(popup, element.getBoundingClientRect());
  }

  function hide(): void {
    clearTimeout(timer.current);
    if (tip.current?.matches(':popover-open')) tip.current.hidePopover();
  }

  return (
    <>
      {cloneElement(children, {
        'aria-describedby': id,
        onPointerEnter: ({ currentTarget, pointerType }: { currentTarget: Element; pointerType: string }) => {
          if (pointerType !== 'touch') timer.current = setTimeout(show, DELAY_MS, currentTarget);
        },
        onPointerLeave: hide,
        onPointerDown: hide,
        onFocus: ({ currentTarget }: { currentTarget: Element }) => {
          if (currentTarget.matches(':focus-visible')) show(currentTarget);
        },
        onBlur: hide,
        onKeyDown: ({ key }: { key: string }) => {
          if (key === 'Escape') hide();
        },
      })}
      <span
        ref={tip}
        id={id}
        role="tooltip"
        popover="manual"
        className="pointer-events-none fixed m-0 border-0 max-w-80 break-words rounded-md bg-ink px-2 py-1 text-canvas text-xs shadow-lg"
      >
        {text}
      </span>
    </>
  );
}

/** Below the element, or above it where there is no room; never out of the window. */
function place(popup: HTMLElement, around: DOMRect): void {
  const { width, height } = popup.getBoundingClientRect();
  const middle = around.left + around.width / 2 - width / 2;
  const left = Math.min(Math.max(GAP_PX, middle), Math.max(GAP_PX, innerWidth - width - GAP_PX));
  const below = around.bottom + GAP_PX;
  const top = below + height + GAP_PX > innerHeight ? around.top - height - GAP_PX : below;
  popup.style.left = `${left}px`;
  popup.style.top = `${Math.max(GAP_PX, top)}px`;
  popup.style.right = 'auto';
  popup.style.bottom = 'auto';
}
