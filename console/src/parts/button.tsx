// Buttons of one look. One that may not be used says why: `why` disables it and is shown by pointer, focus and screen reader.
import type { ComponentProps, ReactNode } from 'react';
import { Tip } from './tip';

type Kind = 'primary' | 'plain' | 'danger' | 'quiet';

const LOOKS: Record<Kind, string> = {
  primary: 'border-transparent bg-accent text-on-accent hover:opacity-90',
  plain: 'border-line-strong bg-surface text-ink hover:bg-sunken',
  danger: 'border-bad bg-surface text-bad hover:bg-bad-soft',
  quiet: 'border-transparent text-muted hover:bg-sunken hover:text-ink',
};

export interface ButtonProps extends ComponentProps<'button'> {
  kind?: Kind;
  icon?: ReactNode;
  /** Why it can't be used now. It stays focusable, so that this can be read. */
  why?: string | undefined;
  isBusy?: boolean;
  /** Shown while it can be used; its name, where it has no text. */
  tip?: string;
}

export function Button({
  kind = 'plain',
  icon,
  why,
  isBusy = false,
  tip,
  className = '',
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const isOff = why !== undefined || isBusy;
  return (
    <Tip text={why ?? tip} isName={why === undefined}>
      <button
        type="button"
        {...rest}
        aria-disabled={isOff || undefined}
        aria-busy={isBusy || undefined}
        onClick={isOff ? (event) => event.preventDefault() : onClick}
        className={`inline-flex h-8 shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md border px-3 font-medium text-sm aria-disabled:cursor-not-allowed aria-disabled:border-line aria-disabled:bg-sunken aria-disabled:text-muted aria-disabled:hover:opacity-100 disabled:opacity-60 ${LOOKS[kind]} ${className}`}
      >
        {icon !== undefined && (
          <span aria-hidden className="[&>svg]:size-4">
            {icon}
          </span>
        )}
        {children}
      </button>
    </Tip>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon' | 'tip'> {
  label: string;
  icon: ReactNode;
}

/** Without text: the label is its name, and shown as a tip. */
export function IconButton({ label, className = '', ...rest }: IconButtonProps) {
  return <Button kind="quiet" {...rest} tip={label} aria-label={label} className={`w-8 px-0 ${className}`} />;
}
