// Draws the toasts, and tells them to screen readers. Loaded with the first one (parts/toast.ts).
import { Toast } from '@base-ui/react/toast';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useEffect } from 'react';
import { Link } from 'wouter';
import { type ToastContent, takeToasts } from './toast';

const manager = Toast.createToastManager<Pick<ToastContent, 'link'>>();

export default function Toasts() {
  useEffect(() => takeToasts(add), []);
  return (
    <Toast.Provider toastManager={manager}>
      <Toast.Portal>
        <Toast.Viewport className="fixed top-16 right-4 left-4 z-50 flex flex-col items-end gap-2 sm:top-auto sm:bottom-4 sm:left-auto sm:w-96">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager<Pick<ToastContent, 'link'>>();
  return toasts.map((each) => (
    <Toast.Root
      key={each.id}
      toast={each}
      className={`flex w-full items-start gap-3 rounded-lg border bg-surface p-3 text-sm shadow-lg ${each.type === 'bad' ? 'border-bad' : 'border-line'}`}
    >
      {each.type === 'bad' ? (
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      ) : (
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-good" />
      )}
      <Toast.Content className="min-w-0 flex-1 break-words">
        <Toast.Title className="font-medium" />
        <Toast.Description className="font-mono text-xs text-muted" />
        {each.data?.link !== undefined && (
          <Link href={each.data.link.path} className="font-medium text-accent underline">
            {each.data.link.text}
          </Link>
        )}
      </Toast.Content>
      <Toast.Close aria-label="Dismiss" className="rounded p-0.5 text-muted hover:text-ink">
        <X aria-hidden className="size-4" />
      </Toast.Close>
    </Toast.Root>
  ));
}

function add({ kind, title, detail, link }: ToastContent): void {
  manager.add({
    title,
    description: detail,
    type: kind,
    data: { link },
    timeout: kind === 'bad' ? 12_000 : 5_000,
    priority: kind === 'bad' ? 'high' : 'low',
  });
}
