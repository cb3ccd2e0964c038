// A labelled field with its hint and its fault, tied together for screen readers, and the plain inputs that go into it.
import { type ComponentProps, type ReactNode, useId } from 'react';

/** To be spread on the input. */
export interface FieldBinding {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

export interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  isRequired?: boolean;
  className?: string;
  children(binding: FieldBinding): ReactNode;
}

export function Field({ label, hint, error, isRequired = false, className = '', children }: FieldProps) {
  const id = useId();
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`];
  const described = [hint !== undefined && hintId, error !== undefined && errorId].filter(Boolean).join(' ');
  return (
    <div className={`flex min-w-0 flex-col gap-1 ${className}`}>
      <label htmlFor={id} className="font-medium text-sm">
        {label}
        {isRequired && <span className="text-bad"> *</span>}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error === undefined ? undefined : true })}
      {hint !== undefined && (
        <p id={hintId} className="text-muted text-xs">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={errorId} role="alert" className="text-bad text-xs">
          {error}
        </p>
      )}
    </div>
  );
}

const BOX =
  'w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink aria-invalid:border-bad disabled:bg-sunken disabled:text-muted';

export function TextInput({ className = '', ...rest }: ComponentProps<'input'>) {
  return <input type="text" spellCheck={false} {...rest} className={`h-8 ${BOX} ${className}`} />;
}

export function TextArea({ className = '', ...rest }: ComponentProps<'textarea'>) {
  return <textarea spellCheck={false} rows={3} {...rest} className={`py-1.5 ${BOX} ${className}`} />;
}

/** The browser's own: it works on phones, by keyboard and for screen readers. */
export function SelectInput({ className = '', ...rest }: ComponentProps<'select'>) {
  return <select {...rest} className={`h-8 pr-7 ${BOX} ${className}`} />;
}

export function CheckBox({ label, className = '', ...rest }: ComponentProps<'input'> & { label: ReactNode }) {
  return (
    <label className={`inline-flex items-center gap-2 text-sm ${className}`}>
      <input type="checkbox" {...rest} className="size-4 accent-accent" />
      {label}
    </label>
  );
}
