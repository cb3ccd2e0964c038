// The versions that there are of one template or enum, as links; the chosen one is marked.
import { Link } from 'wouter';

export interface VersionLinksProps {
  versions: ReadonlyArray<{ version: number; status: 'active' | 'obsolete' }>;
  chosen: number | undefined;
  pathOf(version: number): string;
}

export function VersionLinks({ versions, chosen, pathOf }: VersionLinksProps) {
  if (versions.length < 2) return null;
  return (
    <nav aria-label="Versions" className="flex flex-wrap items-center gap-1 text-sm">
      <span className="mr-1 text-muted">Versions</span>
      {versions.toReversed().map(({ version, status }) => (
        <Link
          key={version}
          href={pathOf(version)}
          aria-current={version === chosen ? 'page' : undefined}
          className={`rounded-md px-2 py-0.5 tabular-nums ${version === chosen ? 'bg-accent-soft font-semibold text-accent' : 'text-ink hover:bg-sunken'}`}
        >
          {version}
          {status === 'obsolete' && <span className="text-muted"> obsolete</span>}
        </Link>
      ))}
    </nav>
  );
}
