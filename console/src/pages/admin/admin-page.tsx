// Operations on the whole: one section at a time, each with its own path, listed at the side, and on phones on top.
import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { Empty, Page } from '../../parts/page';
import { SECTIONS } from './sections';

export default function AdminPage({ section = 'maintenance' }: { section?: string | undefined }) {
  const chosen = SECTIONS.find(({ id }) => id === section);
  return (
    <Page title={chosen?.name ?? 'No such section'} name={chosen === undefined ? 'Admin' : `${chosen.name} · Admin`}>
      <div className="flex min-w-0 flex-col gap-4 lg:flex-row">
        <SectionList chosen={section} />
        <div className="flex min-w-0 flex-1 flex-col gap-4">
          {chosen === undefined ? (
            <Empty title="There is no such section.">Choose one of the list.</Empty>
          ) : (
            <chosen.Section key={chosen.id} />
          )}
        </div>
      </div>
    </Page>
  );
}

function SectionList({ chosen }: { chosen: string }) {
  const list = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen one is to be seen, whenever it is another
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [chosen]);
  return (
    <nav
      ref={list}
      aria-label="Sections"
      className="-mx-3 flex shrink-0 gap-1 overflow-x-auto border-line border-b px-3 pb-2 sm:mx-0 sm:px-0 lg:w-44 lg:flex-col lg:overflow-visible lg:border-0 lg:pb-0"
    >
      {SECTIONS.map(({ id, name, icon: Icon }) => (
        <Link
          key={id}
          href={`/admin/${id}`}
          aria-current={id === chosen ? 'page' : undefined}
          className={`inline-flex shrink-0 items-center gap-2 rounded-md px-3 py-1.5 font-medium text-sm ${id === chosen ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-sunken hover:text-ink'}`}
        >
          <Icon aria-hidden className="size-4 shrink-0" />
          {name}
        </Link>
      ))}
    </nav>
  );
}
