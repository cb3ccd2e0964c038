// What may be larger than its place: scrolled by pointer and, once it has the focus, by keyboard. It holds what is placed absolutely in it, such as
// words for screen readers alone, which would make the whole page wider.
import type { ReactNode, Ref } from 'react';

export interface ScrollBoxProps {
  /** Said by screen readers. */
  label: string;
  className?: string;
  ref?: Ref<HTMLElement>;
  children: ReactNode;
}

export function ScrollBox({ label, className = '', ref, children }: ScrollBoxProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without the focus it could not be scrolled by keyboard
    <section ref={ref} tabIndex={0} aria-label={label} className={`relative overflow-auto ${className}`}>
      {children}
    </section>
  );
}
