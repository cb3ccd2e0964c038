// The frame of a page's content: its heading, panels with a title, and what stands where there is nothing.
import { Inbox } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';

export interface PageProps {
  title: ReactNode;
  /** Of the browser's tab and history; default the title, if that is a text. */
  name?: string;
  /** Beside the title: status, buttons. */
  actions?: ReactNode;
  /** Under the title. */
  intro?: ReactNode;
  children: ReactNode;
}

export function Page({ title, name, actions, intro, children }: PageProps) {
  const shown = name ?? (typeof title === 'string' ? title : 'Workflows');
  useEffect(() => {
    document.title = `${shown} · Workflows`;
  }, [shown]);
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col gap-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="min-w-0 break-words font-semibold text-xl tracking-tight">{title}</h1>
        {actions !== undefined && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {intro}
      {children}
    </div>
  );
}

export interface PanelProps {
  title?: ReactNode;
  actions?: ReactNode;
  className?: string;
  /** Without padding, for tables. */
  isFlush?: boolean;
  children: ReactNode;
}

export function Panel({ title, actions, className = '', isFlush = false, children }: PanelProps) {
  return (
    <section className={`min-w-0 rounded-lg border border-line bg-surface ${className}`}>
      {(title !== undefined || actions !== undefined) && (
        <div className="flex min-h-11 flex-wrap items-center gap-2 border-line border-b px-4 py-1.5">
          <h2 className="font-semibold text-sm">{title}</h2>
          {actions !== undefined && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
        </div>
      )}
      <div className={isFlush ? '' : 'p-4'}>{children}</div>
    </section>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1 px-4 py-10 text-center">
      <Inbox aria-hidden className="size-6 text-muted" />
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-muted text-sm">{children}</div>}
    </div>
  );
}

/** Where something is still on its way. */
export function Loading({ what = 'Loading' }: { what?: string }) {
  return (
    <div role="status" className="flex flex-col gap-2 p-4">
      <span className="sr-only">{what}</span>
      <div className="h-4 w-1/3 animate-pulse rounded bg-sunken" />
      <div className="h-4 w-2/3 animate-pulse rounded bg-sunken" />
      <div className="h-4 w-1/2 animate-pulse rounded bg-sunken" />
    </div>
  );
}
