// A tip for one element: shown on hover and focus, and said by screen readers as its description.
import { Tooltip } from '@base-ui/react/tooltip';
import { type ReactElement, useId } from 'react';

export function Tip({ text, children }: { text: string; children: ReactElement<Record<string, unknown>> }) {
  const id = useId();
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} aria-describedby={id} delay={300} />
      <span id={id} hidden>
        {text}
      </span>
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} className="z-50">
          <Tooltip.Popup className="max-w-80 break-words rounded-md bg-ink px-2 py-1 text-canvas text-xs shadow-lg">
            {text}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
