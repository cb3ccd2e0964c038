// A page that fails to be drawn leaves the shell standing: it says what happened, and the next page can be gone to.
import { Component, type ReactNode } from 'react';
import { useLocation } from 'wouter';
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
    // A part of the console that could not be loaded is most often one of another release: loading the page anew brings it.
    return <ErrorNote problem={problemOf(error)} onRetry={() => location.reload()} />;
  }
}
