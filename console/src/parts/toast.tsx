// Short messages about what was just done, also told to screen readers. `toast()` works from anywhere. Mounted once by the shell.
import { Toast } from '@base-ui/react/toast';
import { CircleAlert, CircleCheck, X } from 'lucide-react';

interface ToastContent {
  kind: 'good' | 'bad';
  title: string;
  detail?: string;
}

const manager = Toast.createToastManager();

export function toast({ kind, title, detail }: ToastContent): void {
  manager.add({
    title,
    description: detail,
    type: kind,
    timeout: kind === 'bad' ? 12_000 : 5_000,
    priority: kind === 'bad' ? 'high' : 'low',
  });
}

export function Toasts() {
  return (
    <Toast.Provider toastManager={manager}>
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-4 left-4 z-50 flex flex-col items-end gap-2 sm:left-auto sm:w-96">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
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
      </Toast.Content>
      <Toast.Close aria-label="Dismiss" className="rounded p-0.5 text-muted hover:text-ink">
        <X aria-hidden className="size-4" />
      </Toast.Close>
    </Toast.Root>
  ));
}
