// A page that fails to be drawn, or to be loaded, leaves the shell standing: it says what happened, and the next page can be gone to.
import { useQueryClient } from '@tanstack/react-query';
import { Component, type ReactNode, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { client } from '../api/client';
import { problemOf } from '../api/problem';
import { ErrorNote } from '../parts/error-note';

export function PageErrors({ children }: { children: ReactNode }) {
  const [path] = useLocation();
  return <Boundary key={path}>{children}</Boundary>;
}

class Boundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <PageError error={error} />;
  }
}

/** Browsers tell nothing of an answer that is no script: whether the session is over, the server is asked. */
function PageError({ error }: { error: unknown }) {
  const [told, setTold] = useState(error);
  const queries = useQueryClient();
  useEffect(() => {
    let isShown = true;
    // By the cache, so that all of the page hears of it.
    queries.fetchQuery({ queryKey: ['me'], queryFn: () => client.me(), staleTime: 0 }).catch((failure: unknown) => {
      if (isShown && problemOf(failure).isSignedOut) setTold(failure);
    });
    return () => {
      isShown = false;
    };
  }, [queries]);
  // A part of the console that could not be loaded is most often one of another release: loading the page anew brings it.
  return <ErrorNote problem={problemOf(told)} onRetry={() => location.reload()} />;
}

/** Around what may be missing: toasts, the key sheet. When it can't be loaded, the page goes on without it. */
export class WithoutIt extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    return this.state.hasFailed ? null : this.props.children;
  }
}
