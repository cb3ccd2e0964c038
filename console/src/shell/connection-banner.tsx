// On every page while what is shown may be old: the server, its database or the session is gone. And while no process executes runs.
import { PlugZap, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { LiveState } from '../api/live-feed';
import { useLiveState } from '../api/live-query';
import { useIsExecuting } from '../parts/executing';

const TEXTS: Partial<Record<LiveState, string>> = {
  offline: 'The server can not be reached. What you see may be old; orders do not arrive.',
  stale: 'The server has lost sight of its database. What you see may be old.',
};

export function ConnectionBanner() {
  const text = TEXTS[useLiveState()];
  if (text === undefined) return null;
  return <Banner icon={<TriangleAlert aria-hidden className="size-5 shrink-0" />}>{text}</Banner>;
}

/** After a swap for example, until processes of the new generation are there. */
export function ExecutorsBanner() {
  if (useIsExecuting() !== false) return null;
  return (
    <Banner icon={<PlugZap aria-hidden className="size-5 shrink-0" />}>
      <strong>No process executes runs.</strong> What is started waits until one does.
      <Link href="/admin/executors" className="ml-auto font-medium underline">
        Executors
      </Link>
    </Banner>
  );
}

function Banner({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <div role="status" className="border-bad border-b bg-bad-soft text-bad">
      <div className="mx-auto flex max-w-[110rem] flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-sm sm:px-6">
        {icon}
        {children}
      </div>
    </div>
  );
}
