// What stands around every page: navigation, search, live state, times, theme, who you are, and the maintenance banner.

import { ListChecks, Play, Rows3, Wrench } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import { useMe } from '../api/me';
import { problemOf } from '../api/problem';
import { setServerTime } from '../parts/clock';
import { ErrorNote } from '../parts/error-note';
import { ConnectionBanner, ExecutorsBanner } from './connection-banner';
import { KeySheet } from './key-sheet';
import { LiveIndicator } from './live-indicator';
import { MaintenanceBanner } from './maintenance-banner';
import { SearchBox } from './search-box';
import { ThemeSwitch, TimeSwitch } from './switches';

const PLACES = [
  { path: '/', name: 'Start', icon: Play },
  { path: '/runs', name: 'Runs', icon: ListChecks },
  { path: '/queues', name: 'Queues', icon: Rows3 },
  { path: '/admin', name: 'Admin', icon: Wrench },
];

export function Shell({ children }: { children: ReactNode }) {
  const me = useMe();
  const serverTime = me.data?.serverTime;
  useEffect(() => {
    if (serverTime !== undefined) setServerTime(serverTime);
  }, [serverTime]);
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="sticky top-0 z-30 border-line border-b bg-surface">
        <a
          href={`${location.pathname}#content`}
          className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:bg-surface focus:p-2"
          onClick={skipToContent}
        >
          Skip to the page
        </a>
        <div className="mx-auto flex max-w-[110rem] items-center gap-2 px-3 py-2 sm:gap-4 sm:px-6">
          <Link href="/" className="flex items-center gap-2 font-semibold tracking-tight">
            <Mark />
            <span className="sr-only sm:not-sr-only">Workflows</span>
          </Link>
          <Navigation />
          <div className="ml-auto flex min-w-0 items-center gap-1">
            <SearchBox />
            <LiveIndicator />
            <TimeSwitch />
            <ThemeSwitch />
            <KeySheet />
            {me.data !== undefined && (
              <span className="hidden max-w-40 truncate pl-2 text-muted text-xs lg:block" title={`Signed in as ${me.data.actor}`}>
                {me.data.actor}
              </span>
            )}
          </div>
        </div>
      </header>
      <ConnectionBanner />
      <ExecutorsBanner />
      <MaintenanceBanner />
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto flex w-full min-w-0 max-w-[110rem] flex-1 flex-col px-3 py-4 pb-20 outline-none sm:px-6 sm:pb-6"
      >
        {me.data === undefined && me.error !== null ? (
          <ErrorNote problem={problemOf(me.error)} onRetry={() => void me.refetch()} />
        ) : (
          children
        )}
      </main>
    </div>
  );
}

/** At the top; on phones at the bottom, under the thumb. */
function Navigation() {
  const [path] = useLocation();
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-30 flex border-line border-t bg-surface sm:static sm:border-0 sm:bg-transparent"
    >
      {PLACES.map(({ path: to, name, icon: Icon }) => {
        const isHere = to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
        return (
          <Link
            key={to}
            href={to}
            aria-current={isHere ? 'page' : undefined}
            className={`flex flex-1 flex-col items-center gap-1 rounded-md px-3 py-1.5 font-medium text-xs sm:flex-row sm:text-sm ${isHere ? 'text-accent sm:bg-accent-soft' : 'text-muted hover:text-ink'}`}
          >
            <Icon aria-hidden className="size-5 sm:size-4" />
            {name}
          </Link>
        );
      })}
    </nav>
  );
}

function Mark() {
  return (
    <svg aria-hidden="true" viewBox="0 0 32 32" className="size-6">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path d="M8 10h6a4 4 0 0 1 4 4v4a4 4 0 0 0 4 4h2" className="fill-none stroke-3 stroke-on-accent" strokeLinecap="round" />
      <circle cx="8" cy="10" r="3" className="fill-on-accent" />
      <circle cx="24" cy="22" r="3" className="fill-on-accent" />
    </svg>
  );
}

function skipToContent(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}
