// A tip for one element: shown on hover and focus, over everything, and said by screen readers as its description. Escape puts it away.
import { cloneElement, type ReactElement, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';

interface TipProps {
  /** Undefined: there is none. */
  text: string | undefined;
  /** It is the name of the element: it need not be said once more. */
  isName?: boolean;
  /** Takes `aria-describedby` and the usual events. */
  children: ReactElement<Record<string, unknown>>;
}

const DELAY_MS = 300;
/** To the element, and to the edges of the window. */
const GAP_PX = 6;

export function Tip({ text, isName = false, children }: TipProps) {
  const id = useId();
  const tip = useRef<HTMLSpanElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [around, setAround] = useState<Element>();
  useEffect(() => () => clearTimeout(timer.current), []);
  useLayoutEffect(() => {
    const popup = tip.current;
    if (popup === null || around === undefined || !around.isConnected) return;
    popup.showPopover();
    place(popup, around.getBoundingClientRect());
    // Before everything else that listens: it puts away the tip alone, and not the dialog around it.
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      setAround(undefined);
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => {
      window.removeEventListener('keydown', onKey, { capture: true });
      if (popup.isConnected) popup.hidePopover();
    };
  }, [around]);

  function hide(): void {
    clearTimeout(timer.current);
    setAround(undefined);
  }

  const isSaid = text !== undefined && !isName;
  return (
    <>
      {cloneElement(children, {
        ...(isSaid && { 'aria-describedby': id }),
        onPointerEnter: ({ currentTarget, pointerType }: { currentTarget: Element; pointerType: string }) => {
          if (pointerType !== 'touch') timer.current = setTimeout(setAround, DELAY_MS, currentTarget);
        },
        onPointerLeave: hide,
        onPointerDown: hide,
        onFocus: ({ currentTarget }: { currentTarget: Element }) => {
          if (currentTarget.matches(':focus-visible')) setAround(currentTarget);
        },
        onBlur: hide,
      })}
      {text !== undefined && (isSaid || around !== undefined) && (
        <span
          ref={tip}
          id={id}
          role="tooltip"
          popover="manual"
          className="pointer-events-none fixed m-0 max-w-80 break-words rounded-md border-0 bg-ink px-2 py-1 text-canvas text-xs shadow-lg"
        >
          {text}
        </span>
      )}
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
